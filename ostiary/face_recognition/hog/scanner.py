"""dlib's detector without its pyramid: scores of all boxes in one picture at one size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ostiary.errors import ModelError
from ostiary.face_recognition.dlib_parts import dlib
from ostiary.face_recognition.hog.pyramid import Box
from ostiary.face_recognition.hog.spares import Spares

CELL_PX = 8
BOX_PX = 73
MARGIN_PX = 14
"""A box's score is the same in a crop as in the whole if the crop begins at a cell and goes on this far beyond the box."""

_STATE = (2, 1, 0, 0, 8, 0, 80, 80, 1000, 64, 64, 18, -1, 3100)
"""How a detector's state begins: its version, its empty scanner, the window's size; how many levels; the least size of one, twice;
the nuclear norm as two numbers; how many weights."""
_LEVELS_AT = 8


@dataclass(frozen=True, slots=True)
class Overlap:
    """When dlib takes two boxes for one face."""

    union_share: float
    covered: float

    def __call__(self, one: Box, other: Box) -> bool:
        inner = _area((max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])))
        if not inner:
            return False
        outer = _area((min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])))
        return inner / outer > self.union_share or inner / min(_area(one), _area(other)) > self.covered


class Scanner:
    """For several threads."""

    def __init__(self, state: bytes, overlap: Overlap):
        self.overlap = overlap
        self._spares = Spares(lambda: _loaded(state))

    def __call__(self, picture: np.ndarray, least: float) -> dict[Box, float]:
        """The scores of all boxes that score at least so much with one of dlib's five detectors; some reach beyond the picture."""
        with self._spares.lent() as detector:
            boxes, scores, _ = detector.run(picture, 0, least)
        found: dict[Box, float] = {}
        for box, score in zip(boxes, scores, strict=True):
            found.setdefault((box.left(), box.top(), box.right(), box.bottom()), score)  # the best comes first
        return found


def open_scanner(detector: dlib.fhog_object_detector) -> Scanner:
    """The same, with a pyramid of one level and boxes left as they overlap; what it is pickled as is the only way to these
    settings. Raises ModelError where another dlib keeps it in another form."""
    (state,) = detector.__getstate__()
    numbers = _numbers(state)
    known = [next(numbers) for _ in _STATE]
    if tuple(number for number, _ in known) != _STATE:
        raise ModelError("dlib's HOG detector", f"dlib {dlib.__version__} keeps it in a form that is not known here")
    ends = [end for _, end in known]
    parts = [next(numbers) for _ in range(4)]
    union_share, covered = (parts[n][0] * 2.0 ** parts[n + 1][0] for n in (0, 2))
    one, never = _written(1), _written(1) + _written(0)
    before, settings = state[: ends[_LEVELS_AT - 1]], state[ends[_LEVELS_AT] : ends[-1]]
    changed = before + one + settings + never + never + state[parts[-1][1] :]
    return Scanner(changed, Overlap(union_share, covered))


def _loaded(state: bytes) -> dlib.fhog_object_detector:
    detector = dlib.fhog_object_detector.__new__(dlib.fhog_object_detector)
    detector.__setstate__((state,))
    return detector


def _numbers(state: bytes) -> Iterator[tuple[int, int]]:
    """(number, where it ends): a byte with its length and sign, then itself, the lowest byte first. A fraction is two: times
    two to the power of."""
    at = 0
    while True:
        head, start = state[at], at + 1
        at = start + (head & 0x0F)
        size = int.from_bytes(state[start:at], "little")
        yield (-size if head & 0x80 else size), at


def _written(number: int) -> bytes:
    return bytes((1, number))


def _area(box: Box) -> int:
    return max(box[2] - box[0] + 1, 0) * max(box[3] - box[1] + 1, 0)
