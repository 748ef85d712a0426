"""The `ostiary import` commands: people who are known elsewhere move in."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from ostiary import terminal_access
from ostiary.printable import printable
from ostiary.settings import Settings
from ostiary.subcommands import adder

if TYPE_CHECKING:  # the command's parser must not load what only its commands need
    from ostiary.moving.values import Home, Report, Source

_SERVICE = "the key of a recognition service of ours: its collection instead of the door's gallery"
_AGAIN = "take pictures, too, that moved in already and are still there"


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Fills the parser of `ostiary import`; what it parses goes to `run`."""
    add = adder(parser, "FROM")
    folder = add("folder", _folder, "enrol everybody in a folder (NAME/any.jpg, as DeepFace, Frigate and Double Take keep them)")
    folder.add_argument("folder", type=Path, metavar="DIR")
    pickled = add("pickle", _pickle, "enrol the encodings of a pickle that was made with face_recognition")
    pickled.add_argument("file", type=Path)
    other = add("compreface", _compreface, "take over the subjects and pictures of a CompreFace server")
    other.add_argument("--url", required=True, help="its address, such as http://nas.lan:8000")
    other.add_argument("--key", required=True, help="the key of its recognition service; - reads it from the standard input")
    for moving in (folder, other):
        moving.add_argument("--service", metavar="KEY", help=_SERVICE)
        moving.add_argument("--again", action="store_true", help=_AGAIN)


def run(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    """What was taken is told however it ends; told again, the command goes on from there."""
    from ostiary.moving.values import Report

    report = Report()
    try:
        arguments.act(settings, arguments, report)
    finally:
        _tell(report)
    return 1 if report.refused else 0


def _folder(settings: Settings, arguments: argparse.Namespace, report: Report) -> None:
    from ostiary.moving.folder import read_folder

    _move(settings, read_folder(arguments.folder, settings.limits), arguments, report)


def _compreface(settings: Settings, arguments: argparse.Namespace, report: Report) -> None:
    from ostiary.moving.remote import Server

    key = sys.stdin.readline() if arguments.key == "-" else arguments.key
    server = Server(arguments.url, key.strip(), settings.limits)
    try:
        _move(settings, server.source(), arguments, report)
    finally:
        server.close()


def _pickle(settings: Settings, arguments: argparse.Namespace, report: Report) -> None:
    from ostiary.assembly.stores import open_engine
    from ostiary.moving.pickled import learn, read_pickle

    pickled = read_pickle(arguments.file, settings.limits)
    engine = open_engine(settings)
    if settings.vision.encoder == "auto" and engine.gallery.encoder_id is None:  # an empty gallery takes any encoder's
        engine = open_engine(replace(settings, vision=replace(settings.vision, encoder="dlib")))
    learn(engine, pickled, report, lambda people: tqdm(list(people), unit="person"))
    _note(settings, "pickle", report)
    if report.taken:
        print("a pickle has no pictures: enrol some too, for without them nobody can be encoded again for another encoder")


def _move(settings: Settings, source: Source, arguments: argparse.Namespace, report: Report) -> None:
    from ostiary.assembly.stores import own_data
    from ostiary.moving.ledger import Ledger
    from ostiary.moving.move import move

    with _home(settings, arguments.service) as (label, home):
        try:
            held = frozenset[str]() if arguments.again else home.image_ids()
            with Ledger(own_data(settings) / "imports", label).open(held) as ledger:
                move(source, home, ledger, report, lambda offers: tqdm(offers, unit="picture"))
        finally:
            _note(settings, label, report)


@contextmanager
def _home(settings: Settings, key: str | None) -> Iterator[tuple[str, Home]]:
    """With a label that is this home's alone. Raises UnknownService."""
    from ostiary.assembly.stores import open_engine
    from ostiary.moving.homes import Door, InCollection

    engine = open_engine(settings)
    if key is None:
        yield "door", Door(engine)
        return
    from ostiary.assembly.compreface import keeper_of
    from ostiary.compreface.seeing import Seeing
    from ostiary.compreface.values import Kind

    with keeper_of(engine) as keeper:
        service = keeper.register.service_of(key, Kind.RECOGNITION)
        yield "door" if service.door else f"service-{service.id}", InCollection(keeper.collection(service), Seeing(engine))


def _tell(report: Report) -> None:
    already = f", {report.there_already} there already" if report.there_already else ""
    refused = f", {len(report.refused)} not" if report.refused else ""
    print(f"{report.taken} taken{already}{refused}")
    for one in report.refused:
        print(printable(f"{one.origin}: {one.reason}"), file=sys.stderr)
    for one in report.doubtful:
        print(printable(f"{one.origin}: taken, but {one.reason}"), file=sys.stderr)


def _note(settings: Settings, what: str, report: Report) -> None:
    if report.taken:
        terminal_access.note(settings, "people.import", what, f"{report.taken} taken, {len(report.refused)} not")
