"""Square crops: where they are cut and where their points lie in the picture."""

from __future__ import annotations

import numpy as np
import pytest

from ostiary.domain import Detection
from ostiary.vision.attributes.square import Square


def tilted(degrees: float) -> Detection:
    """A face round (100, 120) with its eyes' line turned clockwise."""
    angle = np.radians(degrees)
    eyes = np.array([[-20, 0], [20, 0]]) @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) + [100, 110]
    return Detection((70, 80, 130, 160), 1.0, np.concatenate([eyes, np.zeros((3, 2))]).astype(np.float32))


def test_a_crop_is_cut_where_it_should_be() -> None:
    image = np.zeros((240, 320, 3), np.uint8)
    image[80:160, 60:140] = (10, 20, 30)  # a square of the box's longer side round its centre
    assert (Square(40, 0.9).crop(image, tilted(0)) == (10, 20, 30)).all()
    wider = Square(40, 2.0).crop(image, tilted(0))
    assert (wider[12:28, 12:28] == (10, 20, 30)).all()
    assert (wider[:8] == 0).all()
    assert (wider[:, 32:] == 0).all()


def test_lower_is_lower() -> None:
    image = np.zeros((240, 320, 3), np.uint8)
    image[120:] = 255
    assert Square(40, 1.0).crop(image, tilted(0)).mean() == pytest.approx(127.5, abs=5)
    assert Square(40, 1.0, lower=0.25).crop(image, tilted(0)).mean() == pytest.approx(191, abs=5)


@pytest.mark.parametrize("degrees", [0.0, 20.0, -35.0])
def test_level_eyes_are_level_and_points_find_their_way_back(degrees: float) -> None:
    square, face = Square(112, 1.0, lower=0.05, level=True), tilted(degrees)
    matrix = square.matrix(face)
    assert face.landmarks is not None
    eyes = face.landmarks[:2] @ matrix[:, :2].T + matrix[:, 2]
    assert eyes[0, 1] == pytest.approx(eyes[1, 1], abs=1e-3)
    np.testing.assert_allclose(square.to_image(eyes, face), face.landmarks[:2], atol=1e-3)
    upright = Square(112, 1.0).matrix(face)
    assert upright[0, 1] == 0


def test_beyond_the_picture_its_border_goes_on() -> None:
    image = np.full((100, 100, 3), 77, np.uint8)
    assert (Square(64, 1.5).crop(image, Detection((60, 60, 140, 140), 1.0)) == 77).all()
