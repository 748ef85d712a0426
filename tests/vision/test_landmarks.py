"""Any box gets its five points."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ostiary.domain import Detection
from ostiary.vision.detect import Scaled
from ostiary.vision.hog import open_hog
from ostiary.vision.landmarks import FivePoints


@pytest.fixture(scope="module")
def locate(yunet: Scaled) -> FivePoints:
    return FivePoints(yunet.detect)


def _apart(a: Detection, b: Detection) -> float:
    """The points' distance, as a share of that between the eyes."""
    assert a.landmarks is not None
    assert b.landmarks is not None
    return float(np.linalg.norm(a.landmarks - b.landmarks, axis=1).max() / np.linalg.norm(b.landmarks[1] - b.landmarks[0]))


@pytest.mark.parametrize("name", ["obama", "obama2", "obama3", "biden"])
def test_points_in_a_box_of_hog_are_those_of_yunet(name: str, locate: FivePoints, yunet: Scaled, pictures: dict[str, np.ndarray]) -> None:
    image = cv2.resize(pictures[name], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    (box,) = open_hog()(image)
    (face,) = yunet(image)
    found = locate(image, box)
    assert (found.box, found.score) == (box.box, box.score)
    assert _apart(found, face) < 0.2


def test_the_face_meant_is_the_one_in_the_box(locate: FivePoints, yunet: Scaled, pictures: dict[str, np.ndarray]) -> None:
    squares = pictures["obama"][0:500, 240:740], pictures["biden"][130:630, 320:820]
    image = np.hstack([cv2.resize(square, (200, 200), interpolation=cv2.INTER_AREA) for square in squares])
    faces = yunet(image)
    assert len(faces) == 2
    for face in faces:
        assert _apart(locate(image, replace(face, landmarks=None)), face) < 0.2


def test_points_that_are_there_stay(locate: FivePoints, pictures: dict[str, np.ndarray]) -> None:
    face = Detection((1, 2, 3, 4), 0.5, np.zeros((5, 2), np.float32))
    assert locate(pictures["obama"], face) is face


def test_where_no_face_is_seen_points_are_assumed(locate: FivePoints) -> None:
    found = locate(np.zeros((300, 300, 3), np.uint8), Detection((100, 100, 200, 200), 0.5)).landmarks
    assert found is not None
    assert found.dtype == np.float32
    left_eye, right_eye, nose, *mouth = found
    assert left_eye[0] < nose[0] < right_eye[0]
    assert all(corner[1] > nose[1] > left_eye[1] for corner in mouth)
    assert ((found > 100) & (found < 200)).all()


@pytest.mark.parametrize("box", [(0, 0, 0, 0), (-50, -50, 20, 20), (290, 290, 500, 500), (10, 10, 11, 400)])
def test_strange_boxes_do_no_harm(box: tuple[int, int, int, int], locate: FivePoints) -> None:
    found = locate(np.zeros((300, 300, 3), np.uint8), Detection(box, 0.5)).landmarks
    assert found is not None
    assert np.isfinite(found).all()
