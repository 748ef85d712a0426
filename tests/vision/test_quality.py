"""What is wrong with a face is measured, and said in words to act on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from ostiary.domain import Detection, Encoder, Quality
from ostiary.vision.detect import Scaled
from ostiary.vision.quality import assess

MIN_PX = 48


@pytest.fixture(scope="module")
def face(pictures: dict[str, np.ndarray], yunet: Scaled) -> tuple[np.ndarray, Detection]:
    image = cv2.resize(pictures["obama"], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return image, yunet(image)[0]


def _judged(encoder: Encoder, image: np.ndarray, detection: Detection, min_px: int = MIN_PX) -> Quality:
    return assess(image.shape, detection, encoder.align(image, detection), min_px)


@pytest.mark.parametrize("name", ["obama", "obama2", "obama3", "biden"])
def test_good_portraits_are_usable(name: str, sface: Encoder, yunet: Scaled, pictures: dict[str, np.ndarray]) -> None:
    quality = _judged(sface, pictures[name], yunet(pictures[name])[0])
    assert quality.usable
    assert quality.problem is None
    assert quality.score > 0.7


@pytest.mark.parametrize("name", ["obama_partial_face", "obama_partial_face2"])
def test_cut_faces_are_not(name: str, sface: Encoder, yunet: Scaled, pictures: dict[str, np.ndarray]) -> None:
    assert str(_judged(sface, pictures[name], yunet(pictures[name])[0]).problem).startswith("cut off")


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda i: cv2.GaussianBlur(i, (0, 0), 8), "blurred"),
        (lambda i: cv2.blur(i, (31, 1)), "blurred"),
        (lambda i: cv2.blur(i, (1, 31)), "blurred"),
        (lambda i: (i * 0.06).astype(np.uint8), "too dark"),
        (lambda i: np.clip(i * 5.0, 0, 255).astype(np.uint8), "too bright"),
        (lambda i: (i * 0.04 + 110).astype(np.uint8), "no contrast"),
        (lambda i: i, None),
        (lambda i: (i * 0.3).astype(np.uint8), None),
        (lambda i: cv2.GaussianBlur(i, (0, 0), 1), None),
    ],
)
def test_spoilt_faces_say_what_is_wrong(spoil, problem: str | None, face: tuple[np.ndarray, Detection], sface: Encoder) -> None:  # type: ignore[no-untyped-def]
    image, detection = face
    quality = _judged(sface, spoil(image), detection)
    assert quality.usable == (problem is None)
    assert (quality.problem or "").partition(":")[0] == (problem or "")


def test_blur_is_blur_in_noise_too(face: tuple[np.ndarray, Detection], sface: Encoder) -> None:
    image, detection = face
    noisy = cv2.GaussianBlur(image, (0, 0), 10) + np.random.default_rng(0).normal(0, 8, image.shape)
    assert str(_judged(sface, np.clip(noisy, 0, 255).astype(np.uint8), detection).problem).startswith("blurred")


def test_sharpness_does_not_depend_on_size(sface: Encoder, yunet: Scaled, pictures: dict[str, np.ndarray]) -> None:
    seen = []
    for scale in (0.3, 0.5, 1.0):
        image = cv2.resize(pictures["obama"], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        seen.append(_judged(sface, image, yunet(image)[0]).sharpness)
    assert max(seen) - min(seen) < 0.08


def test_small_faces_come_closer(face: tuple[np.ndarray, Detection], sface: Encoder, yunet: Scaled) -> None:
    image = cv2.resize(face[0], None, fx=0.18, fy=0.18, interpolation=cv2.INTER_AREA)
    (small,) = yunet(image)
    assert small.box[2] - small.box[0] < 25
    assert str(_judged(sface, image, small).problem).startswith("too small")
    assert not str(_judged(sface, image, small, min_px=16).problem).startswith("too small")


def test_the_nose_tells_where_a_face_looks(face: tuple[np.ndarray, Detection], sface: Encoder) -> None:
    image, detection = face
    assert detection.landmarks is not None
    frontal = _judged(sface, image, detection)
    assert abs(frontal.yaw) < 0.2
    assert frontal.eyes_px == pytest.approx(np.linalg.norm(detection.landmarks[1] - detection.landmarks[0]), rel=1e-4)
    for side in (-1, 1):
        points = detection.landmarks.copy()
        points[2, 0] = points[:2, 0].mean() + side * 0.6 * frontal.eyes_px
        turned = assess(image.shape, replace(detection, landmarks=points), sface.align(image, detection), MIN_PX)
        assert turned.yaw == pytest.approx(side * 0.6, abs=0.1)
        assert str(turned.problem).startswith("turned away")
        assert turned.score < frontal.score
    profile = replace(detection, landmarks=np.tile(detection.landmarks[2], (5, 1)))
    assert str(assess(image.shape, profile, sface.align(image, detection), MIN_PX).problem).startswith("turned away")


def test_without_landmarks_the_rest_is_judged(face: tuple[np.ndarray, Detection], sface: Encoder) -> None:
    image, detection = face
    blind = replace(detection, landmarks=None)
    quality = _judged(sface, image, blind)
    assert quality.usable
    assert quality.yaw == 0
    assert quality.eyes_px > 20
    assert str(_judged(sface, cv2.GaussianBlur(image, (0, 0), 8), blind).problem).startswith("blurred")


def test_without_landmarks_a_box_may_not_reach_far_outside() -> None:
    crop = np.random.default_rng(0).integers(0, 255, (112, 112, 3), np.uint8)
    for left, usable in ((-10, True), (-30, False), (230, False), (205, True)):
        quality = assess((300, 300, 3), Detection((left, 100, left + 100, 200), 0.9), crop, MIN_PX)
        assert quality.usable == usable


def test_flat_crops_do_no_harm() -> None:
    for value in (0, 128, 255):
        quality = assess((300, 300, 3), Detection((100, 100, 200, 200), 0.9), np.full((112, 112, 3), value, np.uint8), MIN_PX)
        assert not quality.usable
        assert 0 <= quality.score <= 1


def test_nearly_all_ordinary_faces_are_usable(shared: Path, sface: Encoder, yunet: Scaled) -> None:
    """What the module promises, on a sample of its figures' people."""
    files = sorted((shared / "testdata" / "lfw-dev").glob("*/*_0001.jpg"))
    usable = blurred = 0
    chosen = [files[n] for n in np.random.default_rng(7).permutation(len(files))[:100]]
    for file in chosen:
        image = cv2.imread(str(file))
        height, width = image.shape[:2]
        face = min(yunet(image), key=lambda f: abs(f.box[0] + f.box[2] - width) + abs(f.box[1] + f.box[3] - height))
        crop = sface.align(image, face)
        usable += assess(image.shape, face, crop, MIN_PX).usable
        blurred += not assess(image.shape, face, cv2.GaussianBlur(crop, (0, 0), 4), MIN_PX).usable
    assert usable >= 97
    assert blurred >= 99
