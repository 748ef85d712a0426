"""Parts of a level's picture: nearly, at once from the picture, or exactly as dlib makes it, doubling by doubling, level by level.

dlib rounds after each step. What is lost so cannot be had but by taking all steps; it changes a score by 0.05 (one standard
deviation over 571 faces).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from ostiary.face_recognition.dlib_parts import dlib
from ostiary.face_recognition.hog.pyramid import Pyramid


@dataclass(frozen=True, slots=True)
class Part:
    """Rows `top` to `bottom` and columns `left` to `right`, the last not included."""

    top: int
    bottom: int
    left: int
    right: int

    def __or__(self, other: Part) -> Part:
        return Part(min(self.top, other.top), max(self.bottom, other.bottom), min(self.left, other.left), max(self.right, other.right))


# Interpolating between two pixels blurs. The variance of that, in pixels, is the mean of f (1 - f) over the fractions f that
# occur: 0 and 1/2 in doubling, fifths in shrinking.
_DOUBLING_BLURS = 0.125
_SHRINKING_BLURS = 0.16
_LEAST_SIGMA = 0.15

_DLIB_FROM = 0.35  # of the picture: dlib makes the whole as quickly as we make such a part
_AT_ONCE = 64_000  # numbers that are computed together: they stay in the cache


def nearly(picture: np.ndarray, pyramid: Pyramid, level: int, part: Part) -> np.ndarray:
    """By one interpolation of the picture, blurred as dlib's many would have blurred it."""
    last = level + pyramid.doublings
    down = (picture.shape[0] - 1) / max(pyramid.heights[last] - 1, 1)
    across = (picture.shape[1] - 1) / max(pyramid.widths[last] - 1, 1)
    sigma = _sigma(pyramid, last)
    around = math.ceil(3 * sigma) + 1
    top, left = max(int(part.top * down) - around, 0), max(int(part.left * across) - around, 0)
    source = picture[top : int(part.bottom * down) + around + 1, left : int(part.right * across) + around + 1]
    if sigma > _LEAST_SIGMA:
        source = cv2.GaussianBlur(source, (0, 0), sigma)
    places = np.array([[across, 0, part.left * across - left], [0, down, part.top * down - top]])
    size = part.right - part.left, part.bottom - part.top
    return cv2.warpAffine(source, places, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)


def _sigma(pyramid: Pyramid, last: int) -> float:
    """The blur of all steps to a level, less that of one interpolation."""
    variance, scale = -_DOUBLING_BLURS, 1.0
    for n in range(last):
        variance += (_DOUBLING_BLURS if n < pyramid.doublings else _SHRINKING_BLURS) * scale * scale
        scale *= (pyramid.heights[n] - 1) / max(pyramid.heights[n + 1] - 1, 1)
    return math.sqrt(max(variance, 0.0))


def exactly(picture: np.ndarray, pyramid: Pyramid, parts: Mapping[int, Part]) -> dict[int, np.ndarray]:
    """Parts of several levels, as dlib makes them."""
    wanted = {level + pyramid.doublings: part for level, part in parts.items()}
    needed = _needed(pyramid, wanted)
    now = needed[0]
    if (now.bottom - now.top) * (now.right - now.left) > _DLIB_FROM * picture.shape[0] * picture.shape[1]:
        return _exactly_all(picture, pyramid, wanted)
    pixels = np.ascontiguousarray(picture[now.top : now.bottom, now.left : now.right])
    if pixels.ndim == 3:  # columns are picked much faster in fours
        pixels = np.concatenate([pixels, pixels[:, :, :1]], axis=2)
    made = {}
    for n, part in enumerate(needed):
        if n:
            pixels = _stepped(pixels, now, part, pyramid, n)
            now = part
        if n in wanted:
            own = wanted[n]
            piece = pixels[own.top - now.top : own.bottom - now.top, own.left - now.left : own.right - now.left]
            made[n - pyramid.doublings] = np.ascontiguousarray(piece[:, :, :3] if piece.ndim == 3 else piece)
    return made


def _exactly_all(picture: np.ndarray, pyramid: Pyramid, wanted: Mapping[int, Part]) -> dict[int, np.ndarray]:
    made = {}
    for n in range(max(wanted) + 1):
        if n:
            picture = dlib.resize_image(picture, pyramid.heights[n], pyramid.widths[n])
        if n in wanted:
            made[n - pyramid.doublings] = _cut(picture, wanted[n])
    return made


def _cut(pixels: np.ndarray, part: Part) -> np.ndarray:
    return np.ascontiguousarray(pixels[part.top : part.bottom, part.left : part.right])


def _needed(pyramid: Pyramid, wanted: Mapping[int, Part]) -> list[Part]:
    """What must be made of the picture and after each step, the first first."""
    parts = [wanted[max(wanted)]]
    for n in range(max(wanted), 0, -1):
        part = parts[0]
        top, bottom = _reach(_rows(pyramid.heights[n - 1], pyramid.heights[n]), part.top, part.bottom)
        left, right = _reach(_columns(pyramid.widths[n - 1], pyramid.widths[n]), part.left, part.right)
        source = Part(top, bottom, left, right)
        parts.insert(0, source | wanted[n - 1] if n - 1 in wanted else source)
    return parts


