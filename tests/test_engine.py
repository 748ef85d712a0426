from __future__ import annotations

import functools
import os
import pickle
import stat
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from ostiary.domain import Detection, Reason, Recognition
from ostiary.encoders import ENCODERS
from ostiary.engine import STILLS_AT_ONCE, FaceEngine
from ostiary.errors import (
    AlreadyKnown,
    BadImage,
    BadName,
    EncoderMismatch,
    FaceError,
    GalleryDamaged,
    LowQuality,
    ManyFaces,
    ModelError,
    NoFace,
    SettingsError,
    TooLarge,
    UnknownName,
    Unlike,
    UnsupportedImage,
)
from ostiary.gallery import codec
from ostiary.gallery.gallery import Example
from ostiary.gallery.photos import PhotoStore
from ostiary.settings import DataSettings, DecisionSettings, GallerySettings, LimitSettings, Settings, VisionSettings
from ostiary.vision.eyes import Eyes, open_eyes

MakeEngine = Callable[..., FaceEngine]
Portraits = dict[str, Path]

SFACE, DLIB = ENCODERS["sface"], ENCODERS["dlib"]


@pytest.fixture(scope="session")
def eyes(models_dir: Path) -> Callable[[VisionSettings, str, Path], Eyes]:
    """What opens detector and encoder, each kind once in a test run."""

    @functools.cache
    def open_once(vision: VisionSettings, encoder: str) -> Eyes:
        return open_eyes(vision, encoder, models_dir)

    return lambda vision, encoder, _: open_once(vision, encoder)


@pytest.fixture
def make(eyes: Callable[[VisionSettings, str, Path], Eyes], tmp_path: Path) -> MakeEngine:
    """Makes an engine over one gallery; keywords replace slices of its settings."""

    def make(encoder: str | None = None, detector: str | None = None, **slices: object) -> FaceEngine:
        return FaceEngine(encoder, detector, tmp_path / "faces", settings=replace(Settings(), **slices), open_eyes=eyes)  # type: ignore[arg-type]

    return make


@pytest.fixture
def engine(make: MakeEngine) -> FaceEngine:
    return make()


def _names(found: list[Recognition]) -> list[str | None]:
    return [each.name for each in found]


def _photos(engine: FaceEngine) -> set[str]:
    return {path.stem for path in (engine.settings.gallery.faces_dir / "photos").glob("*.jpg")}


def _beside(*pictures: Path) -> np.ndarray:
    """One picture of several, side by side."""
    return np.hstack([cv2.resize(cv2.imread(str(picture)), (600, 800)) for picture in pictures])


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
    both = _beside(portraits["obama.jpg"], portraits["biden.jpg"])
    faces = engine.detect(both)
    vectors = engine.encode(both, faces)
    assert (vectors.shape, vectors.dtype) == ((2, SFACE.dim), np.float32)
    assert engine.encode(both, []).shape == (0, SFACE.dim)


def test_everybody_in_a_picture_is_told_largest_first(engine: FaceEngine, portraits: Portraits) -> None:
    engine.register("obama", portraits["obama.jpg"])
    engine.register("biden", portraits["biden.jpg"])
    found = engine.recognize(_beside(portraits["obama2.jpg"], portraits["biden.jpg"]))
    assert set(_names(found)) == {"obama", "biden"}
    areas = [Detection(each.box, 1.0).area for each in found]
    assert areas == sorted(areas, reverse=True)


def test_nobody_is_in_a_picture_twice(engine: FaceEngine, portraits: Portraits) -> None:
    engine.register("obama", portraits["obama.jpg"])
    found = engine.recognize(_beside(portraits["obama.jpg"], portraits["obama2.jpg"]))
    assert sorted(map(str, _names(found))) == ["None", "obama"]
    assert {each.reason for each in found} == {None, Reason.AMBIGUOUS}


def test_an_empty_gallery_knows_nobody(engine: FaceEngine, portraits: Portraits) -> None:
    (found,) = engine.recognize(portraits["obama.jpg"])
    assert (found.name, found.distance, found.reason) == (None, None, Reason.UNKNOWN)
    assert engine.recognize(np.zeros((200, 200, 3), np.uint8)) == []


