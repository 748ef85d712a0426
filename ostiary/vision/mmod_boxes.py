"""From the score map of dlib's CNN detector to boxes: dlib's arithmetic, to the pixel."""

from __future__ import annotations

import math

import numpy as np

from ostiary.domain import Box, Detection
from ostiary.vision.mmod_tile import Layout

WINDOW_PX = 80
NMS_OVERLAP = 0.3382761351109955  # both are said by the weight file, too; its converter compares

STRIDE_PX, SEEN_PX = 8, 29  # the shrinking layers make the score in row i of the tile's rows from 8 i, 29 of them
_FIRST_PX = SEEN_PX // 2  # and it is about the middle one
_MIN_SCORE = 0.0


def boxes(scores: np.ndarray, plan: Layout) -> list[Detection]:
    """The faces in a score map (rows, columns), surest first, in pixels of the picture that was tiled."""
    rows, columns = np.nonzero(scores > _MIN_SCORE)
    found = [
        Detection(_box(plan, _FIRST_PX + STRIDE_PX * int(column), _FIRST_PX + STRIDE_PX * int(row)), float(scores[row, column]))
        for row, column in zip(rows, columns, strict=True)
    ]
    return _without_overlaps(found)


def score_rows(rows: int) -> int:
    """How many rows of scores there are for a tile of `rows` pixels; columns likewise."""
    return (rows - SEEN_PX) // STRIDE_PX + 1


def _box(plan: Layout, x: int, y: int) -> Box:
    index = plan.level_at(x, y)
    level = plan.levels[index]
    reach = (WINDOW_PX - 1) / 2
    x, y = x - level.left, y - level.top
    corners: tuple[float, ...] = (x - reach, y - reach, x + reach, y + reach)
    for _ in range(index):
        corners = tuple(1.2 * value + 0.3 for value in corners)
    return rounded(corners)


def rounded(corners: tuple[float, ...]) -> Box:
    """Halves go away from zero."""
    x1, y1, x2, y2 = (math.floor(abs(value) + 0.5) * (1 if value >= 0 else -1) for value in corners)
    return x1, y1, x2, y2


def _without_overlaps(found: list[Detection]) -> list[Detection]:
    kept: list[Detection] = []
    for detection in sorted(found, key=lambda d: -d.score):
        if all(_overlap(detection.box, other.box) <= NMS_OVERLAP for other in kept):
            kept.append(detection)
    return kept


def _overlap(a: Box, b: Box) -> float:
    """The share that both cover of the smallest box *around* both, the corners' pixels included; not of their union."""
    inner = _area(max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))
    return inner / _area(min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))


def _area(x1: int, y1: int, x2: int, y2: int) -> int:
    return max(0, x2 - x1 + 1) * max(0, y2 - y1 + 1)
