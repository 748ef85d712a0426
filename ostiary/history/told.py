"""Events as others read them: JSON's shapes, and a table for spreadsheet programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import tzinfo
from itertools import chain, islice
from typing import Any

from ostiary.history.values import Correction, Grounds, Recorded
from ostiary.local_time import local
from ostiary.spreadsheet import Cell, Table

MOST_ROWS = 100_000
"""Of a workbook: larger ones take minutes to write, and to open."""

_HEADER = (
    "time", "kind", "reason", "name", "camera", "distance", "runner-up", "its distance", "threshold", "votes", "usable frames", "quality",
    "liveness", "seconds in view", "words", "by", "id", "correction", "corrected by", "corrected at",
)  # fmt: skip
_WIDTHS = (18, 9, 12, 20, 12, 9, 20, 11, 9, 6, 12, 8, 8, 14, 40, 16, 34, 24, 16, 18)


def event_told(record: Recorded, zone: tzinfo) -> dict[str, Any]:
    """`at` in ms since 1970, `time` the same by the local clock; `grounds` None for what is no decision."""
    event, said = record.event, record.correction
    status = event.kind.status
    return {
        "id": event.id,
        "seq": record.seq,
        "at": round(event.at * 1000),
        "time": local(event.at, zone).isoformat(timespec="seconds"),
        "kind": event.kind.value,
        "status": status.value if status else None,
        "reason": event.reason,
        "camera": event.camera,
        "name": event.person,
        "words": event.words,
        "about": event.about,
        "by": event.by,
        "face": record.has_face,
        "frame": record.has_frame,
        "grounds": asdict(event.grounds) if event.grounds else None,
        "correction": {"name": said.person, "at": round(said.at * 1000), "by": said.by, "change": said.change} if said else None,
    }


def json_parts(records: Iterable[Recorded], zone: tzinfo) -> Iterator[bytes]:
    """A JSON array, an event a line, without ever holding more than one."""
    before = "[\n"
    for record in records:
        yield (before + json.dumps(event_told(record, zone), ensure_ascii=False)).encode()
        before = ",\n"
    yield b"[]\n" if before == "[\n" else b"\n]\n"


def table(records: Iterable[Recorded], zone: tzinfo, most: int | None = None) -> Table:
    """A row for each event, at most `most`; if there are more, the last row says so. Times are local ones."""
    rows: Iterator[list[Cell]] = (_row(record, zone) for record in records)
    if most is not None:
        rest = iter(rows)
        more: Iterator[list[Cell]] = ([f"only the first {most} events: ask for less time"] for _ in islice(rest, 1))
        rows = chain(islice(rest, most), more)
    return Table("events", _HEADER, rows, _WIDTHS)


def corrected(said: Correction, named: str | None) -> str:
    """What the correction says of a decision that named somebody, or nobody, in words."""
    return f"it was {said.person}" if said.person is not None else f"it was not {named or 'them'}"


def _row(record: Recorded, zone: tzinfo) -> list[Cell]:
    event, grounds, said = record.event, record.event.grounds or Grounds(), record.correction
    is_decision = event.grounds is not None
    return [
        local(event.at, zone).replace(tzinfo=None, microsecond=0),
        event.kind.value,
        event.reason,
        event.person,
        event.camera,
        grounds.distance,
        grounds.runner_up,
        grounds.runner_up_distance,
        grounds.threshold,
        grounds.votes if is_decision else None,
        grounds.usable if is_decision else None,
        grounds.quality,
        grounds.liveness,
        grounds.seen_s if is_decision else None,
        event.words or grounds.problem,
        event.by,
        event.id,
        None if said is None else corrected(said, event.person),
        said.by if said else None,
        local(said.at, zone).replace(tzinfo=None, microsecond=0) if said else None,
    ]
