"""The commands that a person types: people, pictures, models, and the stream to read."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tqdm import tqdm

from ostiary.assembly import stores
from ostiary.attribute_text import described
from ostiary.errors import BadImage, BadZip, InputError, ModelError
from ostiary.printable import printable
from ostiary.settings import Settings

if TYPE_CHECKING:
    from ostiary.engine import FaceEngine


def register(settings: Settings, name: str, images: list[Path], *, replace: bool, force: bool) -> int:
    engine = stores.open_engine(settings)
    refused = 0
    for image in images:
        try:
            done = engine.register(name, _read(image), replace=replace, force=force)
        except InputError as error:
            print(f"{image}: {error}", file=sys.stderr)
            refused += 1
            continue
        replace = False  # the first picture replaced the old ones, the others join it
        better = "".join(f"; better still: {hint}" for hint in done.quality.hints)
        print(f"{image}: {done.name} now has {done.faces} example{'s' * (done.faces != 1)} (quality {done.quality.score:.2f}{better})")
        if done.doubt:
            print(f"{image}: {done.doubt}", file=sys.stderr)
    return 1 if refused else 0


def register_zip(settings: Settings, file: Path) -> int:
    from ostiary.bulk import enrol, read_pictures

    engine = stores.open_engine(settings)
    with _opened(file) as archive:
        taken = enrol(tqdm(read_pictures(archive, settings.limits), unit="picture"), engine.register)
    print(f"{taken.registered} registered, {len(taken.refused)} not")
    for one in taken.refused:
        print(f"{one.file}: {one.error}", file=sys.stderr)
    for name, doubt in taken.doubtful:
        print(f"{name}: registered, but {doubt}", file=sys.stderr)
    return 1 if taken.refused else 0


def faces(settings: Settings) -> int:
    for name in stores.open_engine(settings).names():
        print(name)
    return 0


def unregister(settings: Settings, name: str) -> int:
    removed = stores.open_engine(settings).unregister(name)
    print(f"{name}: {removed} example{'s' * (removed != 1)} removed")
    return 0


def recognize(settings: Settings, images: Iterable[Path], attributes: Sequence[str] = ()) -> int:
    from ostiary.vision.attributes.read import known

    wanted = known(name.strip() for name in attributes)
    engine = stores.open_engine(settings)
    refused = 0
    for image in images:
        try:
            found = engine.recognize(_read(image), wanted)
        except InputError as error:
            print(f"{image}: {error}", file=sys.stderr)
            refused += 1
            continue
        if not found:
            print(f"{image}: no face")
        for face in found:
            distance = "-" if face.distance is None else f"{face.distance:.3f}"
            why = f" ({face.reason.value})" if face.reason else ""
            print(f"{image}: {face.name or 'unknown'}{why} distance {distance} at {','.join(map(str, face.box))}")
            for line in described(face.attributes) if face.attributes else ():
                print(f"    {line}")
    return 1 if refused else 0


def reencode(settings: Settings, *, drop_lost: bool) -> int:
    engine = stores.open_engine(settings)
    report = engine.reencode(lambda examples: tqdm(examples, unit="photo"), drop_lost=drop_lost)
    for line in report.lost:
        print(line, file=sys.stderr)
    if not report.written:
        names = ", ".join(report.people_lost)
        print(f"nothing was changed: {names} would be lost; enrol them again afterwards and add --drop-lost", file=sys.stderr)
        return 1
    print(f"{report.encoded} examples encoded with {report.encoder}, {len(report.lost)} lost")
    served = _reencode_services(engine, drop_lost=drop_lost)
    return 1 if report.lost or served else 0


def _reencode_services(engine: FaceEngine, *, drop_lost: bool) -> int:
    from ostiary.assembly.compreface import reencode_services

    done = reencode_services(engine, lambda faces: tqdm(faces, unit="face", disable=not faces), drop_lost=drop_lost)
    for line in done.lost:
        print(printable(line), file=sys.stderr)  # subjects may be called anything
    if not done.written:
        print("the faces of CompreFace's services were left as they were; add --drop-lost to go on without these", file=sys.stderr)
    elif done.encoded or done.lost:
        print(f"CompreFace's services: {done.encoded} encoded, {len(done.lost)} lost")
    return len(done.lost)


def watch(settings: Settings, stop: threading.Event) -> int:
    from ostiary.assembly.access import reading_token, trust
    from ostiary.hub.client import subscribe, with_query

    for message in subscribe(with_query(settings.stream.url, frames="0"), reading_token(settings), stop, trust(settings)):
        for face in message.get("faces") or [message]:
            if message["status"] == "NO_FACE":
                continue
            at = datetime.fromtimestamp(message["captured_at"] / 1000).strftime("%H:%M:%S.%f")[:-3]
            distance = "" if face["distance"] is None else f" at {face['distance']:.3f}"
            print(at, message["camera"], face["status"], face["name"] or "-", (face["reason"] or "") + distance, flush=True)
    return 0


def models(settings: Settings, *, fetch: bool) -> int:
    from ostiary.vision import weights

    missing = []
    for name in tqdm(weights.WEIGHTS, unit="model") if fetch else ():
        try:
            weights.ready(name, settings.data.models_dir)
        except ModelError as error:  # the others are wanted all the same
            missing.append(error)
    for row in weights.catalogue(settings.data.models_dir):
        print(f"{row.name:16} {row.state:10} {row.size / 1e6:7.1f} MB  {row.licence:14} {row.origin}")
    for problem in missing:
        print(problem, file=sys.stderr)
    return 1 if missing else 0


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise BadZip(f"{file} cannot be read: {error.strerror}") from None


def _read(image: Path) -> bytes:
    try:
        return image.read_bytes()
    except OSError as error:
        raise BadImage(f"cannot be read: {error.strerror}") from None