def test_another_picture_is_another_example_and_replace_leaves_only_the_new(engine: FaceEngine, portraits: Portraits) -> None:
    engine.register("obama", portraits["obama.jpg"])
    assert engine.register("obama", portraits["obama2.jpg"]).faces == 2
    assert len(_photos(engine)) == 2
    replaced = engine.register("obama", portraits["obama3.jpg"], replace=True)
    assert replaced.faces == 1
    assert _photos(engine) == {replaced.face_id} == set(engine.gallery.face_ids)


def test_a_known_face_is_not_enrolled_as_somebody_else_unless_forced(engine: FaceEngine, portraits: Portraits) -> None:
    engine.register("obama", portraits["obama.jpg"])
    photos = _photos(engine)
    with pytest.raises(AlreadyKnown, match="'obama'") as raised:
        engine.register("somebody else", portraits["obama2.jpg"])
    assert raised.value.distance == pytest.approx(engine.recognize(portraits["obama2.jpg"])[0].distance)
    assert engine.names() == ["obama"]
    assert _photos(engine) == photos
    assert engine.register("somebody else", portraits["obama2.jpg"], force=True).faces == 1
    assert engine.register("biden", portraits["biden.jpg"]).faces == 1


@pytest.mark.parametrize("encoder", ["sface", "dlib", "fusion"])
def test_a_picture_of_somebody_else_does_not_become_an_example(make: MakeEngine, portraits: Portraits, encoder: str) -> None:
    engine = make(encoder, "yunet")
    engine.register("obama", portraits["obama.jpg"])
    photos = _photos(engine)
    with pytest.raises(Unlike, match="'obama'") as raised:
        engine.register("obama", portraits["biden.jpg"])
    assert raised.value.distance > raised.value.limit > engine.rule(1).threshold
    assert (len(engine.gallery.examples("obama")), _photos(engine)) == (1, photos)
    assert engine.register("obama", portraits["obama2.jpg"]).doubt is None
    assert engine.register("obama", portraits["biden.jpg"], force=True).faces == 3
    assert engine.register("obama", portraits["biden.jpg"], replace=True).faces == 1


def test_a_picture_that_is_only_odd_is_enrolled_and_doubted(make: MakeEngine, portraits: Portraits) -> None:
    engine = make()
    (face,) = engine.encode(portraits["obama.jpg"], engine.detect(portraits["obama.jpg"]))
    other = np.random.default_rng(0).normal(size=face.shape)
    other -= (other @ face) * face
    cosine = 1 - 0.69  # between odd and foreign
    strange = cosine * face + np.sqrt(1 - cosine**2) * other / np.linalg.norm(other)
    engine.store.add("obama", [Example("strange", 0.0, strange.astype(np.float32))], encoder_id=SFACE.id)
    enrolled = engine.register("obama", portraits["obama.jpg"])
    assert enrolled.faces == 2
    assert "0.690" in str(enrolled.doubt)


def test_who_is_already_known_is_asked_of_the_disk(make: MakeEngine, portraits: Portraits) -> None:
    here, there = make(), make()
    there.names()
    here.register("obama", portraits["obama.jpg"])
    with pytest.raises(AlreadyKnown):
        there.register("somebody else", portraits["obama2.jpg"])


def _blurred(picture: Path) -> np.ndarray:
    return cv2.GaussianBlur(cv2.imread(str(picture)), (0, 0), 14)


def test_pictures_without_exactly_one_clear_face_are_refused(engine: FaceEngine, portraits: Portraits) -> None:
    refused: list[tuple[np.ndarray | bytes, type[FaceError | BadImage]]] = [
        (np.full((300, 300, 3), 128, np.uint8), NoFace),
        (_beside(portraits["obama.jpg"], portraits["biden.jpg"]), ManyFaces),
        (_blurred(portraits["obama.jpg"]), LowQuality),
        (portraits["obama_partial_face.jpg"].read_bytes(), LowQuality),
        (portraits["obama.jpg"].read_bytes()[:5000], BadImage),
        (b"", BadImage),
        (b"%PDF-1.7", UnsupportedImage),
    ]
    for image, error in refused:
        with pytest.raises(error):
            engine.register("obama", image)
    assert engine.names() == []
    assert _photos(engine) == set()


