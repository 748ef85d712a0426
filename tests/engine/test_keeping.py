"""What is kept of people on disk, for which encoder, and what is left of them when they are forgotten."""

from __future__ import annotations

import os
import pickle
import stat
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
from support.engines import names_of, photos_of

from ostiary.encoders import ENCODERS
from ostiary.engine import FaceEngine
from ostiary.errors import (
    EncoderMismatch,
    GalleryDamaged,
    ModelError,
    UnknownName,
)
from ostiary.gallery import codec
from ostiary.gallery.photos import PhotoStore
from ostiary.settings import GallerySettings, VisionSettings
from ostiary.vision.eyes import Eyes

DLIB = ENCODERS["dlib"]
MakeEngine = Callable[..., FaceEngine]
Portraits = dict[str, Path]


def test_forgetting_a_person_leaves_nothing(engine: FaceEngine, portraits: Portraits) -> None:
    engine.register("biden", portraits["biden.jpg"])
    engine.register("obama", portraits["obama.jpg"])
    engine.register("obama", portraits["obama2.jpg"])
    (biden_id,) = {e.face_id for e in engine.gallery.examples("biden")}
    assert engine.unregister("obama") == 2
    assert engine.names() == ["biden"]
    assert photos_of(engine) == {biden_id}
    assert names_of(engine.recognize(portraits["obama.jpg"])) == [None]
    for file in engine.settings.gallery.faces_dir.rglob("*"):
        assert file.is_dir() or b"obama" not in file.read_bytes()
    with pytest.raises(UnknownName):
        engine.unregister("obama")


def test_photos_that_a_killed_program_left_are_swept_away(engine: FaceEngine, portraits: Portraits) -> None:
    photos = PhotoStore(engine.settings.gallery.faces_dir / "photos")
    photos.save("orphan", b"jpeg")
    long_ago = 1_700_000_000
    os.utime(photos.folder / "unsure" / "orphan.jpg", (long_ago, long_ago))
    enrolled = engine.register("obama", portraits["obama.jpg"])
    assert photos.load("orphan") is None
    assert photos.load(enrolled.face_id) is not None


def test_photos_are_private_small_and_without_notes(engine: FaceEngine, portraits: Portraits) -> None:
    plain = portraits["obama.jpg"].read_bytes()
    note = b"Exif\0\0" + b"II*\0\x08\0\0\0\0\0\0\0\0\0" + b"somewhere in Nairobi"
    noted = plain[:2] + b"\xff\xe1" + (len(note) + 2).to_bytes(2, "big") + note + plain[2:]
    enrolled = engine.register("obama", noted)
    photo = engine.settings.gallery.faces_dir / "photos" / f"{enrolled.face_id}.jpg"
    content = photo.read_bytes()
    assert b"Nairobi" not in content
    assert b"Exif" not in content
    assert stat.S_IMODE(photo.stat().st_mode) == 0o600
    assert stat.S_IMODE(photo.parent.stat().st_mode) == 0o700
    height, width = cv2.imread(str(photo)).shape[:2]
    assert height <= 1280
    assert width < cv2.imread(str(portraits["obama.jpg"])).shape[1]


def test_no_photos_are_kept_where_that_is_not_wished(make: MakeEngine, portraits: Portraits) -> None:
    engine = make(gallery=GallerySettings(keep_photos=False))
    engine.register("obama", portraits["obama.jpg"])
    assert engine.names() == ["obama"]
    assert photos_of(engine) == set()


def test_auto_is_the_encoder_of_the_gallery(make: MakeEngine, portraits: Portraits) -> None:
    assert make().encoder_name == "sface"
    make("dlib").register("obama", portraits["obama.jpg"])
    engine = make()
    assert (engine.encoder_name, engine.eyes.encoder.id) == ("dlib", DLIB.id)
    assert names_of(engine.recognize(portraits["obama2.jpg"])) == ["obama"]


def test_another_encoder_than_the_gallery_s_is_refused(make: MakeEngine, portraits: Portraits) -> None:
    make("dlib").register("obama", portraits["obama.jpg"])
    engine = make("sface")
    for attempt in (lambda: engine.recognize(portraits["obama2.jpg"]), lambda: engine.register("biden", portraits["biden.jpg"])):
        with pytest.raises(EncoderMismatch, match="ostiary reencode"):
            attempt()
    assert engine.names() == ["obama"]
    assert len(photos_of(engine)) == 1


