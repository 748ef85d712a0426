"""Where YuNet sees faces, and which box dlib's detector would put round each.

Of 171 pictures shrunk until dlib's box was about as small as it can be, YuNet missed two faces at a quarter of the size that dlib
looks at, and none of 571 faces in pictures as they were. From its points a box's middle is known to 4 % of its side and its side
to 9 % (one standard deviation); half of that is dlib's grid.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from ostiary.domain import Detection
from ostiary.vision.yunet import YuNet

LEAST_SCORE = 0.2
_SCALE = 1 / 4  # of the doubled picture: a face of dlib's least size, 73 pixels, is as large as YuNet needs it
_LARGEST_PX = 320  # YuNet misses faces much larger than this: pictures in which there may be any are looked at smaller, too
_COARSER = 1 / 4
_SAME = 0.5

# A box's middle and side in shares of a face's size in YuNet, by least squares; the points are those between the eyes, between
# the corners of the mouth, and the tip of the nose, all from the middle of YuNet's box.
_ACROSS, _DOWN = np.array([0.288, 0.169, 0.283]), np.array([-0.101, 0.154, 0.463])
_MOVED = np.array([-0.020, -0.051])
_SIDE = math.exp(-0.051)


@dataclass(frozen=True, slots=True)
class Candidate:
    """The middle and side of the box that is expected, in the picture."""

    x: float
    y: float
    side: float


def candidates(see: YuNet, picture: np.ndarray, doublings: int) -> list[Candidate]:
    kept: list[Detection] = []
    for seen in sorted(_seen(see, picture, doublings), key=lambda found: -found.score):
        if not any(_share(seen.box, other.box) > _SAME for other in kept):
            kept.append(seen)
    return [_candidate(seen) for seen in kept]


def _seen(see: YuNet, picture: np.ndarray, doublings: int) -> Iterator[Detection]:
    """In pixels of the picture."""
    scale = _SCALE * 2**doublings
    while True:
        small = _shrunk(picture, scale)
        for found in see(cv2.cvtColor(small, cv2.COLOR_RGB2BGR if small.ndim == 3 else cv2.COLOR_GRAY2BGR)):
            left, top, right, bottom = (value / scale for value in found.box)
            assert found.landmarks is not None
            yield Detection((left, top, right, bottom), found.score, found.landmarks / scale)
        if max(small.shape) <= _LARGEST_PX:
            return
        scale *= _COARSER


def _shrunk(picture: np.ndarray, scale: float) -> np.ndarray:
    """Whole pixels are put together where that is possible, without the few at the end: it is ten times as quick."""
    height, width = picture.shape[:2]
    pixels = round(1 / scale)
    if pixels > 1 and math.isclose(pixels * scale, 1) and min(height, width) >= pixels:
        height, width = height // pixels, width // pixels
        picture = picture[: height * pixels, : width * pixels]
    else:
        height, width = (max(round(side * scale), 1) for side in (height, width))
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)


def _candidate(seen: Detection) -> Candidate:
    left, top, right, bottom = seen.box
    assert seen.landmarks is not None
    size = math.sqrt(max(right - left, 1) * max(bottom - top, 1))
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    eyes, nose, mouth = seen.landmarks[:2].mean(axis=0), seen.landmarks[2], seen.landmarks[3:].mean(axis=0)
    away = np.stack([eyes, mouth, nose]) - middle
    x, y = middle + size * _MOVED + [_ACROSS @ away[:, 0], _DOWN @ away[:, 1]]
    return Candidate(float(x), float(y), size * _SIDE)


def _share(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    inner = max(min(one[2], other[2]) - max(one[0], other[0]), 0) * max(min(one[3], other[3]) - max(one[1], other[1]), 0)
    outer = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]) - inner
    return inner / outer if outer > 0 else 0.0
