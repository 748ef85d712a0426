"""Renaming people, making two of them one, and letting single pictures go: in the gallery, its file and the photos."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ostiary.encoders import ENCODERS
from ostiary.engine import FaceEngine
from ostiary.errors import BadName, LastExample, NameTaken, NotAlike, UnknownFace, UnknownName
from ostiary.gallery.lessons import Face
from ostiary.gallery.store import GalleryStore
from ostiary.settings import DecisionSettings, Settings

SFACE = ENCODERS["sface"].id


def _face(person: int, look: int) -> Face:
    """A look at a numbered person; two of one are at a cosine distance of about 0.08, of two people at about 1."""
    base, noise = np.random.default_rng(person).normal(size=128), np.random.default_rng([person, look]).normal(size=128)
    row = base / np.linalg.norm(base) + 0.3 * noise / np.sqrt(128)
    return Face((row / np.linalg.norm(row)).astype(np.float32), b"photo %d of %d" % (look, person))


@pytest.fixture
def engine(tmp_path: Path) -> FaceEngine:
    """An engine that encodes nothing, with katya (two pictures), zero and kate, who is katya too."""
    eyes = SimpleNamespace(encoder=SimpleNamespace(id=SFACE))
    settings = Settings(decision=DecisionSettings(th_accept=0.5))
    engine = FaceEngine(faces_dir=tmp_path / "faces", settings=settings, open_eyes=lambda *_: eyes)  # type: ignore[arg-type,return-value]
    engine.learn("katya", [_face(1, 1), _face(1, 2)], encoder_id=SFACE)
    engine.learn("zero", [_face(2, 1)], encoder_id=SFACE)
    engine.learn("kate", [_face(1, 3)], encoder_id=SFACE, force=True)
    return engine


def _on_disk(engine: FaceEngine) -> dict[str, int]:
    gallery = GalleryStore(engine.settings.gallery.db_path).read()
    return {name: len(gallery.examples(name)) for name in gallery.names}


def test_a_person_is_renamed_with_all_that_is_theirs(engine: FaceEngine) -> None:
    told: list[tuple[str, str]] = []
    engine.when_renamed.append(lambda old, new: told.append((old, new)))
    face_ids = [e.face_id for e in engine.gallery.examples("katya")]
    assert engine.rename(" katya ", " Zoe\u0308 ") == "Zo\u00eb"
    assert _on_disk(engine) == {"Zo\u00eb": 2, "zero": 1, "kate": 1}
    assert [engine.photo("Zo\u00eb", i) for i in face_ids] == [b"photo 1 of 1", b"photo 2 of 1"]
    assert told == [("katya", "Zo\u00eb")]


def test_a_name_that_is_taken_is_not_given_twice(engine: FaceEngine) -> None:
    engine.when_renamed.append(lambda old, new: pytest.fail("nothing happened"))
    with pytest.raises(NameTaken, match="merge"):
        engine.rename("katya", "zero")
    with pytest.raises(UnknownName):
        engine.rename("nobody", "somebody")
    with pytest.raises(BadName):
        engine.rename("katya", "\n")
    with pytest.raises(BadName, match="choose another"):
        engine.rename("katya", "..")
    assert engine.rename("katya", "katya") == "katya"
    assert _on_disk(engine) == {"katya": 2, "zero": 1, "kate": 1}


def test_two_names_of_one_person_become_one(engine: FaceEngine) -> None:
    told: list[tuple[str, str]] = []
    engine.when_renamed.append(lambda old, new: told.append((old, new)))
    assert engine.merge("kate", "katya") == 3
    assert _on_disk(engine) == {"katya": 3, "zero": 1}
    assert told == [("kate", "katya")]
    assert engine.merge("katya", "katya") == 3, "nothing to do"
    assert told == [("kate", "katya")]


def test_who_does_not_look_alike_is_made_one_only_by_force(engine: FaceEngine) -> None:
    with pytest.raises(NotAlike, match="force=true"):
        engine.merge("zero", "katya")
    with pytest.raises(UnknownName):
        engine.merge("zero", "nobody")
    with pytest.raises(UnknownName):
        engine.merge("nobody", "zero", force=True)
    assert _on_disk(engine) == {"katya": 2, "zero": 1, "kate": 1}
    assert engine.merge("zero", "katya", force=True) == 3


def test_one_picture_goes_and_leaves_nothing_behind(engine: FaceEngine) -> None:
    first, second = engine.gallery.examples("katya")
    with pytest.raises(UnknownFace):
        engine.drop_example("zero", first.face_id)
    assert engine.drop_example("katya", first.face_id) == 1
    with pytest.raises(UnknownFace):
        engine.photo("katya", first.face_id)
    with pytest.raises(LastExample, match="remove the person"):
        engine.drop_example("katya", second.face_id)
    assert _on_disk(engine) == {"katya": 1, "zero": 1, "kate": 1}
    for file in engine.settings.gallery.faces_dir.rglob("*"):
        assert not file.is_file() or (first.encoding.tobytes() not in (data := file.read_bytes()) and b"photo 1 of 1" not in data), file
