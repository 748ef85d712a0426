"""Our decoding of YuNet finds what OpenCV's does."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ostiary.vision.session import OrtSession
from ostiary.vision.weights import ready
from ostiary.vision.yunet import YuNet, _without_doubles


@pytest.fixture(scope="module")
def bare(models_dir: Path) -> YuNet:
    return YuNet(OrtSession(ready("yunet", models_dir)))


def _opencvs(image: np.ndarray, models_dir: Path) -> np.ndarray:
    height, width = image.shape[:2]
    try:
        detector = cv2.FaceDetectorYN.create(str(ready("yunet", models_dir)), "", (width, height), 0.6, 0.3)
        _, rows = detector.detect(image)
    except cv2.error as error:
        pytest.skip(f"this OpenCV cannot run the network: {error}")
    return np.empty((0, 15), np.float32) if rows is None else rows


@pytest.mark.parametrize("name", ["obama", "obama2", "obama3", "biden", "obama_partial_face"])
@pytest.mark.parametrize("longest", [160, 333, 640])
def test_faces_equal_opencvs(name: str, longest: int, bare: YuNet, pictures: dict[str, np.ndarray], models_dir: Path) -> None:
    scale = longest / max(pictures[name].shape[:2])
    image = cv2.resize(pictures[name], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    theirs = _opencvs(image, models_dir)
    ours = bare(image)
    assert len(ours) == len(theirs) == 1
    for face, row in zip(ours, theirs, strict=True):
        assert face.landmarks is not None
        assert face.landmarks.dtype == np.float32
        np.testing.assert_allclose(face.landmarks.ravel(), row[4:14], atol=0.01)
        assert face.score == pytest.approx(row[14], abs=1e-4)
        np.testing.assert_allclose(face.box, [row[0], row[1], row[0] + row[2], row[1] + row[3]], atol=0.51)


def test_several_faces_come_best_first(bare: YuNet, pictures: dict[str, np.ndarray], models_dir: Path) -> None:
    faces = [cv2.resize(pictures[name][:700], (300, 300), interpolation=cv2.INTER_AREA) for name in ("obama", "biden", "obama3")]
    image = np.hstack(faces)
    ours = bare(image)
    assert len(ours) == 3
    assert [face.score for face in ours] == sorted((face.score for face in ours), reverse=True)
    theirs = _opencvs(image, models_dir)
    assert sorted(round(float(x)) for x in theirs[:, 0]) == sorted(face.box[0] for face in ours)


def test_landmarks_come_in_the_promised_order(bare: YuNet, pictures: dict[str, np.ndarray]) -> None:
    (face,) = bare(cv2.resize(pictures["obama"], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    assert face.landmarks is not None
    left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < nose[0] < right_mouth[0]
    assert left_eye[1] < nose[1] < left_mouth[1]


@pytest.mark.parametrize("size", [(1, 1), (31, 33), (240, 320), (7, 500)])
def test_where_nobody_is_nobody_is_found(size: tuple[int, int], bare: YuNet) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8)
    assert bare(noise) == []


def test_what_is_kept_holds_nothing_of_what_is_not() -> None:
    found = np.zeros((500, 15), np.float32)
    found[:, 0] = np.arange(500) * 20
    found[:, 2:4] = found[:, :2] + 10
    kept = _without_doubles(found, 0.3)
    assert len(kept) == 500
    assert all(row.base is None for row in kept)
