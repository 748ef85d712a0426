"""The `ostiary people` commands: what is written down about people, and from when to when they may pass."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import time as clock_time
from datetime import timedelta, tzinfo
from typing import TYPE_CHECKING

from ostiary import terminal_access
from ostiary.local_time import local, moment
from ostiary.settings import Settings
from ostiary.subcommands import adder

if TYPE_CHECKING:  # the command's parser must not load what only its commands need
    from ostiary.records.book import RecordBook
    from ostiary.records.values import Record

Act = Callable[["RecordBook", Settings, argparse.Namespace], None]

_CLEARS = "none"


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Fills the parser of `ostiary people`; what it parses goes to `run`."""
    add = adder(parser)
    add("list", _list, "list everybody with their group and dates")
    add("show", _show, "show what is written down about somebody").add_argument("name")
    change = add("set", _set, "write something down; what is not named stays, 'none' clears")
    change.add_argument("name")
    change.add_argument("--display-name", metavar="TEXT", help="the name for people to read")
    change.add_argument("--group", metavar="TEXT")
    change.add_argument("--notes", metavar="TEXT")
    change.add_argument("--from", dest="start", metavar="DATE", help="from this local day or time on they may pass")
    change.add_argument("--until", dest="end", metavar="DATE", help="the last day on which they may pass, or the time from which on not")
    change.add_argument("--consent", metavar="TEXT", help="what they agreed to, and how; dated now")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    from ostiary.assembly.ledger import record_book
    from ostiary.assembly.stores import open_engine

    act: Act = arguments.act
    act(record_book(settings, open_engine(settings)), settings, arguments)
    return 0


def _list(book: RecordBook, settings: Settings, arguments: argparse.Namespace) -> None:
    for record in book.everybody():
        print("  ".join(part for part in (record.person, record.group, _dates(record, settings.clock.zone)) if part))


def _show(book: RecordBook, settings: Settings, arguments: argparse.Namespace) -> None:
    _print(book.of(arguments.name), settings.clock.zone)


def _set(book: RecordBook, settings: Settings, arguments: argparse.Namespace) -> None:
    from ostiary.records.values import Span

    zone, me = settings.clock.zone, terminal_access.me().name
    record = book.of(arguments.name)
    record = replace(
        record,
        display_name=_text(arguments.display_name, record.display_name),
        group=_text(arguments.group, record.group),
        notes=_text(arguments.notes, record.notes),
        valid=Span(
            _moment(arguments.start, record.valid.start, zone, field="--from"),
            _moment(arguments.end, record.valid.end, zone, field="--until", end_of_day=True),
        ),
    )
    if arguments.consent is not None:
        record = replace(record, consent=None if arguments.consent == _CLEARS else book.consent(record, arguments.consent, by=me))
    record = book.write(record, by=me)
    terminal_access.note(settings, "person.record", record.person)
    _print(record, zone)


def _text(given: str | None, before: str) -> str:
    return before if given is None else "" if given == _CLEARS else given.strip()


def _moment(given: str | None, before: float | None, zone: tzinfo, *, field: str, end_of_day: bool = False) -> float | None:
    if given is None:
        return before
    return None if given == _CLEARS else moment(given, zone, field=field, end_of_day=end_of_day)


def _print(record: Record, zone: tzinfo) -> None:
    consent = record.consent
    told = {
        "name": record.person,
        "shown as": record.display_name,
        "group": record.group,
        "may pass": _dates(record, zone) or "always",
        "consent": consent and f"{consent.text} ({local(consent.given_at, zone):%Y-%m-%d}, written down by {consent.by})",
        "notes": record.notes,
        "changed": record.changed_at and f"{local(record.changed_at, zone):%Y-%m-%d %H:%M} by {record.changed_by}",
    }
    for what, text in told.items():
        if text:
            print(f"{what:9} {text}")


def _dates(record: Record, zone: tzinfo) -> str:
    span = record.valid
    ends = [] if span.start is None else [f"from {local(span.start, zone):%Y-%m-%d %H:%M}"]
    if span.end is not None:
        end = local(span.end, zone)
        whole = end.time() == clock_time()  # the last day is easier to read than the one after it
        ends.append(f"through {end.date() - timedelta(days=1)}" if whole else f"until {end:%Y-%m-%d %H:%M}")
    standing = span.standing(time.time()).value.replace("_", " ")
    return f"{' '.join(ends)} ({standing})" if ends else ""
