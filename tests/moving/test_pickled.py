"""Pickles of face_recognition's users, and pickles of others."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ostiary.encoders import ENCODERS
from ostiary.engine import FaceEngine
from ostiary.errors import EncoderMismatch, ImportFailed
from ostiary.gallery.gallery import Example
from ostiary.moving.pickled import learn, read_pickle
from ostiary.moving.values import Refused, Report
from ostiary.settings import LimitSettings

DLIB = ENCODERS["dlib"].id


def row(person: int, number: int = 0) -> np.ndarray:
    """As dlib makes them: 1.4 long; two of one person are about 0.3 apart, of two people about 1.9."""
    base, noise = np.random.default_rng(person).normal(size=128), np.random.default_rng([person, number]).normal(size=128)
    made = base / np.linalg.norm(base) + 0.15 * noise / np.sqrt(128)
    return 1.4 * made / np.linalg.norm(made)


SHAPES: dict[str, Any] = {
    "one each": {"katya": row(1), "Борис": row(2)},
    "lists": {"katya": [row(1), row(1, 1)], "Борис": [row(2)]},
    "two lists": {"encodings": [row(1), row(2), row(1, 1)], "names": ["katya", "Борис", "katya"]},
}


@pytest.fixture
def engine(tmp_path: Path) -> FaceEngine:
    eyes = SimpleNamespace(encoder=SimpleNamespace(id=DLIB))
    return FaceEngine("dlib", faces_dir=tmp_path / "faces", open_eyes=lambda *_: eyes)  # type: ignore[arg-type,return-value]


def written(folder: Path, content: object, protocol: int = 4) -> Path:
    path = folder / "encodings.pickle"
    path.write_bytes(pickle.dumps(content, protocol))
    return path


def learnt(engine: FaceEngine, file: Path) -> Report:
    report = Report()
    learn(engine, read_pickle(file, LimitSettings()), report)
    return report


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_each_shape_becomes_people_and_only_once(engine: FaceEngine, tmp_path: Path, shape: object) -> None:
    file = written(tmp_path, shape)
    report = learnt(engine, file)
    assert engine.names() == ["katya", "Борис"]
    assert (report.refused, report.taken) == ([], len(engine.gallery.row_names))
    again = learnt(engine, file)
    assert (again.taken, again.there_already) == (0, report.taken)
    assert engine.gallery.match(row(2, 5).astype(np.float32)).nearest.person == "Борис"  # type: ignore[union-attr]


def test_what_cannot_be_taken_is_told_by_name(engine: FaceEngine, tmp_path: Path) -> None:
    content = {"katya": [row(1), row(3)[:64], np.full(128, np.nan)], "": [row(2)], "ema": "no numbers", "wall": [], "zoe": {"x": row(5)}}
    report = learnt(engine, written(tmp_path, {**content, "..": row(6)}))
    assert (engine.names(), report.taken) == (["katya"], 1)
    assert report.refused.pop().origin == ".."
    assert report.refused == [
        Refused("katya", "1 encoding: it has the shape (64,), not 128 numbers"),
        Refused("katya", "1 encoding: its numbers are not finite, or all zero"),
        Refused("", "1 encoding: it is empty; give 1 to 64 characters"),
        Refused("ema", "1 encoding: it is a str, not an array of numbers"),
        Refused("zoe", "1 encoding: it is a dict, not an array of numbers"),
    ]


def test_somebody_who_is_another_already_is_refused_alone(engine: FaceEngine, tmp_path: Path) -> None:
    learnt(engine, written(tmp_path, {"katya": row(1)}))
    report = learnt(engine, written(tmp_path, {"boris": [row(2), row(1, 1)]}))
    assert (report.taken, [one.origin for one in report.refused]) == (1, ["boris"])
    assert "katya" in report.refused[0].reason


def test_a_gallery_of_another_encoder_stays_as_it_is(engine: FaceEngine, tmp_path: Path) -> None:
    engine.store.add("zero", [Example("0" * 32, 0.0, row(9).astype(np.float32))], encoder_id=ENCODERS["sface"].id)
    with pytest.raises(EncoderMismatch):
        learnt(engine, written(tmp_path, {"katya": row(1)}))
    assert engine.names() == ["zero"]


class Foreign:
    def __reduce__(self) -> Any:
        return os.mkdir, ("made-by-a-pickle",)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (Foreign(), "nothing in it was run"),
        ({"katya": Foreign()}, "nothing in it was run"),
        ([row(1)], "it holds a list"),
        ({"format": "ostiary gallery 1"}, "restore a backup"),
        ({"names": ["katya"], "encodings": []}, "1 names for 0 encodings"),
    ],
    ids=["a program", "a program within", "a list", "our own", "uneven"],
)
def test_a_foreign_pickle_is_not_run(
    engine: FaceEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: object, problem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ImportFailed, match=problem):
        learnt(engine, written(tmp_path, content))
    assert not Path("made-by-a-pickle").exists()


def test_a_file_that_cannot_be_read_or_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="No such file"):
        read_pickle(tmp_path / "missing.pkl", LimitSettings())
    (tmp_path / "large.pkl").write_bytes(bytes(2 << 20))
    with pytest.raises(ImportFailed, match="MAX_ZIP_MB"):
        read_pickle(tmp_path / "large.pkl", LimitSettings(max_zip_mb=1))
