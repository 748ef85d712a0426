"""The history: who came when and why the gate opened or did not; what cameras and webhooks did; who changed the gallery."""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import tzinfo
from itertools import chain, islice
from typing import BinaryIO, Literal, cast

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.wsgi import wrap_file

from ostiary.history.history import History
from ostiary.history.spans import edges
from ostiary.history.told import MOST_ROWS, event_told, json_parts, table
from ostiary.history.values import Kind, Recorded
from ostiary.local_time import local
from ostiary.scopes import Scope
from ostiary.spreadsheet import XLSX, csv_lines, write_xlsx
from ostiary.visitors.reception import Reception
from ostiary.web.audit import about, audited
from ostiary.web.auth import needs
from ostiary.web.describe import Done, described
from ostiary.web.events_told import EventsTold, EventTold, PageQuery, SummaryQuery, SummaryTold, Which, WrongBody
from ostiary.web.visitors import ChangedTold, change_told

_IN_MEMORY = 2**20
_SHOWN_S = {"hour": 86400.0, "day": 30 * 86400.0}
_COUNTED = {
    Kind.PASS: "passes",
    Kind.REJECT: "rejects",
    Kind.VISITOR: "visitors",
    Kind.CAMERA: "cameras",
    Kind.WEBHOOK: "webhooks",
    Kind.GALLERY: "gallery",
}


def blueprint(history: History, reception: Reception, zone: tzinfo, clock: Callable[[], float] = time.time) -> Blueprint:
    pages = Blueprint("events", __name__)

    @pages.get("/events")
    @needs(Scope.READ)
    @described("events", query=PageQuery, answer=EventsTold)
    def events() -> ResponseReturnValue:
        """Events that meet all conditions, the latest first, a page at a time. With `since` the same serves to follow what happens."""
        asked: PageQuery = request.context.query  # type: ignore[attr-defined]
        before, after = asked.places()
        page = history.current.events(asked.query(zone, asked.since), asked.limit, before=before, after=after)
        return jsonify(
            {
                "events": [event_told(record, zone) for record in page.events],
                "older": str(page.older) if page.older else None,
                "newer": str(page.newer) if page.newer else None,
                "last_seq": page.last_seq,
            }
        )

    @pages.get("/events/summary")
    @needs(Scope.READ)
    @described("events", query=SummaryQuery, answer=SummaryTold)
    def summary() -> ResponseReturnValue:
        """How many events of each kind there were, by local hour or day; left out, the time is the last 24 hours or 30 days."""
        asked: SummaryQuery = request.context.query  # type: ignore[attr-defined]
        query = asked.query(zone)
        end = query.end if query.end is not None else clock()
        limits = edges(query.start if query.start is not None else end - _SHOWN_S[asked.by], end, asked.by, zone)
        counted: dict[float, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COUNTED.values(), 0))
        for count in history.current.counts(query, limits):
            counted[count.start][_COUNTED[count.kind]] = count.count
        counts = [{"at": round(at * 1000), "time": local(at, zone).isoformat(timespec="seconds"), **counted[at]} for at in limits[:-1]]
        return jsonify({"by": asked.by, "counts": counts})

    @pages.get("/events/export.csv")
    @needs(Scope.READ)
    @audited("events.export")
    @described("events", query=Which, media="text/csv")
    def as_csv() -> ResponseReturnValue:
        """A row for each event that meets all conditions, the earliest first."""
        return Response(csv_lines(table(asked_for(), zone)), mimetype="text/csv", headers=_saved_as("csv"))

    @pages.get("/events/export.json")
    @needs(Scope.READ)
    @audited("events.export")
    @described("events", query=Which, media="application/json")
    def as_json() -> ResponseReturnValue:
        """An array of all events that meet all conditions, the earliest first, each as GET /events/<id> tells it."""
        return Response(json_parts(asked_for(), zone), mimetype="application/json", headers=_saved_as("json"))

    @pages.get("/events/export.xlsx")
    @needs(Scope.READ)
    @audited("events.export")
    @described("events", query=Which, media=XLSX)
    def as_xlsx() -> ResponseReturnValue:
        """The same as a workbook, of at most 100,000 events."""
        records = asked_for()
        file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - the server closes it once it is sent
        try:
            write_xlsx(cast(BinaryIO, file), [table(records, zone, MOST_ROWS)])
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return Response(wrap_file(request.environ, file), mimetype=XLSX, headers=_saved_as("xlsx"), direct_passthrough=True)

    @pages.get("/events/<event>")
    @needs(Scope.READ)
    @described("events", answer=EventTold, errors=("unknown_event",))
    def event(event: str) -> ResponseReturnValue:
        """One event with all that is known of it."""
        return jsonify(event_told(history.current.event(event), zone))

    @pages.get("/events/<event>/face.jpg")
    @needs(Scope.READ)
    @described("events", media="image/jpeg", errors=("unknown_event",))
    def face(event: str) -> ResponseReturnValue:
        """The face that was decided on."""
        return picture(event, "face")

    @pages.get("/events/<event>/frame.jpg")
    @needs(Scope.READ)
    @described("events", media="image/jpeg", errors=("unknown_event",))
    def frame(event: str) -> ResponseReturnValue:
        """The whole frame, where HISTORY_FRAMES asks for those."""
        return picture(event, "frame")

    @pages.post("/events/<event>/wrong")
    @needs(Scope.ENROL)
    @audited("event.correct")
    @described(
        "events",
        json=WrongBody,
        answer=ChangedTold,
        errors=("unknown_decision", "bad_name", "already_known_as", "kept_out", "conflict"),
    )
    def wrong(event: str) -> ResponseReturnValue:
        """The decision was wrong: it was somebody else, or just not that person. The door learns it; undo is POST /corrections/<change>/undo."""
        body: WrongBody = request.context.json  # type: ignore[attr-defined]
        change = reception.correct(event, body.name, force=body.force)
        about(event, change.words)
        return jsonify({"success": True, "change": change_told(change), "message": change.words})

    @pages.delete("/events/<event>")
    @needs(Scope.ADMIN)
    @audited("event.delete")
    @described("events", answer=Done, errors=("unknown_event",))
    def delete(event: str) -> ResponseReturnValue:
        """Deletes an event and its pictures; nothing of it is left."""
        history.current.delete(event)
        return jsonify({"success": True})

    def asked_for() -> Iterator[Recorded]:
        """What an export holds; the first one is looked up at once, so that what goes wrong is told before anything is sent."""
        asked: Which = request.context.query  # type: ignore[attr-defined]
        records = history.current.walk(asked.query(zone))
        return chain(list(islice(records, 1)), records)

    def picture(event: str, which: Literal["face", "frame"]) -> Response:
        data = history.current.picture(event, which)
        if data is None:
            raise NotFound("no picture was kept")
        return Response(data, mimetype="image/jpeg", headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})

    return pages


def _saved_as(ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="events.{ending}"', "Cache-Control": "no-store"}
