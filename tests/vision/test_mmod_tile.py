"""The layout of the pyramid, and the way it is shrunk."""

from __future__ import annotations

import numpy as np
import pytest

from ostiary.vision.mmod_tile import MEAN_BGR, Level, layout, resize, tile


def test_the_layout_of_a_vga_picture() -> None:
    """Read off dlib's own tile."""
    plan = layout(480, 640)
    assert (plan.rows, plan.columns, len(plan.levels)) == (1782, 662, 24)
    assert plan.levels[:7] == (
        Level(11, 11, 640, 480),
        Level(11, 501, 533, 400),
        Level(11, 911, 444, 333),
        Level(11, 1254, 370, 277),
        Level(11, 1541, 308, 230),
        Level(395, 1580, 256, 191),
        Level(438, 1411, 213, 159),
    )
    assert plan.levels[-1] == Level(643, 512, 8, 5)


@pytest.mark.parametrize(("rows", "columns"), [(20, 20), (480, 640), (640, 480), (20, 2000), (2000, 20), (1080, 1920)])
def test_levels_lie_apart_within_the_tile(rows: int, columns: int) -> None:
    plan = layout(rows, columns)
    covered = np.zeros((plan.rows, plan.columns), np.uint8)
    for level in plan.levels:
        assert level.left >= 11
        assert level.top >= 11
        assert level.left + level.columns <= plan.columns - 11
        assert level.top + level.rows <= plan.rows - 11
        covered[level.top : level.top + level.rows, level.left : level.left + level.columns] += 1
    assert covered.max() == 1


def test_a_point_belongs_to_the_level_it_lies_in_or_the_nearest() -> None:
    plan = layout(480, 640)
    assert plan.level_at(11, 11) == 0
    assert plan.level_at(0, 0) == 0
    assert plan.level_at(300, 492) == 0  # the gap below the first level, nearer to it
    assert plan.level_at(300, 499) == 1
    assert plan.level_at(646, 514) == 23


def test_resizing_joins_corner_to_corner() -> None:
    picture = np.array([[[0, 10, 20], [30, 40, 50]]], np.float32)
    np.testing.assert_allclose(resize(picture, 3, 5), [[[0, 5, 10, 15, 20], [15, 20, 25, 30, 35], [30, 35, 40, 45, 50]]])
    np.testing.assert_array_equal(resize(picture, 1, 1), [[[0]]])
    np.testing.assert_array_equal(resize(picture, 2, 3), picture)


def test_the_tile_holds_the_picture_its_pyramid_and_the_mean_between() -> None:
    image = np.random.default_rng(5).integers(0, 256, (60, 80, 3), np.uint8)
    plan = layout(60, 80)
    canvas = tile(image, plan)
    assert canvas.shape == (1, 3, plan.rows, plan.columns)
    assert canvas.dtype == np.float32
    planes = image.transpose(2, 0, 1)
    np.testing.assert_array_equal(canvas[0, :, 11:71, 11:91], planes)
    first, second, third = plan.levels[:3]
    smaller = resize(planes.astype(np.float32), second.rows, second.columns)
    np.testing.assert_array_equal(_at(canvas, second), smaller)
    np.testing.assert_array_equal(_at(canvas, third), resize(smaller, third.rows, third.columns))
    np.testing.assert_allclose(canvas[0, :, 0, 0], MEAN_BGR, rtol=1e-6)
    np.testing.assert_allclose(canvas[0, :, first.top + first.rows + 5, first.left], MEAN_BGR, rtol=1e-6)


def _at(canvas: np.ndarray, level: Level) -> np.ndarray:
    return canvas[0, :, level.top : level.top + level.rows, level.left : level.left + level.columns]
