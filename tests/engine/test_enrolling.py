"""Which pictures make a person known, and which are refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.engines import beside, names_of, photos_of

from ostiary.domain import Detection
from ostiary.encoders import ENCODERS
from ostiary.engine import STILLS_AT_ONCE, FaceEngine
from ostiary.errors import (
    AlreadyKnown,
    BadImage,
    BadName,
    FaceError,
    LowQuality,
    ManyFaces,
    NoFace,
    TooLarge,
    Unlike,
    UnsupportedImage,
)
from ostiary.gallery.gallery import Example
from ostiary.settings import LimitSettings

MakeEngine = Callable[..., FaceEngine]
Portraits = dict[str, Path]

SFACE = ENCODERS["sface"]


def _blurred(picture: Path) -> np.ndarray:
    return cv2.GaussianBlur(cv2.imread(str(picture)), (0, 0), 14)


def test_another_picture_is_another_example_and_replace_leaves_only_the_new(engine: FaceEngine, portraits: Portraits) -> None:
    engine.register("obama", portraits["obama.jpg"])
    assert engine.register("obama", portraits["obama2.jpg"]).faces == 2
    assert len(photos_of(engine)) == 2
    replaced = engine.register("obama", portraits["obama3.jpg"], replace=True)
    assert replaced.faces == 1
    assert photos_of(engine) == {replaced.face_id} == set(engine.gallery.face_ids)


def test_a_known_face_is_not_enrolled_as_somebody_else_unless_forced(engine: FaceEngine, portraits: Portraits) -> None:
    engine.register("obama", portraits["obama.jpg"])
    photos = photos_of(engine)
    with pytest.raises(AlreadyKnown, match="'obama'") as raised:
        engine.register("somebody else", portraits["obama2.jpg"])
    assert raised.value.distance == pytest.approx(engine.recognize(portraits["obama2.jpg"])[0].distance)
    assert engine.names() == ["obama"]
    assert photos_of(engine) == photos
    assert engine.register("somebody else", portraits["obama2.jpg"], force=True).faces == 1
    assert engine.register("biden", portraits["biden.jpg"]).faces == 1


@pytest.mark.parametrize("encoder", ["sface", "dlib", "fusion"])
def test_a_picture_of_somebody_else_does_not_become_an_example(make: MakeEngine, portraits: Portraits, encoder: str) -> None:
    engine = make(encoder, "yunet")
    engine.register("obama", portraits["obama.jpg"])
    photos = photos_of(engine)
    with pytest.raises(Unlike, match="'obama'") as raised:
        engine.register("obama", portraits["biden.jpg"])
    assert raised.value.distance > raised.value.limit > engine.rule(1).threshold
    assert (len(engine.gallery.examples("obama")), photos_of(engine)) == (1, photos)
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


def test_pictures_without_exactly_one_clear_face_are_refused(engine: FaceEngine, portraits: Portraits) -> None:
    refused: list[tuple[np.ndarray | bytes, type[FaceError | BadImage]]] = [
        (np.full((300, 300, 3), 128, np.uint8), NoFace),
        (beside(portraits["obama.jpg"], portraits["biden.jpg"]), ManyFaces),
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
    assert photos_of(engine) == set()


def test_small_faces_in_the_background_do_not_count(engine: FaceEngine, portraits: Portraits) -> None:
    picture = cv2.imread(str(portraits["obama.jpg"]))
    poster = cv2.resize(cv2.imread(str(portraits["biden.jpg"])), None, fx=0.16, fy=0.16)
    picture[20 : 20 + poster.shape[0], 20 : 20 + poster.shape[1]] = poster
    assert len(engine.detect(picture)) == 2
    engine.register("obama", picture)
    assert names_of(engine.recognize(portraits["obama2.jpg"])) == ["obama"]


def test_limits_hold(make: MakeEngine, portraits: Portraits) -> None:
    engine = make(limits=LimitSettings(max_pixels=1e4))
    with pytest.raises(TooLarge):
        engine.register("obama", portraits["obama.jpg"])
    with pytest.raises(BadName):
        engine.register("a\nb", portraits["obama.jpg"])
    with pytest.raises(BadName, match="choose another"):
        engine.register("..", portraits["obama.jpg"])


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