def test_small_faces_in_the_background_do_not_count(engine: FaceEngine, portraits: Portraits) -> None:
    picture = cv2.imread(str(portraits["obama.jpg"]))
    poster = cv2.resize(cv2.imread(str(portraits["biden.jpg"])), None, fx=0.16, fy=0.16)
    picture[20 : 20 + poster.shape[0], 20 : 20 + poster.shape[1]] = poster
    assert len(engine.detect(picture)) == 2
    engine.register("obama", picture)
    assert _names(engine.recognize(portraits["obama2.jpg"])) == ["obama"]


def test_limits_hold(make: MakeEngine, portraits: Portraits) -> None:
    engine = make(limits=LimitSettings(max_pixels=1e4))
    with pytest.raises(TooLarge):
        engine.register("obama", portraits["obama.jpg"])
    with pytest.raises(BadName):
        engine.register("a\nb", portraits["obama.jpg"])


def test_forgetting_a_person_leaves_nothing(engine: FaceEngine, portraits: Portraits) -> None:
    engine.register("biden", portraits["biden.jpg"])
    engine.register("obama", portraits["obama.jpg"])
    engine.register("obama", portraits["obama2.jpg"])
    (biden_id,) = {e.face_id for e in engine.gallery.examples("biden")}
    assert engine.unregister("obama") == 2
    assert engine.names() == ["biden"]
    assert _photos(engine) == {biden_id}
    assert _names(engine.recognize(portraits["obama.jpg"])) == [None]
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
    assert _photos(engine) == set()


def test_auto_is_the_encoder_of_the_gallery(make: MakeEngine, portraits: Portraits) -> None:
    assert make().encoder_name == "sface"
    make("dlib").register("obama", portraits["obama.jpg"])
    engine = make()
    assert (engine.encoder_name, engine.eyes.encoder.id) == ("dlib", DLIB.id)
    assert _names(engine.recognize(portraits["obama2.jpg"])) == ["obama"]


def test_another_encoder_than_the_gallery_s_is_refused(make: MakeEngine, portraits: Portraits) -> None:
    make("dlib").register("obama", portraits["obama.jpg"])
    engine = make("sface")
    for attempt in (lambda: engine.recognize(portraits["obama2.jpg"]), lambda: engine.register("biden", portraits["biden.jpg"])):
        with pytest.raises(EncoderMismatch, match="ostiary reencode"):
            attempt()
    assert engine.names() == ["obama"]
    assert len(_photos(engine)) == 1


@pytest.mark.parametrize(("before", "after"), [("dlib", "sface"), ("sface", "dlib")])
def test_people_are_encoded_again_from_their_photos(make: MakeEngine, portraits: Portraits, before: str, after: str) -> None:
    old, new = make(before), make(after)
    old.register("obama", portraits["obama.jpg"])
    old.register("biden", portraits["biden.jpg"])
    report = new.reencode()
    assert (report.encoder, report.encoded, report.lost, report.written) == (ENCODERS[after].id, 2, (), True)
    assert new.names() == ["obama", "biden"]
    assert _names(new.recognize(portraits["obama2.jpg"])) == ["obama"]
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
    assert _names(engine.recognize(portraits["obama2.jpg"])) == ["obama"]
    engine.register("biden", portraits["biden.jpg"])
    assert codec.decode(engine.store.path.read_bytes()).names == ("obama", "biden")


def test_a_damaged_gallery_still_recognises_and_is_not_overwritten(engine: FaceEngine, portraits: Portraits) -> None:
    engine.register("obama", portraits["obama.jpg"])
    assert engine.gallery_problem is None
    engine.store.path.write_bytes(b"garbage")
    assert engine.gallery_problem is not None
    assert _names(engine.recognize(portraits["obama2.jpg"])) == ["obama"]
    photos = _photos(engine)
    with pytest.raises(GalleryDamaged):
        engine.register("biden", portraits["biden.jpg"])
    with pytest.raises(GalleryDamaged):
        engine.unregister("obama")
    assert engine.store.path.read_bytes() == b"garbage"
    assert _photos(engine) == photos