@dataclass(frozen=True, slots=True)
class _Axis:
    """Which two lines each line is made of, and how much of either; from line `odd` on dlib computes in double precision."""

    first: np.ndarray
    second: np.ndarray
    share: np.ndarray
    rest: np.ndarray
    odd: int


def _reach(axis: _Axis, start: int, end: int) -> tuple[int, int]:
    return int(axis.first[start]), int(axis.second[end - 1]) + 1


@lru_cache(maxsize=256)
def _rows(before: int, after: int) -> _Axis:
    scale = (before - 1) / max(after - 1, 1)
    place = np.add.accumulate(np.full(after + 1, scale) * np.where(np.arange(after + 1) == 0, -1, 1))[1:]
    first = np.floor(place).astype(np.intp)
    share = place - first
    return _Axis(first, np.minimum(first + 1, before - 1), share, 1 - share, after)


@lru_cache(maxsize=256)
def _columns(before: int, after: int) -> _Axis:
    """dlib adds up places in single precision, four columns at a time, until one of the four lies at the picture's end."""
    scale = (before - 1) / max(after - 1, 1)
    fours = np.full((after // 4 + 2, 4), np.float32(4 * scale), np.float32)
    fours[0] = np.arange(-4, 0) * scale
    place = np.add.accumulate(fours, axis=0, dtype=np.float32)[1:]
    (beyond,) = np.nonzero(place[:, 3].astype(np.int32) + 1 >= before)
    odd = min(int(beyond[0]) * 4 if len(beyond) else after, after)
    tail = np.add.accumulate(np.concatenate([[odd * scale - scale], np.full(after - odd, scale)]))[1:]
    first = np.concatenate([place.ravel()[:odd].astype(np.intp), np.floor(tail).astype(np.intp)])
    share = np.concatenate([place.ravel()[:odd] - first[:odd].astype(np.float32), tail - first[odd:]])
    first = np.minimum(first, before - 1)
    return _Axis(first, np.minimum(first + 1, before - 1), share, 1 - share, odd)


def _stepped(pixels: np.ndarray, now: Part, part: Part, pyramid: Pyramid, n: int) -> np.ndarray:
    rows = _rows(pyramid.heights[n - 1], pyramid.heights[n])
    columns = _columns(pyramid.widths[n - 1], pyramid.widths[n])
    middle = min(max(columns.odd, part.left), part.right)
    made = np.empty((part.bottom - part.top, part.right - part.left, *pixels.shape[2:]), np.uint8)
    lines = max(_AT_ONCE // made[0].size, 1)
    for start in range(part.top, part.bottom, lines):
        down = slice(start, min(start + lines, part.bottom))
        upper, lower = pixels[rows.first[down] - now.top], pixels[rows.second[down] - now.top]
        share, rest = rows.share[down], rows.rest[down]
        into = made[start - part.top : down.stop - part.top]
        if middle > part.left:
            into[:, : middle - part.left] = _mixed(upper, lower, share, rest, columns, slice(part.left, middle), now.left)
        if middle < part.right:
            into[:, middle - part.left :] = _mixed_at_end(upper, lower, share, rest, columns, slice(middle, part.right), now.left)
    return made


def _mixed(
    upper: np.ndarray, lower: np.ndarray, share: np.ndarray, rest: np.ndarray, columns: _Axis, across: slice, left: int
) -> np.ndarray:
    """The products and sums of dlib, in its order, for the last bit's sake."""
    colours = upper.shape[2:]
    lefts, rights = columns.first[across] - left, columns.second[across] - left
    on_right, on_left = (np.repeat(of[across].astype(np.float32), *colours or (1,)) for of in (columns.share, columns.rest))
    below, above = (of.astype(np.float32)[:, None] for of in (share, rest))
    total: np.ndarray = above * on_left
    total *= _picked(upper, lefts)
    for weights, source, which in ((above * on_right, upper, rights), (below * on_left, lower, lefts), (below * on_right, lower, rights)):
        weights *= _picked(source, which)
        total += weights
    if not colours:
        total += np.float32(0.5)
    return total.astype(np.uint8).reshape(-1, len(lefts), *colours)


def _picked(pixels: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Columns side by side, (rows, columns x colours)."""
    wide = pixels.view(np.uint32)[:, :, 0] if pixels.ndim == 3 else pixels
    return np.take(wide, which, axis=1).view(np.uint8)


def _mixed_at_end(
    upper: np.ndarray, lower: np.ndarray, share: np.ndarray, rest: np.ndarray, columns: _Axis, across: slice, left: int
) -> np.ndarray:
    """The last columns, which do not fill a register: in double precision, and never rounded up."""
    first, second = columns.first[across] - left, columns.second[across] - left
    kind: type = np.float32 if upper.ndim == 2 else np.float64
    spread = (slice(None), *(None,) * (upper.ndim - 1))
    above, below = rest[spread], share[spread]
    on_right: np.ndarray = columns.share[across].astype(kind)[spread[: upper.ndim - 1]]
    on_left: np.ndarray = (1 - on_right).astype(kind)
    top, bottom = (on_left * lines[:, first] + on_right * lines[:, second] for lines in (upper, lower))
    return (above * top + below * bottom).astype(kind).astype(np.uint8)
