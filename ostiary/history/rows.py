"""Events as rows of the tables, and queries as conditions on them."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select

from ostiary.history import corrections
from ostiary.history.tables import CORRECTIONS, EVENTS, PICTURES
from ostiary.history.values import Event, Grounds, Kind, Query, Recorded

_STORED = [column for column in EVENTS.c if column.name != "sought"]
_NOTHING = Grounds()


def values(event: Event) -> dict[str, Any]:
    """The columns of one row."""
    return {
        "id": event.id,
        "at": event.at,
        "kind": event.kind.value,
        "reason": event.reason,
        "camera": event.camera,
        "person": event.person,
        "words": event.words,
        "about": event.about,
        "by": event.by,
        "grounds": None if event.grounds is None else _dumped(event.grounds),
        "runner_up": event.grounds.runner_up if event.grounds else None,
        "sought": sought(event),
    }


def selected() -> Select[Any]:
    """What `recorded` takes: every column of the events, which pictures there are, and what was said of it."""
    has = (PICTURES.c.face.is_not(None).label("has_face"), PICTURES.c.frame.is_not(None).label("has_frame"))
    beside = EVENTS.outerjoin(PICTURES).outerjoin(CORRECTIONS, CORRECTIONS.c.event == EVENTS.c.id)
    return select(*_STORED, *has, *corrections.COLUMNS).select_from(beside)


def recorded(row: Row[Any]) -> Recorded:
    event = Event(
        id=row.id,
        at=row.at,
        kind=Kind(row.kind),
        reason=row.reason,
        camera=row.camera,
        person=row.person,
        grounds=None if row.grounds is None else replace(Grounds(**json.loads(row.grounds)), runner_up=row.runner_up),
        words=row.words,
        about=row.about,
        by=row.by,
    )
    return Recorded(row.seq, event, bool(row.has_face), bool(row.has_frame), corrections.of(row))


def sought(event: Event) -> str:
    """All that a search for text looks at, upper and lower case made alike."""
    problem = event.grounds.problem if event.grounds else None
    return "\n".join(part for part in (event.person, event.camera, event.words, problem, event.by) if part).casefold()


def conditions(query: Query) -> list[ColumnElement[bool]]:
    """All of them hold for what is asked for. The most telling one is left to be served by an index, the others are not."""
    held: list[ColumnElement[bool]] = []
    if query.start is not None:
        held.append(EVENTS.c.at >= query.start)
    if query.end is not None:
        held.append(EVENTS.c.at < query.end)
    if query.since is not None:
        held.append(EVENTS.c.seq > query.since)
    if query.person is not None:
        held.append(EVENTS.c.person == query.person)
    if query.camera is not None:
        camera = EVENTS.c.camera if query.person is None else func.coalesce(EVENTS.c.camera, "")
        held.append(camera == query.camera)
    if len(query.kinds) == 1 and query.person is None and query.since is None:
        held.append(EVENTS.c.kind == query.kinds[0].value)
    elif query.kinds:
        held.append(func.coalesce(EVENTS.c.kind, "").in_([kind.value for kind in query.kinds]))
    if query.reasons:
        held.append(EVENTS.c.reason.in_(query.reasons))
    # Gone through, not looked up. FTS5's trigrams were tried: they serve no word of two characters, as many names are, are slower
    # where a text stands nearly everywhere, keep what was forgotten until they are merged, and write a third more to the card.
    if query.text:
        held.append(EVENTS.c.sought.contains(query.text.casefold(), autoescape=True))
    return held


def _dumped(grounds: Grounds) -> str:
    """Only what is not as in an empty one; the runner-up has a column of its own."""
    told = {name: value for name, value in asdict(grounds).items() if value != getattr(_NOTHING, name) and name != "runner_up"}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
