"""Alignment brings five points to their places, at every scale."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.domain import Detect
from ostiary.vision.align import ARCFACE_POINTS, CROP_PX, crop, similarity
from ostiary.vision.weights import ready


@given(turn=st.floats(-np.pi, np.pi), scale=st.floats(0.05, 20), shift=st.tuples(st.floats(-2000, 2000), st.floats(-2000, 2000)))
def test_a_turned_scaled_shifted_template_comes_back(turn: float, scale: float, shift: tuple[float, float]) -> None:
    rotation = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = ARCFACE_POINTS @ rotation.T + shift
    matrix = similarity(points, ARCFACE_POINTS)
    np.testing.assert_allclose(points @ matrix[:, :2].T + matrix[:, 2], ARCFACE_POINTS, atol=0.01)


def test_it_is_the_nearest_similarity() -> None:
    """No other turn, scale or shift nearby brings disturbed points nearer."""
    rng = np.random.default_rng(0)
    points = ARCFACE_POINTS * 2 + rng.normal(0, 4, (5, 2))
    best = similarity(points, ARCFACE_POINTS)

    def miss(a: float, b: float, x: float, y: float) -> float:
        matrix = np.array([[a, -b, x], [b, a, y]])
        return float(((points @ matrix[:, :2].T + matrix[:, 2] - ARCFACE_POINTS) ** 2).sum())

    found = best[0, 0], best[1, 0], best[0, 2], best[1, 2]
    for _ in range(200):
        other = np.array(found) + rng.normal(0, [0.01, 0.01, 0.5, 0.5])
        assert miss(*other) >= miss(*found)


def test_points_in_one_place_do_no_harm() -> None:
    assert np.isfinite(similarity(np.full((5, 2), 7.0), ARCFACE_POINTS)).all()
    assert crop(np.zeros((50, 50, 3), np.uint8), np.full((5, 2), 7.0, np.float32)).shape == (CROP_PX, CROP_PX, 3)


def _dots(scale: float, turn: float) -> tuple[np.ndarray, np.ndarray]:
    """A picture with a blob at each of five points, and the points."""
    rotation = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = (ARCFACE_POINTS - 56) @ rotation.T + 80 * scale + 20
    side = int(160 * scale) + 40
    y, x = np.mgrid[0:side, 0:side]
    light = sum(np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * (3 * scale) ** 2)) for px, py in points)
    return np.repeat((np.clip(light, 0, 1) * 255).astype(np.uint8)[:, :, None], 3, axis=2), points.astype(np.float32)


@pytest.mark.parametrize("scale", [0.5, 1, 1.9, 2.1, 3.3, 6])
@pytest.mark.parametrize("turn", [0, 0.5, -2.0])
def test_the_pixels_follow(scale: float, turn: float) -> None:
    image, points = _dots(scale, turn)
    aligned = crop(image, points)[:, :, 0].astype(float)
    for px, py in ARCFACE_POINTS:
        y, x = np.mgrid[round(py) - 6 : round(py) + 7, round(px) - 6 : round(px) + 7]
        weight = aligned[y, x]
        assert abs((x * weight).sum() / weight.sum() - px) < 0.35
        assert abs((y * weight).sum() / weight.sum() - py) < 0.35


def test_at_ordinary_scale_it_equals_opencvs(pictures: dict[str, np.ndarray], models_dir: Path, yunet: Detect) -> None:
    image = cv2.resize(pictures["obama"], None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    (face,) = yunet(image)
    assert face.landmarks is not None
    x1, y1, x2, y2 = face.box
    row = np.array([x1, y1, x2 - x1, y2 - y1, *face.landmarks.ravel(), face.score], np.float32)
    theirs = cv2.FaceRecognizerSF.create(str(ready("sface", models_dir)), "").alignCrop(image, row)
    assert np.abs(theirs.astype(int) - crop(image, face.landmarks)).mean() < 0.5


def test_a_large_face_is_averaged_not_sampled() -> None:
    """Stripes finer than the crop's pixels turn grey."""
    image = np.zeros((1200, 1200, 3), np.uint8)
    image[:, ::2] = 200
    aligned = crop(image, ARCFACE_POINTS * 10)
    assert abs(float(aligned[20:90, 20:90].mean()) - 100) < 3
    assert float(aligned[20:90, 20:90].std()) < 3


def test_what_lies_outside_is_black() -> None:
    image = np.full((400, 400, 3), 255, np.uint8)
    for scale in (1, 4):
        aligned = crop(image, ARCFACE_POINTS * scale - [56 * scale, 0])
        assert (aligned[10:100, :50] == 0).all()
        assert (aligned[10:90, 64:] == 255).all()
