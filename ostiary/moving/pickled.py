"""Encodings that users of `face_recognition` keep in pickles, in its three usual shapes. A pickle that is anything else is not run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ostiary.encoders import ENCODERS
from ostiary.engine import FaceEngine
from ostiary.errors import AlreadyKnown, BadName, ImportFailed, KeptOut
from ostiary.gallery.codec import OLDER_ENCODER, older_rows
from ostiary.gallery.lessons import Face
from ostiary.gallery.names import new_name
from ostiary.gallery.pickled_arrays import Unreadable
from ostiary.gallery.unpickle import loads
from ostiary.moving.values import Refused, Report
from ostiary.settings import LimitSettings

_MEGABYTE = 1 << 20
_DIM = ENCODERS["dlib"].dim

Rows = list[np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class Pickled:
    """People's encodings, all of dlib, and what of the file is none."""

    people: dict[str, Rows]
    left_out: tuple[Refused, ...]


def read_pickle(file: Path, limits: LimitSettings) -> Pickled:
    """Raises ImportFailed where nothing of it can be used."""
    try:
        if file.stat().st_size > limits.max_zip_mb * _MEGABYTE:
            raise ImportFailed(file, f"it is larger than {limits.max_zip_mb:g} MB (limit: MAX_ZIP_MB)")
        content = loads(file.read_bytes())
    except OSError as error:
        raise ImportFailed(file, f"it cannot be read: {error.strerror}") from None
    except Unreadable as error:
        raise ImportFailed(file, f"{error}; nothing in it was run. If there are pictures, take 'ostiary import folder'") from None
    if not isinstance(content, dict):
        raise ImportFailed(file, f"it holds a {type(content).__name__}, not names with encodings")
    if "format" in content:
        raise ImportFailed(file, "it is a gallery of this program: set DB_PATH to it, or restore a backup")
    try:
        return _sorted(list(older_rows(content)))
    except Unreadable as error:
        raise ImportFailed(file, str(error)) from None


def learn(
    engine: FaceEngine,
    pickled: Pickled,
    report: Report,
    progress: Callable[[Iterable[tuple[str, Rows]]], Iterable[tuple[str, Rows]]] = iter,
) -> None:
    """Enrols everybody as the door does, but for the look at a picture: there is none. What is enrolled already is passed over.

    Raises EncoderMismatch.
    """
    report.refused += pickled.left_out
    for name, rows in progress(pickled.people.items()):
        gallery = engine.gallery
        known = {example.encoding.tobytes() for example in gallery.examples(name)} if name in gallery else set()
        new = [row for row in rows if row.tobytes() not in known]
        report.there_already += len(rows) - len(new)
        _learn_one(engine, name, new, report)


def _learn_one(engine: FaceEngine, name: str, rows: Rows, report: Report) -> None:
    """All at once, or where one is refused, each by itself."""
    try:
        if rows:
            engine.learn(name, [Face(row, None) for row in rows], encoder_id=OLDER_ENCODER)
            report.taken += len(rows)
    except (AlreadyKnown, KeptOut) as error:
        if len(rows) == 1:
            report.refused.append(Refused(name, str(error)))
            return
        for row in rows:
            _learn_one(engine, name, [row], report)


def _sorted(rows: list[tuple[str, object]]) -> Pickled:
    people: defaultdict[str, dict[bytes, np.ndarray]] = defaultdict(dict)
    refused: Counter[tuple[str, str]] = Counter()
    for raw, value in rows:
        try:
            name, row = new_name(raw), _encoding(value)
        except BadName as error:
            refused[raw, error.problem] += 1
        except ValueError as error:
            refused[raw, str(error)] += 1
        else:
            people[name][row.tobytes()] = row
    left_out = [Refused(name, f"{count} encoding{'s' * (count != 1)}: {reason}") for (name, reason), count in refused.items()]
    return Pickled({name: list(rows.values()) for name, rows in people.items()}, tuple(left_out))


def _encoding(value: object) -> np.ndarray:
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        raise ValueError(f"it is a {type(value).__name__}, not an array of numbers")
    if value.shape != (_DIM,):
        raise ValueError(f"it has the shape {value.shape}, not {_DIM} numbers")
    row = np.ascontiguousarray(value, np.float32)
    if not np.isfinite(row).all() or not row.any():
        raise ValueError("its numbers are not finite, or all zero")
    return row