def test_a_pinned_threshold_and_margin_are_kept(make: MakeEngine, portraits: Portraits) -> None:
    engine = make(decision=DecisionSettings(th_accept=0.01, margin=0.2))
    engine.register("obama", portraits["obama.jpg"])
    assert _names(engine.recognize(portraits["obama.jpg"])) == ["obama"]
    assert _names(engine.recognize(portraits["obama2.jpg"])) == [None]
    assert engine.rule(1000).margin == 0.2


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


def test_arguments_stand_for_their_settings(tmp_path: Path) -> None:
    given = Settings(vision=VisionSettings(encoder="dlib"), gallery=GallerySettings(Path("x")), data=DataSettings(tmp_path))
    assert FaceEngine.from_settings(given).settings == given
    changed = FaceEngine("sface", "hog", tmp_path / "faces", settings=given).settings
    assert (changed.vision.encoder, changed.vision.detector, changed.gallery.faces_dir) == ("sface", "hog", tmp_path / "faces")
    assert changed.data == given.data
    with pytest.raises(SettingsError, match="ENCODER"):
        FaceEngine("arcface")


def test_few_pictures_are_decoded_at_one_time(make: MakeEngine, portraits: Portraits) -> None:
    engine, lock, counts = make(), threading.Lock(), [0, 0]
    real = engine.eyes

    def detect(picture: np.ndarray) -> list[Detection]:
        with lock:
            counts[0] += 1
            counts[1] = max(counts)
        time.sleep(0.02)
        with lock:
            counts[0] -= 1
        return real.detect_thoroughly(picture)

    slow = replace(real, detect_thoroughly=detect)
    engine = make()
    engine._open_eyes = lambda *_: slow
    picture = portraits["obama.jpg"].read_bytes()
    calls = [lambda: engine.register("barack", picture), lambda: engine.recognize(picture), lambda: engine.detect(picture)] * 3
    with ThreadPoolExecutor(len(calls)) as pool:
        for done in [pool.submit(call) for call in calls]:
            assert done.result()
    assert counts == [0, STILLS_AT_ONCE]


def test_four_threads_at_once(engine: FaceEngine, portraits: Portraits) -> None:
    engine.register("biden", portraits["biden.jpg"])

    def work(name: str) -> int:
        for _ in range(3):
            engine.register(name, portraits["obama.jpg"], force=True)
            assert _names(engine.recognize(portraits["biden.jpg"])) == ["biden"]
            assert name in engine.names()
        return engine.unregister(name)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, [f"person {i}" for i in range(4)])) == [3, 3, 3, 3]
    assert engine.names() == ["biden"]
    assert len(_photos(engine)) == 1


def test_the_front_door_is_the_engine() -> None:
    import face_engine

    assert face_engine.FaceEngine is FaceEngine


def test_attributes_of_the_faces_that_were_found(
    make: MakeEngine, portraits: Portraits, obtain: Callable[[str], Path], models_dir: Path
) -> None:
    obtain("face_age_gender")
    engine = make(data=DataSettings(data_dir=models_dir.parent))
    both = _beside(portraits["obama.jpg"], portraits["biden.jpg"])
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


def test_all_that_is_wrong_with_a_picture_is_said_at_once(engine: FaceEngine, portraits: Portraits) -> None:
    with pytest.raises(LowQuality) as refused:
        engine.register("obama", (_blurred(portraits["obama.jpg"]) * 0.09).astype(np.uint8))
    assert "more light" in str(refused.value)
    assert "hold still" in str(refused.value)


def test_a_picture_that_is_good_enough_may_be_better(engine: FaceEngine, portraits: Portraits) -> None:
    small = cv2.resize(cv2.imread(str(portraits["obama.jpg"])), None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    assert "come closer" in engine.register("obama", small).quality.hints
    assert engine.register("obama", portraits["obama.jpg"]).quality.hints == ()


@pytest.mark.parametrize("detector", ["yunet", "hog"])
def test_what_was_tiny_is_refused_however_large_it_is_made(make: MakeEngine, portraits: Portraits, detector: str) -> None:
    picture = cv2.imread(str(portraits["obama.jpg"]))
    height, width = picture.shape[:2]
    smear = cv2.resize(cv2.resize(picture, (width // 16, height // 16)), (width, height))
    with pytest.raises(LowQuality):
        make("sface", detector).register("obama", smear)
