"""The image pyramid that dlib's CNN detector looks at: all levels laid out in one picture, two columns side by side.

The network sees 189 pixels at once and the levels lie 10 apart, so the scores near a level's edge depend on what lies
beside it. To detect what dlib detects, this is dlib's layout and dlib's way of shrinking, to the pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

MEAN_BGR = (104.2979965209961, 117.0009994506836, 122.78199768066406)  # lies between the levels: zero, to the network

_GAP, _MARGIN = 10, 11
_LEAST_ROWS = 5


@dataclass(frozen=True, slots=True)
class Level:
    """Where a level of the pyramid lies in the tile."""

    left: int
    top: int
    columns: int
    rows: int

    def distance2(self, x: float, y: float) -> float:
        """The square of the distance from a point of the tile; 0 within."""
        dx = max(self.left - x, 0.0, x - (self.left + self.columns - 1))
        dy = max(self.top - y, 0.0, y - (self.top + self.rows - 1))
        return dx * dx + dy * dy


@dataclass(frozen=True, slots=True)
class Layout:
    rows: int
    columns: int
    levels: tuple[Level, ...]

    def level_at(self, x: float, y: float) -> int:
        """The level that a point of the tile belongs to: the one it lies in, else the nearest."""
        return min(range(len(self.levels)), key=lambda i: self.levels[i].distance2(x, y))


@lru_cache(maxsize=16)
def layout(rows: int, columns: int) -> Layout:
    """The tile for a picture of this size, which has five rows or more."""
    sizes = _pyramid(rows, columns)
    height = _left_column_height(sizes)
    levels: list[Level] = []
    y = _MARGIN
    while len(levels) < len(sizes) and y < height + _MARGIN:
        level_rows, level_columns = sizes[len(levels)]
        levels.append(Level(_MARGIN, y, level_columns, level_rows))
        y += level_rows + _GAP
    y -= _GAP
    right = _MARGIN + columns
    for level_rows, level_columns in sizes[len(levels) :]:  # upwards, until the first level is in the way
        level = Level(right - level_columns, y - level_rows, level_columns, level_rows)
        if level.top < _MARGIN + rows:
            break
        levels.append(level)
        y -= level_rows + _GAP
    return Layout(height + 2 * _MARGIN, columns + 2 * _MARGIN, tuple(levels))


def tile(image: np.ndarray, plan: Layout) -> np.ndarray:
    """The pyramid of a BGR picture, float32 (1, 3, rows, columns) from 0 to 255."""
    canvas = np.empty((3, plan.rows, plan.columns), np.float32)
    canvas[:] = np.array(MEAN_BGR, np.float32)[:, None, None]
    picture = np.ascontiguousarray(image.transpose(2, 0, 1), np.float32)
    for level in plan.levels:
        picture = resize(picture, level.rows, level.columns)
        canvas[:, level.top : level.top + level.rows, level.left : level.left + level.columns] = picture
    return canvas[None]


def resize(picture: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Bilinear, from corner to corner, of a float32 picture (channels, rows, columns).

    OpenCV resizes from pixel edge to pixel edge, and its warping rounds coordinates in some versions.
    """
    return _resize_axis(_resize_axis(picture, rows, 1), columns, 2)


def _resize_axis(picture: np.ndarray, size: int, axis: int) -> np.ndarray:
    have = picture.shape[axis]
    if have == size:
        return picture
    at = np.arange(size) * ((have - 1) / max(size - 1, 1))
    before = np.minimum(at.astype(np.intp), have - 1)
    share = (at - before).astype(np.float32)
    result = picture.take(before, axis, mode="clip")
    slope = picture.take(before + 1, axis, mode="clip")
    slope -= result
    slope *= share if axis == 2 else share[:, None]
    result += slope
    return result


def _pyramid(rows: int, columns: int) -> list[tuple[int, int]]:
    """Each level is 5/6 of the one before."""
    sizes: list[tuple[int, int]] = []
    while columns > 0 and rows >= _LEAST_ROWS:
        sizes.append((rows, columns))
        rows, columns = int(5 / 6 * rows), int(5 / 6 * columns)
    return sizes


def _left_column_height(sizes: list[tuple[int, int]]) -> int:
    """Down to where the rest, stood on its head, fits in beside."""
    first_rows, first_columns = sizes[0]
    total = sum(rows + _GAP for rows, _ in sizes) - 2 * _GAP
    height, previous_columns = 0, 0
    for rows, columns in sizes:
        if columns <= first_columns - previous_columns - _GAP and 2 * (height - first_rows) >= total - first_rows:
            break
        height += rows + _GAP
        previous_columns = columns
    return height - _GAP
