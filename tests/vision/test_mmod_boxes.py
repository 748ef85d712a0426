"""From scores to boxes, with numbers alone."""

from __future__ import annotations

import numpy as np
import pytest

from ostiary.vision.mmod_boxes import boxes, rounded
from ostiary.vision.mmod_tile import layout

PLAN = layout(480, 640)


def _scores(**cells: float) -> np.ndarray:
    """`r12c30=0.5`: so much in row 12, column 30."""
    scores = np.full((220, 80), -1.0, np.float32)
    for cell, score in cells.items():
        row, column = cell[1:].split("c")
        scores[int(row), int(column)] = score
    return scores


def test_a_score_in_the_first_level_is_a_window_around_its_place() -> None:
    (found,) = boxes(_scores(r12c30=0.75), PLAN)
    x, y = 8 * 30 + 14 - 11, 8 * 12 + 14 - 11
    assert found.box == (x - 39, y - 39, x + 40, y + 40)  # 39.5 to each side, rounded up
    assert found.score == 0.75
    assert found.landmarks is None


def test_a_score_in_a_smaller_level_is_a_larger_box() -> None:
    (found,) = boxes(_scores(r80c30=0.5), PLAN)  # y = 654, in the second level, which begins at 501
    x, y = 8 * 30 + 14 - 11, 8 * 80 + 14 - 501
    assert found.box == rounded(tuple(1.2 * v + 0.3 for v in (x - 39.5, y - 39.5, x + 39.5, y + 39.5)))


def test_nothing_is_found_below_the_threshold() -> None:
    assert boxes(_scores(r12c30=0.0), PLAN) == []


def test_of_overlapping_boxes_the_surest_stays() -> None:
    found = boxes(_scores(r12c30=0.5, r12c31=0.9, r13c30=0.4, r12c50=0.2), PLAN)
    assert [round(d.score, 3) for d in found] == [0.9, 0.2]


@pytest.mark.parametrize(("down", "right", "kept"), [(0, 4, 1), (0, 5, 2), (2, 3, 1), (3, 3, 2)])
def test_overlap_is_a_share_of_the_box_around_both(down: int, right: int, kept: int) -> None:
    """Boxes of 80 pixels, 8 apart for each cell. 4 to the right: 48 of 112 columns are shared, more than 0.338; 5: 40 of
    120, less. 2 down, 3 to the right: 64 * 56 of 96 * 104 pixels, more; 3 and 3: 56 * 56 of 104 * 104, less."""
    found = boxes(_scores(r12c30=0.5, **{f"r{12 + down}c{30 + right}": 0.4}), PLAN)
    assert len(found) == kept


@pytest.mark.parametrize(("value", "whole"), [(0.5, 1), (-0.5, -1), (1.49, 1), (-1.49, -1), (-2.5, -3), (0.0, 0)])
def test_halves_are_rounded_away_from_zero(value: float, whole: int) -> None:
    assert rounded((value,) * 4) == (whole,) * 4
