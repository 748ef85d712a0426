"""The sizes of the pictures that dlib's detector looks at, and where a place lies in them.

A picture is first doubled as often as asked for, then looked at in levels, each 5/6 as large as the one before. The first
pixel of all of them is the same place. Boxes do not follow the pixels exactly: dlib moves them by constants of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

Box = tuple[int, int, int, int]
"""Left, top, right, bottom; all of them inside."""

STEP = 6 / 5
_LEAST_PX = 64
_DOUBLED_BY = (1.25, 0.75)
_SHIFT = 0.3


@dataclass(frozen=True, slots=True)
class Pyramid:
    """`heights` and `widths` of a picture, of its doublings, and of the levels; the first level is number `doublings`."""

    heights: tuple[int, ...]
    widths: tuple[int, ...]
    doublings: int

    @property
    def levels(self) -> int:
        return len(self.heights) - self.doublings

    def size(self, level: int) -> tuple[int, int]:
        return self.heights[level + self.doublings], self.widths[level + self.doublings]

    def to_level(self, x: float, y: float, level: int) -> tuple[float, float]:
        """Where a box's corner at a place in the picture lies in a level."""
        place = []
        for value, moved in zip((x, y), _DOUBLED_BY, strict=True):
            for _ in range(self.doublings):
                value = (value + moved) * 2
            for _ in range(level):
                value = (value - _SHIFT) / STEP
            place.append(value)
        return place[0], place[1]

    def to_first(self, box: Box, level: int) -> Box:
        """A level's box in the first level, where dlib compares boxes."""
        for _ in range(level):
            box = tuple(value * STEP + _SHIFT for value in box)  # type: ignore[assignment]
        return _rounded(box)

    def to_picture(self, box: Box) -> Box:
        """A box of the first level in the picture."""
        for _ in range(self.doublings):
            box = tuple(value / 2 - _DOUBLED_BY[n % 2] for n, value in enumerate(box))  # type: ignore[assignment]
        return _rounded(box)


def pyramid_of(height: int, width: int, doublings: int) -> Pyramid:
    heights, widths = [height], [width]
    for _ in range(doublings):
        heights.append(2 * heights[-1] + 1)
        widths.append(2 * widths[-1] + 2)
    for _ in range(_levels(heights[-1], widths[-1]) - 1):
        heights.append(heights[-1] * 5 // 6)
        widths.append(widths[-1] * 5 // 6)
    return Pyramid(tuple(heights), tuple(widths), doublings)


def _levels(height: int, width: int) -> int:
    """dlib counts by rectangles that shrink as boxes do, not by the sizes of the pictures."""
    return 1 + sum(1 for _ in _shrunk((0, 0, width - 1, height - 1)))


def _shrunk(box: Box) -> Iterator[Box]:
    while True:
        box = _rounded(tuple((value - _SHIFT) / STEP for value in box))
        if box[2] - box[0] + 1 < _LEAST_PX or box[3] - box[1] + 1 < _LEAST_PX:
            return
        yield box


def _rounded(box: tuple[float, ...]) -> Box:
    left, top, right, bottom = (math.floor(value + 0.5) for value in box)
    return left, top, right, bottom
