"""Sharpness is the detail of a face, not noise, blocks or size."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ostiary.vision import align
from ostiary.vision.detect import Scaled
from ostiary.vision.quality import BLURRED
from ostiary.vision.sharpness import SIDE, sharpness


@pytest.fixture(scope="module")
def grey(pictures: dict[str, np.ndarray], yunet: Scaled) -> np.ndarray:
    image = cv2.resize(pictures["biden"], None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    landmarks = yunet(image)[0].landmarks
    assert landmarks is not None
    return cv2.cvtColor(align.crop(image, landmarks), cv2.COLOR_BGR2GRAY)


def _noisy(grey: np.ndarray, sigma: float) -> np.ndarray:
    return np.clip(grey + np.random.default_rng(0).normal(0, sigma, grey.shape), 0, 255).astype(np.uint8)


def test_more_blur_is_less_sharp(grey: np.ndarray) -> None:
    seen = [sharpness(grey), *(sharpness(cv2.GaussianBlur(grey, (0, 0), sigma)) for sigma in (0.7, 1.2, 2, 3))]
    assert seen == sorted(seen, reverse=True)
    assert seen[0] > BLURRED > seen[-2]


def test_a_smear_in_any_direction_is_seen(grey: np.ndarray) -> None:
    for degrees in range(0, 180, 30):
        turn = cv2.getRotationMatrix2D((6.0, 6.0), degrees, 1)
        line = np.zeros((13, 13), np.float32)
        line[6] = 1
        kernel = cv2.warpAffine(line, turn, (13, 13))
        assert sharpness(cv2.filter2D(grey, -1, kernel / kernel.sum())) < min(BLURRED, sharpness(grey) - 0.2), degrees


def test_noise_is_no_detail(grey: np.ndarray) -> None:
    assert sharpness(_noisy(grey, 5)) == pytest.approx(sharpness(grey), abs=0.06)
    assert sharpness(_noisy(cv2.GaussianBlur(grey, (0, 0), 3), 10)) < BLURRED
    assert sharpness(_noisy(np.full((SIDE, SIDE), 128, np.uint8), 20)) <= 1


def test_nor_are_blocks(grey: np.ndarray) -> None:
    small = cv2.resize(grey, (SIDE // 7, SIDE // 7), interpolation=cv2.INTER_AREA)
    assert sharpness(cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)) < BLURRED


def test_light_and_contrast_do_not_matter(grey: np.ndarray) -> None:
    assert sharpness((grey * 0.4 + 60).astype(np.uint8)) == pytest.approx(sharpness(grey), abs=0.03)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_nothing_is_not_sharp(value: int) -> None:
    assert 0 <= sharpness(np.full((SIDE, SIDE), value, np.uint8)) < BLURRED
