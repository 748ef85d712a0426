from __future__ import annotations

import numpy as np
import pytest

from ostiary.vision.scale import resized


@pytest.mark.parametrize("size", [(512, 288), (100, 100), (1920, 1080), (2500, 1500), (959, 541)])
def test_the_size_is_exact_and_the_picture_the_same(size: tuple[int, int]) -> None:
    y, x = np.mgrid[0:1081, 0:1921]
    image = np.stack([x * 255 // 1921, y * 255 // 1081, np.full_like(x, 7)], axis=2).astype(np.uint8)
    small = resized(image, *size)
    assert small.shape == (size[1], size[0], 3)
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    np.testing.assert_allclose(small[:, :, 0], (x + 0.5) * 255 / size[0], atol=2)
    np.testing.assert_allclose(small[:, :, 1], (y + 0.5) * 255 / size[1], atol=2)


def test_fine_stripes_turn_grey() -> None:
    image = np.zeros((1080, 1920, 3), np.uint8)
    image[:, ::2] = 200
    small = resized(image, 512, 288)
    assert abs(float(small.mean()) - 100) < 2
    assert float(small.std()) < 2
