"""Detectors at the right scale: small, large, near and far faces are found, and boxes fit the given picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ostiary.domain import Box, Detection
from ostiary.vision.boxes import overlap
from ostiary.vision.detect import Scaled, Thorough, open_detector, thorough


class Bright:
    """Finds the bright rectangle, and remembers the sizes it was shown."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []

    def __call__(self, image: np.ndarray) -> list[Detection]:
        self.sizes.append(image.shape[:2])
        y, x = np.nonzero(image[:, :, 0] > 127)
        box = int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1
        corners = np.array([[box[0], box[1]], [box[2], box[1]], [box[0], box[3]], [box[2], box[3]], [box[0], box[1]]], np.float32)
        return [Detection(box, 0.9, corners)]


def _picture(height: int, width: int, box: Box) -> np.ndarray:
    image = np.zeros((height, width, 3), np.uint8)
    image[box[1] : box[3], box[0] : box[2]] = 255
    return image


@pytest.mark.parametrize(
    ("size", "scale", "shown"),
    [
        ((1080, 1920), None, (288, 512)),
        ((1920, 1080), None, (512, 288)),
        ((300, 400), None, (300, 400)),
        ((300, 400), 0.5, (150, 200)),
        ((300, 400), 2.0, (600, 800)),
        ((1080, 1920), 1.0, (1080, 1920)),
    ],
)
def test_scale(size: tuple[int, int], scale: float | None, shown: tuple[int, int]) -> None:
    detect = Bright()
    box = size[1] // 4, size[0] // 4, size[1] // 2, max(size[0] // 4 + 1, size[0] // 2)
    (found,) = Scaled(detect, scale, 512)(_picture(*size, box))
    assert detect.sizes == [shown]
    step = max(1, size[1] / shown[1])
    np.testing.assert_allclose(found.box, box, atol=step + 1)
    assert found.landmarks is not None
    np.testing.assert_allclose(found.landmarks[0], found.box[:2], atol=0.51)
    np.testing.assert_allclose(found.landmarks[3], found.box[2:], atol=0.51)


def test_of_several_looks_each_face_stays_once_and_doubtful_ones_only_alone() -> None:
    sure, again, doubtful = Detection((0, 0, 50, 50), 0.9), Detection((2, 2, 52, 52), 0.8), Detection((200, 0, 250, 50), 0.65)
    image = np.zeros((300, 300, 3), np.uint8)

    def look(*found: Detection) -> Scaled:
        return Scaled(lambda _: list(found), 1.0, 300)

    assert Thorough([look(again), look(sure, doubtful)])(image) == [sure]
    assert Thorough([look(), look(doubtful)])(image) == [doubtful]
    assert Thorough([look(), look()])(image) == []
    assert Thorough([look(sure, doubtful)])(image) == [sure, doubtful]


def _face(pictures: dict[str, np.ndarray]) -> np.ndarray:
    """Obama's face, filling a square of 330 pixels."""
    return pictures["obama"][90:420, 325:655]


@pytest.mark.parametrize("side", [64, 112, 250, 640, 1600, 3000])
def test_a_close_up_of_any_size_has_one_face(side: int, yunet: Scaled, pictures: dict[str, np.ndarray]) -> None:
    (found,) = thorough(yunet)(cv2.resize(_face(pictures), (side, side), interpolation=cv2.INTER_AREA))
    assert found.box[2] - found.box[0] > 0.5 * side


@pytest.mark.parametrize("side", [112, 250])
def test_small_pictures_have_one_face_in_video_too(side: int, yunet: Scaled, pictures: dict[str, np.ndarray]) -> None:
    assert len(yunet(cv2.resize(_face(pictures), (side, side), interpolation=cv2.INTER_AREA))) == 1


def test_a_small_face_in_a_large_photograph_is_found(yunet: Scaled, pictures: dict[str, np.ndarray]) -> None:
    photo = np.full((3000, 4000, 3), 120, np.uint8)
    photo[1000:1300, 3000:3240] = cv2.resize(pictures["obama"], (240, 300), interpolation=cv2.INTER_AREA)
    (found,) = thorough(yunet)(photo)
    assert 50 < found.box[2] - found.box[0] < 75
    assert overlap(found.box, (3000, 1000, 3240, 1300)) == found.area


@pytest.mark.parametrize("size", [(1, 1), (2, 4000), (3000, 1)])
def test_slivers_do_no_harm(size: tuple[int, int], yunet: Scaled) -> None:
    image = np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8)
    assert yunet(image) == thorough(yunet)(image) == []


@pytest.mark.parametrize("name", ["yunet", "hog", "cnn"])
def test_every_detector_finds_the_same_face(name: str, models_dir: Path, pictures: dict[str, np.ndarray]) -> None:
    detector = open_detector(name, models_dir)
    for found in (detector(pictures["obama"]), thorough(detector)(pictures["obama"])):
        (face,) = found
        assert overlap(face.box, (374, 95, 605, 416)) > 0.6 * face.area
        assert (face.landmarks is not None) == (name == "yunet")


def test_a_detector_that_does_not_exist_is_an_error(models_dir: Path) -> None:
    with pytest.raises(KeyError):
        open_detector("haar", models_dir)
