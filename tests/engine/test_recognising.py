"""Who is in a picture, as the engine tells it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.engines import beside, names_of, photos_of

from ostiary.domain import Detection, Reason
from ostiary.encoders import ENCODERS
from ostiary.engine import FaceEngine
from ostiary.errors import SettingsError
from ostiary.settings import DataSettings, DecisionSettings, GallerySettings, Settings, VisionSettings

MakeEngine = Callable[..., FaceEngine]
Portraits = dict[str, Path]

SFACE = ENCODERS["sface"]


@pytest.mark.parametrize(
    ("encoder", "detector"),
    [
        ("sface", "yunet"),
        ("sface", "hog"),
        ("sface-mirrored", "yunet"),
        ("dlib", "hog"),
        ("dlib", "yunet"),
        ("fusion", "yunet"),
        ("fusion", "hog"),
    ],
)
def test_one_photo_is_enough_to_be_known_and_a_stranger_stays_one(
    make: MakeEngine, portraits: Portraits, encoder: str, detector: str
) -> None:
    engine = make(encoder, detector)
    enrolled = engine.register(" obama ", portraits["obama.jpg"])
    assert (enrolled.name, enrolled.faces, enrolled.quality.usable) == ("obama", 1, True)
    assert engine.names() == ["obama"]
    (known,) = engine.recognize(portraits["obama2.jpg"])
    (stranger,) = engine.recognize(portraits["biden.jpg"])
    assert known.name == "obama"
    assert known.distance is not None
    assert known.distance <= engine.rule(1).threshold
    assert (stranger.name, stranger.reason) == (None, Reason.UNKNOWN)
    assert stranger.distance is not None
    assert stranger.distance > engine.rule(1).threshold


def test_an_image_may_be_a_path_its_text_bytes_or_an_array(engine: FaceEngine, portraits: Portraits) -> None:
    path = portraits["obama.jpg"]
    forms = (path, str(path), path.read_bytes(), cv2.imread(str(path)))
    found = [engine.detect(form) for form in forms]
    assert [len(faces) for faces in found] == [1, 1, 1, 1]
    assert len({faces[0].box for faces in found}) == 1


def test_encode_gives_a_row_for_each_face(engine: FaceEngine, portraits: Portraits) -> None:
    both = beside(portraits["obama.jpg"], portraits["biden.jpg"])
    faces = engine.detect(both)
    vectors = engine.encode(both, faces)
    assert (vectors.shape, vectors.dtype) == ((2, SFACE.dim), np.float32)
    assert engine.encode(both, []).shape == (0, SFACE.dim)


def test_everybody_in_a_picture_is_told_largest_first(engine: FaceEngine, portraits: Portraits) -> None:
    engine.register("obama", portraits["obama.jpg"])
    engine.register("biden", portraits["biden.jpg"])
    found = engine.recognize(beside(portraits["obama2.jpg"], portraits["biden.jpg"]))
    assert set(names_of(found)) == {"obama", "biden"}
    areas = [Detection(each.box, 1.0).area for each in found]
    assert areas == sorted(areas, reverse=True)


def test_nobody_is_in_a_picture_twice(engine: FaceEngine, portraits: Portraits) -> None:
    engine.register("obama", portraits["obama.jpg"])
    found = engine.recognize(beside(portraits["obama.jpg"], portraits["obama2.jpg"]))
    assert sorted(map(str, names_of(found))) == ["None", "obama"]
    assert {each.reason for each in found} == {None, Reason.AMBIGUOUS}


def test_an_empty_gallery_knows_nobody(engine: FaceEngine, portraits: Portraits) -> None:
    (found,) = engine.recognize(portraits["obama.jpg"])
    assert (found.name, found.distance, found.reason) == (None, None, Reason.UNKNOWN)
    assert engine.recognize(np.zeros((200, 200, 3), np.uint8)) == []


def test_a_pinned_threshold_and_margin_are_kept(make: MakeEngine, portraits: Portraits) -> None:
    engine = make(decision=DecisionSettings(th_accept=0.01, margin=0.2))
    engine.register("obama", portraits["obama.jpg"])
    assert names_of(engine.recognize(portraits["obama.jpg"])) == ["obama"]
    assert names_of(engine.recognize(portraits["obama2.jpg"])) == [None]
    assert engine.rule(1000).margin == 0.2


def test_arguments_stand_for_their_settings(tmp_path: Path) -> None:
    given = Settings(vision=VisionSettings(encoder="dlib"), gallery=GallerySettings(Path("x")), data=DataSettings(tmp_path))
    assert FaceEngine.from_settings(given).settings == given
    changed = FaceEngine("sface", "hog", tmp_path / "faces", settings=given).settings
    assert (changed.vision.encoder, changed.vision.detector, changed.gallery.faces_dir) == ("sface", "hog", tmp_path / "faces")
    assert changed.data == given.data
    with pytest.raises(SettingsError, match="ENCODER"):
        FaceEngine("arcface")


def test_four_threads_at_once(engine: FaceEngine, portraits: Portraits) -> None:
    engine.register("biden", portraits["biden.jpg"])

    def work(name: str) -> int:
        for _ in range(3):
            engine.register(name, portraits["obama.jpg"], force=True)
            assert names_of(engine.recognize(portraits["biden.jpg"])) == ["biden"]
            assert name in engine.names()
        return engine.unregister(name)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, [f"person {i}" for i in range(4)])) == [3, 3, 3, 3]
    assert engine.names() == ["biden"]
    assert len(photos_of(engine)) == 1


def test_the_front_door_is_the_engine() -> None:
    import face_engine

    assert face_engine.FaceEngine is FaceEngine


def test_attributes_of_the_faces_that_were_found(
    make: MakeEngine, portraits: Portraits, obtain: Callable[[str], Path], models_dir: Path
) -> None:
    obtain("face_age_gender")
    engine = make(data=DataSettings(data_dir=models_dir.parent))
    both = beside(portraits["obama.jpg"], portraits["biden.jpg"])
    faces = sorted(engine.detect(both), key=lambda face: face.box[0])
    looks = engine.attributes(both, faces, ["age", "gender"])
    assert [each.gender.label for each in looks if each.gender] == ["male", "male"]
    assert all(30 < each.age < 80 for each in looks if each.age)
    assert [each.pose for each in looks] == [None, None]
    told = engine.recognize(both, ["age"])
    assert {each.box for each in told} == {face.box for face in faces}
    by_box = {face.box: look for face, look in zip(faces, looks, strict=True)}
    assert [each.attributes.age for each in told if each.attributes] == [by_box[each.box].age for each in told]
    assert [each.attributes for each in engine.recognize(both)] == [None, None]