@pytest.mark.parametrize(("before", "after"), [("dlib", "sface"), ("sface", "dlib")])
def test_people_are_encoded_again_from_their_photos(make: MakeEngine, portraits: Portraits, before: str, after: str) -> None:
    old, new = make(before), make(after)
    old.register("obama", portraits["obama.jpg"])
    old.register("biden", portraits["biden.jpg"])
    report = new.reencode()
    assert (report.encoder, report.encoded, report.lost, report.written) == (ENCODERS[after].id, 2, (), True)
    assert new.names() == ["obama", "biden"]
    assert names_of(new.recognize(portraits["obama2.jpg"])) == ["obama"]
    direct = new.encode(portraits["obama.jpg"], new.detect(portraits["obama.jpg"]))[0]
    nearest = new.gallery.match(direct).nearest
    assert nearest is not None
    assert nearest.distance < 0.2 * new.rule(2).threshold


def test_who_has_no_photo_keeps_everybody_from_being_encoded_again(make: MakeEngine, portraits: Portraits) -> None:
    old, new = make("dlib"), make("sface")
    old.register("obama", portraits["obama.jpg"])
    lost = old.register("biden", portraits["biden.jpg"])
    (old.settings.gallery.faces_dir / "photos" / f"{lost.face_id}.jpg").unlink()
    seen: list[int] = []
    report = new.reencode(lambda examples: seen.append(len(examples)) or examples)  # type: ignore[func-returns-value]
    assert (report.written, report.people_lost, seen) == (False, ("biden",), [2])
    assert "no photo was kept" in report.lost[0]
    assert old.gallery.encoder_id == DLIB.id
    assert new.reencode(drop_lost=True).written
    assert new.names() == ["obama"]


def test_a_gallery_of_face_recognition_s_users_is_taken_over(make: MakeEngine, portraits: Portraits) -> None:
    dlib = make("dlib")
    (vector,) = dlib.encode(portraits["obama.jpg"], dlib.detect(portraits["obama.jpg"]))
    dlib.store.path.parent.mkdir()
    dlib.store.path.write_bytes(pickle.dumps({"encodings": [vector.astype(float)], "names": ["obama"]}))
    engine = make()
    assert names_of(engine.recognize(portraits["obama2.jpg"])) == ["obama"]
    engine.register("biden", portraits["biden.jpg"])
    assert codec.decode(engine.store.path.read_bytes()).names == ("obama", "biden")


def test_a_damaged_gallery_still_recognises_and_is_not_overwritten(engine: FaceEngine, portraits: Portraits) -> None:
    engine.register("obama", portraits["obama.jpg"])
    assert engine.gallery_problem is None
    engine.store.path.write_bytes(b"garbage")
    assert engine.gallery_problem is not None
    assert names_of(engine.recognize(portraits["obama2.jpg"])) == ["obama"]
    photos = photos_of(engine)
    with pytest.raises(GalleryDamaged):
        engine.register("biden", portraits["biden.jpg"])
    with pytest.raises(GalleryDamaged):
        engine.unregister("obama")
    assert engine.store.path.read_bytes() == b"garbage"
    assert photos_of(engine) == photos


def test_a_model_that_does_not_load_is_a_problem_until_it_does(tmp_path: Path, portraits: Portraits, make: MakeEngine) -> None:
    good = make()
    missing = [ModelError("sface", "nowhere to be found")]

    def open_later(vision: VisionSettings, encoder: str, models_dir: Path) -> Eyes:
        if missing:
            raise missing.pop()
        return good.eyes

    engine = FaceEngine(faces_dir=tmp_path / "others", open_eyes=open_later)
    assert engine.model_problem is None
    with pytest.raises(ModelError):
        engine.detect(portraits["obama.jpg"])
    assert engine.model_problem == "model sface: nowhere to be found"
    assert len(engine.detect(portraits["obama.jpg"])) == 1
    assert engine.model_problem is None
