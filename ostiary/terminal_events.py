"""The `ostiary events` commands: read the history, and write it to a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from ostiary.assembly.history import open_history
from ostiary.assembly.stores import own_data
from ostiary.local_time import local, moment
from ostiary.settings import Settings

if TYPE_CHECKING:  # the command's parser must not load what only its commands need
    from ostiary.history.history import History
    from ostiary.history.values import Query, Recorded

Act = Callable[["History", Settings, argparse.Namespace], None]

_FORMATS = (".csv", ".json", ".xlsx")


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Fills the parser of `ostiary events`; what it parses goes to `run`."""
    commands = parser.add_subparsers(required=True, metavar="ACTION")
    listed = commands.add_parser("list", help="print events, the latest last", description="print events, the latest last")
    listed.add_argument("--count", type=int, default=50, metavar="N", help="how many at most (default 50)")
    listed.set_defaults(act=_list)
    export = commands.add_parser("export", help="write events to a file", description="write events to a file: .csv, .json or .xlsx")
    export.add_argument("file", type=_exported, metavar="FILE")
    export.set_defaults(act=_export)
    for command in (listed, export):
        command.add_argument("--from", dest="start", metavar="DATE", help="from this local day or time on, such as 2026-03-29T08:00")
        command.add_argument("--to", dest="end", metavar="DATE", help="up to the end of this day, or to this time")
        command.add_argument("--person", metavar="NAME")
        command.add_argument("--camera", metavar="NAME")
        command.add_argument("--kind", action="append", default=[], choices=("pass", "reject", "visitor", "camera", "webhook", "gallery"))
        command.add_argument("--reason", action="append", default=[], metavar="REASON", help="such as spoof, lost, delivered")
        command.add_argument("--text", metavar="WORDS", help="only where this is in the name, the camera's name or the words")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    act: Act = arguments.act
    if not (own_data(settings) / "history.db").exists():  # looking makes none
        print("no events are kept yet", file=sys.stderr)
        return 0
    with closing(open_history(settings, own_data(settings))) as history:
        act(history, settings, arguments)
    return 0


def _list(history: History, settings: Settings, arguments: argparse.Namespace) -> None:
    zone = settings.clock.zone
    for record in reversed(history.store.events(_query(arguments, zone), arguments.count).events):
        print(_line(record, zone))


def _export(history: History, settings: Settings, arguments: argparse.Namespace) -> None:
    from ostiary.history.told import MOST_ROWS, json_parts, table
    from ostiary.spreadsheet import csv_lines, write_xlsx

    zone, file = settings.clock.zone, arguments.file
    records = history.store.walk(_query(arguments, zone))
    if file.suffix == ".xlsx":
        with file.open("wb") as book:
            write_xlsx(book, [table(records, zone, MOST_ROWS)])
    else:
        _write(file, json_parts(records, zone) if file.suffix == ".json" else csv_lines(table(records, zone)))
    print(f"{file}: {file.stat().st_size} bytes", file=sys.stderr)


def _write(file: Path, parts: Iterable[bytes]) -> None:
    with file.open("wb") as written:
        for part in parts:
            written.write(part)


def _line(record: Recorded, zone: tzinfo) -> str:
    from ostiary.history.told import corrected

    event, grounds = record.event, record.event.grounds
    status = event.kind.status
    parts = [
        local(event.at, zone).strftime("%Y-%m-%d %H:%M:%S"),
        event.camera or "-",
        status.value if status else event.kind.value,
        event.reason,
        event.person,
        f"at {grounds.distance:.3f}" if grounds and grounds.distance is not None else None,
        f"(next {grounds.runner_up} at {grounds.runner_up_distance:.3f})"
        if grounds and grounds.runner_up and grounds.runner_up_distance is not None
        else None,
        event.words or (grounds.problem if grounds else None),
        f"by {event.by}" if event.by else None,
        f"[corrected: {corrected(record.correction, event.person)}]" if record.correction else None,
    ]
    return " ".join(part for part in parts if part)


def _query(arguments: argparse.Namespace, zone: tzinfo) -> Query:
    from ostiary.history.values import Kind, Query

    return Query(
        moment(arguments.start, zone, field="--from") if arguments.start else None,
        moment(arguments.end, zone, field="--to", end_of_day=True) if arguments.end else None,
        arguments.person,
        arguments.camera,
        tuple(Kind(kind) for kind in arguments.kind),
        tuple(arguments.reason),
        arguments.text,
    )


def _exported(text: str) -> Path:
    file = Path(text)
    if file.suffix not in _FORMATS:
        raise argparse.ArgumentTypeError(f"must end in one of {', '.join(_FORMATS)}")
    return file
