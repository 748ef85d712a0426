"""What is wrong with a face is measured, and said in words to act on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from ostiary.domain import Detect, Detection, Quality
from ostiary.vision import align
from ostiary.vision.detect import Scaled, thorough
from ostiary.vision.quality import assess, clarified

MIN_PX = 48


@pytest.fixture(scope="module")
def face(pictures: dict[str, np.ndarray], yunet: Scaled) -> tuple[np.ndarray, Detection]:
    image = cv2.resize(pictures["obama"], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return image, yunet(image)[0]


@pytest.fixture(scope="module")
def find(yunet: Scaled) -> Detect:
    return thorough(yunet)


def _judged(image: np.ndarray, detection: Detection, min_px: int = MIN_PX) -> Quality:
    assert detection.landmarks is not None
    return assess(image.shape, detection, align.crop(image, detection.landmarks), min_px)


@pytest.mark.parametrize("name", ["obama", "obama2", "obama3", "biden"])
def test_good_portraits_are_usable(name: str, yunet: Scaled, pictures: dict[str, np.ndarray]) -> None:
    quality = _judged(pictures[name], yunet(pictures[name])[0])
    assert quality.usable
    assert quality.problem is None
    assert quality.score > 0.7


@pytest.mark.parametrize("name", ["obama_partial_face", "obama_partial_face2"])
def test_cut_faces_are_not(name: str, yunet: Scaled, pictures: dict[str, np.ndarray]) -> None:
    assert str(_judged(pictures[name], yunet(pictures[name])[0]).problem).startswith("cut off")


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
def test_spoilt_faces_say_what_is_wrong(spoil, problem: str | None, face: tuple[np.ndarray, Detection]) -> None:  # type: ignore[no-untyped-def]
    image, detection = face
    quality = _judged(spoil(image), detection)
    assert quality.usable == (problem is None)
    assert (quality.problem or "").partition(":")[0] == (problem or "")


def test_blur_is_blur_in_noise_too(face: tuple[np.ndarray, Detection]) -> None:
    image, detection = face
    noisy = cv2.GaussianBlur(image, (0, 0), 10) + np.random.default_rng(0).normal(0, 8, image.shape)
    assert str(_judged(np.clip(noisy, 0, 255).astype(np.uint8), detection).problem).startswith("blurred")


def test_sharpness_does_not_depend_on_size(yunet: Scaled, pictures: dict[str, np.ndarray]) -> None:
    seen = []
    for scale in (0.3, 0.5, 1.0):
        image = cv2.resize(pictures["obama"], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        seen.append(_judged(image, yunet(image)[0]).sharpness)
    assert max(seen) - min(seen) < 0.08


def test_small_faces_come_closer(face: tuple[np.ndarray, Detection], yunet: Scaled) -> None:
    image = cv2.resize(face[0], None, fx=0.18, fy=0.18, interpolation=cv2.INTER_AREA)
    (small,) = yunet(image)
    assert small.box[2] - small.box[0] < 25
    assert str(_judged(image, small).problem).startswith("too small")
    assert not str(_judged(image, small, min_px=16).problem).startswith("too small")


def test_who_looks_past_the_camera_is_turned_away(face: tuple[np.ndarray, Detection]) -> None:
    image, detection = face
    assert detection.landmarks is not None
    frontal, crop = _judged(image, detection), align.crop(image, detection.landmarks)
    assert abs(frontal.yaw) < 15
    for side in (-1, 1):
        points = detection.landmarks.copy()
        points[2, 0] += side * 0.7 * frontal.eyes_px
        turned = assess(image.shape, replace(detection, landmarks=points), crop, MIN_PX)
        assert turned.yaw * side > 60
        assert str(turned.problem).startswith("turned away")
        assert turned.score < frontal.score / 2
    profile = replace(detection, landmarks=np.tile(detection.landmarks[2], (5, 1)))
    assert not assess(image.shape, profile, crop, MIN_PX).usable


def test_size_is_between_the_eyes_and_does_not_shrink_by_turning(face: tuple[np.ndarray, Detection]) -> None:
    image, detection = face
    assert detection.landmarks is not None
    frontal = _judged(image, detection).eyes_px
    assert frontal == pytest.approx(np.linalg.norm(detection.landmarks[1] - detection.landmarks[0]), rel=0.15)
    points = detection.landmarks.copy()
    middle = points[:, 0].mean()
    points[:, 0] = middle + (points[:, 0] - middle) * 0.5
    assert _judged(image, replace(detection, landmarks=points)).eyes_px > 0.8 * frontal


def test_landmarks_that_make_no_face_are_not_believed(face: tuple[np.ndarray, Detection]) -> None:
    image, detection = face
    assert detection.landmarks is not None
    points = detection.landmarks.copy()
    points[3:, 1] -= 2.2 * _judged(image, detection).eyes_px  # the mouth above the eyes
    assert any(problem.startswith("not clearly a face") for problem in _judged(image, replace(detection, landmarks=points)).problems)
    assert any(problem.startswith("not clearly a face") for problem in _judged(image, replace(detection, score=0.62)).problems)


def test_everything_wrong_is_said_at_once(face: tuple[np.ndarray, Detection]) -> None:
    image, detection = face
    spoilt = (cv2.GaussianBlur(image, (0, 0), 8) * 0.06).astype(np.uint8)
    quality = _judged(spoilt, detection, 10_000)
    assert [problem.partition(":")[0] for problem in quality.problems] == ["too small", "too dark", "blurred"]
    assert quality.problem == quality.problems[0]
    assert quality.hints == ()
    assert quality.score < 0.5


def test_a_usable_face_may_be_better(face: tuple[np.ndarray, Detection]) -> None:
    image, detection = face
    assert _judged(image, detection).hints == ()
    assert _judged((image * 0.25).astype(np.uint8), detection).hints == ("more light",)
    small = _judged(image, detection, 110)
    assert small.usable
    assert small.hints == ("come closer",)


def test_what_the_encoder_makes_out_counts_too(face: tuple[np.ndarray, Detection]) -> None:
    quality = _judged(*face)
    assert clarified(quality, 1.0).score > quality.score > clarified(quality, 0.4).score
    assert clarified(quality, 1.0).hints == ()
    assert clarified(quality, 0.4).hints


SMALLER = {"nearest": cv2.INTER_NEAREST, "linear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC, "area": cv2.INTER_AREA}
LARGER = {name: way for name, way in SMALLER.items() if name != "area"}


@pytest.mark.parametrize("smaller", SMALLER)
@pytest.mark.parametrize("larger", LARGER)
def test_what_was_small_and_has_been_enlarged_is_blurred(smaller: str, larger: str, pictures: dict[str, np.ndarray], find: Detect) -> None:
    """Seven pixels between the eyes, whatever they are blown up to."""
    image = pictures["obama"]
    size = image.shape[1], image.shape[0]
    small = cv2.resize(image, (size[0] // 16, size[1] // 16), interpolation=SMALLER[smaller])
    smear = cv2.resize(small, size, interpolation=LARGER[larger])
    assert any(problem.startswith("blurred") for problem in _judged(smear, max(find(smear), key=lambda face: face.area)).problems)


def test_flat_crops_do_no_harm(face: tuple[np.ndarray, Detection]) -> None:
    image, detection = face
    for value in (0, 128, 255):
        quality = assess(image.shape, detection, np.full((112, 112, 3), value, np.uint8), MIN_PX)
        assert not quality.usable
        assert 0 <= quality.score <= 1


SPOILT_LFW: dict[str, tuple[Callable[[np.ndarray], np.ndarray], float, float]] = {  # usable at least, and at most
    "as it is": (lambda i: i, 0.97, 1.0),
    "noise of 10": (lambda i: np.clip(i + np.random.default_rng(0).normal(0, 10, i.shape), 0, 255).astype(np.uint8), 0.95, 1.0),
    "half the light": (lambda i: (i * 0.5).astype(np.uint8), 0.95, 1.0),
    "blur of 3 pixels": (lambda i: cv2.GaussianBlur(i, (0, 0), 3), 0.0, 0.06),
    "diagonal smear": (lambda i: cv2.filter2D(i, -1, np.eye(13, dtype=np.float32) / 13), 0.0, 0.15),
    "an eighth, enlarged": (lambda i: cv2.resize(cv2.resize(i, None, fx=1 / 8, fy=1 / 8), (250, 250)), 0.0, 0.06),
    "overexposed": (lambda i: np.clip(i * 3.0, 0, 255).astype(np.uint8), 0.0, 0.20),
}


@pytest.mark.parametrize("spoilt", SPOILT_LFW)
def test_what_the_module_promises(spoilt: str, shared: Path, yunet: Scaled) -> None:
    spoil, least, most = SPOILT_LFW[spoilt]
    files = sorted((shared / "testdata" / "lfw-dev").glob("*/*_0001.jpg"))
    usable = found = 0
    for n in np.random.default_rng(7).permutation(len(files))[:100]:
        image = spoil(cv2.imread(str(files[n])))
        face = min(yunet(image), key=lambda f: abs(f.box[0] + f.box[2] - 250) + abs(f.box[1] + f.box[3] - 250), default=None)
        found += face is not None
        usable += face is not None and _judged(image, face).usable
    assert least * 100 <= usable <= most * 100
    assert found >= 50


def test_the_actor_who_looks_away_is_not_judged(shared: Path, yunet: Scaled) -> None:
    """Of a real video: one face in profile, and one that looks at the camera."""
    frames = _frames(shared / "testdata" / "clip" / "short_hamilton_clip.mp4", (20, 90))
    profile, frontal = (_judged(frame, max(yunet(frame), key=lambda face: face.area)) for frame in frames)
    assert "turned away" in {problem.partition(":")[0] for problem in profile.problems}
    assert frontal.usable


def _frames(clip: Path, numbers: tuple[int, ...]) -> list[np.ndarray]:
    video = cv2.VideoCapture(str(clip))
    frames = [video.read()[1] for _ in range(max(numbers) + 1)]
    video.release()
    return [frames[number] for number in numbers]
