"""The `ostiary visitors` commands: who came unknown, and what the owner says about it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ostiary.assembly import stores
from ostiary.settings import Settings
from ostiary.subcommands import adder

if TYPE_CHECKING:  # the command's parser must not load what only its commands need
    from ostiary.visitors.reception import Reception
    from ostiary.visitors.values import Change

Act = Callable[["Reception", argparse.Namespace], None]


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Fills the parser of `ostiary visitors`; what it parses goes to `run`."""
    add = adder(parser)
    add("list", _list, "list who came and is not known").add_argument("--ignored", action="store_true", help="those to be ignored too")
    name = add("name", _name, "a visitor is somebody: enrol them")
    name.add_argument("visitor", type=int)
    name.add_argument("name")
    name.add_argument("--force", action="store_true", help="although somebody else looks the same")
    merge = add("merge", lambda r, a: _say(r.merge(a.visitor, a.into)), "a visitor is the same as another one")
    merge.add_argument("visitor", type=int)
    merge.add_argument("into", type=int)
    add("ignore", lambda r, a: _say(r.ignore(a.visitor)), "a visitor is to be nobody, for ever").add_argument("visitor", type=int)
    add("forget", _forget, "delete all that is known of a visitor").add_argument("visitor", type=int)
    picture = add("picture", _picture, "write a visitor's best picture to a file")
    picture.add_argument("visitor", type=int)
    picture.add_argument("file", type=Path)
    add("decisions", _decisions, "list the latest decisions, which can be corrected")
    correct = add("correct", _correct, "a decision was wrong: say who it was; without a name, that it was not who it said")
    correct.add_argument("event_id")
    correct.add_argument("name", nargs="?")
    correct.add_argument("--force", action="store_true", help="although somebody else looks the same")
    add("changes", _changes, "list what was said, the latest first")
    add("undo", lambda r, a: _say(r.undo(a.change), "undone: "), "undo one of the changes").add_argument("change", type=int)


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    act: Act = arguments.act
    act(stores.open_reception(settings), arguments)
    return 0


def _list(reception: Reception, arguments: argparse.Namespace) -> None:
    for visitor in reception.store.visitors(ignored=arguments.ignored):
        times = "once" if visitor.seen == 1 else f"{visitor.seen} times"
        ignored = ", ignored" if visitor.ignored else ""
        print(f"{visitor.label}: seen {times}, first {_when(visitor.first_at)}, last {_when(visitor.last_at)} at {visitor.camera}{ignored}")


def _name(reception: Reception, arguments: argparse.Namespace) -> None:
    _say(reception.name(arguments.visitor, arguments.name, force=arguments.force))


def _forget(reception: Reception, arguments: argparse.Namespace) -> None:
    reception.forget(arguments.visitor)
    print("forgotten")


def _picture(reception: Reception, arguments: argparse.Namespace) -> None:
    data = reception.store.visitor_picture(arguments.visitor)
    if data is None:
        print("no picture was kept")
    else:
        arguments.file.write_bytes(data)


def _decisions(reception: Reception, arguments: argparse.Namespace) -> None:
    for one in reception.store.decisions():
        reason = f" {one.reason.value}" if one.reason else ""
        distance = "" if one.distance is None else f" at {one.distance:.3f}"
        corrected = "" if one.corrected_by is None else f" (corrected by change {one.corrected_by})"
        print(f"{one.id} {_when(one.at)} {one.camera} {one.status.value}{reason} {one.person or '-'}{distance}{corrected}")


def _correct(reception: Reception, arguments: argparse.Namespace) -> None:
    _say(reception.correct(arguments.event_id, arguments.name, force=arguments.force))


def _changes(reception: Reception, arguments: argparse.Namespace) -> None:
    for change in reception.store.changes():
        undone = "" if change.undone_at is None else f", undone {_when(change.undone_at)}"
        print(f"{change.id} {_when(change.at)} {change.words}{undone}")


def _say(change: Change, before: str = "") -> None:
    print(f"{before}{change.words} (change {change.id})")


def _when(at: float) -> str:
    return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M:%S")
