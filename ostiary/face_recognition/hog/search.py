"""dlib's boxes, from its own scores, at a fraction of the time: only where YuNet sees a face, only at the sizes that fit it.

The scores come from pixels that are nearly dlib's. Where two boxes lie so close that the difference could decide between them,
exactly dlib's are made, and they decide.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ostiary.face_recognition.hog import pixels
from ostiary.face_recognition.hog.finder import Candidate
from ostiary.face_recognition.hog.pixels import Part
from ostiary.face_recognition.hog.pyramid import STEP, Box, Pyramid
from ostiary.face_recognition.hog.scanner import BOX_PX, CELL_PX, MARGIN_PX, Scanner

CLOSE = 0.13
"""Nearer scores are made exact. One from nearly dlib's pixels is off by 0.05, and the difference of two neighbours' by 0.055 (one
standard deviation)."""

_SMALLER, _LARGER = 1.3, 1.4  # levels; in 99 of 100 faces the box is among them
_LOOKS, _HOPELESS = 2, -0.6  # where so many levels score no better, there is nothing for dlib: most faces that are turned away
_SMALLEST = -2.0  # levels; faces that look smaller are too small for dlib
_ACROSS_PX, _DOWN_PX = 12, 10  # how far from its expected middle a box may be, in its level
_LEAST_PX = 40  # of a face at the picture's edge
_BEFORE_PX = 21  # from a cell's edge to the first box that has its margin


@dataclass(frozen=True, slots=True)
class Scored:
    """A box of a level, and the same in the first level."""

    score: float
    level: int
    box: Box
    first: Box
    exact: bool


class Search:
    """For faces in one picture."""

    def __init__(self, scanner: Scanner, picture: np.ndarray, pyramid: Pyramid):
        self._scanner = scanner
        self._picture = picture
        self._pyramid = pyramid

    def faces(self, candidates: Iterable[Candidate]) -> list[Box]:
        """As dlib gives them, the best first."""
        scored: dict[tuple[int, Box], Scored] = {}
        for candidate in candidates:
            scored.update(self._round(candidate))
        while close := _close(scored.values(), self._scanner):
            for level, box, found in self._exactly(close):
                scored.pop((level, box), None)
                if found:
                    scored[level, box] = found
        return [self._pyramid.to_picture(found.first) for found in _apart(scored.values(), self._scanner) if found.score >= 0]

    def _round(self, candidate: Candidate) -> dict[tuple[int, Box], Scored]:
        """Scores round a candidate, in the levels that fit, and on beyond the last of them as long as that has the best."""
        fitting = math.log(max(candidate.side * 2**self._pyramid.doublings / BOX_PX, 1e-3), STEP)
        end = self._pyramid.levels
        first, last = max(math.ceil(fitting - _SMALLER), 0), min(max(math.floor(fitting + _LARGER), 0), end - 1)
        ahead = sorted(range(first, last + 1), key=lambda level: abs(level - fitting)) if fitting > _SMALLEST else []
        found: list[Scored] = []
        for looks, level in enumerate(ahead, 1):
            found += self._near(candidate, level)
            best = max(found, key=lambda each: each.score, default=None)
            if looks >= _LOOKS and (not best or best.score < _HOPELESS):
                return {}
            if looks < len(ahead) or not best:
                continue
            if best.level == last < end - 1:
                ahead.append(last := last + 1)
            elif best.level == first > 0:
                ahead.append(first := first - 1)
        return {(each.level, each.box): each for each in found if each.score > -CLOSE}

    def _near(self, candidate: Candidate, level: int) -> Iterator[Scored]:
        x, y = self._pyramid.to_level(candidate.x, candidate.y, level)
        across, down = BOX_PX / 2 + _ACROSS_PX, BOX_PX / 2 + _DOWN_PX
        if part := self._part(level, x - across, y - down, x + across, y + down):
            yield from self._scores(pixels.nearly(self._picture, self._pyramid, level, part), level, part, _HOPELESS)

    def _part(self, level: int, left: float, top: float, right: float, bottom: float) -> Part | None:
        """From a cell's edge, with margin for boxes up to these edges."""
        height, width = self._pyramid.size(level)
        start_y, start_x = (max(math.floor((edge - _BEFORE_PX) / CELL_PX) * CELL_PX, 0) for edge in (top, left))
        end_y, end_x = (
            min(start + math.ceil((edge + 1 + MARGIN_PX - start) / CELL_PX) * CELL_PX, end)
            for start, edge, end in ((start_y, bottom, height), (start_x, right, width))
        )
        if min(end_y - start_y, end_x - start_x) < _LEAST_PX:
            return None
        return Part(start_y, end_y, start_x, end_x)

    def _scores(self, picture: np.ndarray, level: int, part: Part, least: float, exact: bool = False) -> Iterator[Scored]:
        height, width = self._pyramid.size(level)
        for (left, top, right, bottom), score in self._scanner(picture, least).items():
            whole = (
                (left >= MARGIN_PX or not part.left)
                and (top >= MARGIN_PX or not part.top)
                and (part.left + right + MARGIN_PX < part.right or part.right == width)
                and (part.top + bottom + MARGIN_PX < part.bottom or part.bottom == height)
            )
            if whole:
                box = (left + part.left, top + part.top, right + part.left, bottom + part.top)
                yield Scored(score, level, box, self._pyramid.to_first(box, level), exact)

    def _exactly(self, close: list[Scored]) -> Iterator[tuple[int, Box, Scored | None]]:
        """The true scores of these boxes, None if far from a face, and those of boxes that were seen at the same time."""
        parts: dict[int, Part] = {}
        for each in close:
            part = self._part(each.level, *each.box)
            assert part is not None
            parts[each.level] = parts[each.level] | part if each.level in parts else part
        for each in close:
            yield each.level, each.box, None
        for level, picture in pixels.exactly(self._picture, self._pyramid, parts).items():
            for found in self._scores(picture, level, parts[level], -CLOSE, exact=True):
                yield level, found.box, found


def _apart(scored: Iterable[Scored], scanner: Scanner) -> list[Scored]:
    """The best of each heap of boxes that overlap, the best first."""
    kept: list[Scored] = []
    for each in sorted(scored, key=lambda found: -found.score):
        if not any(scanner.overlap(best.first, each.first) for best in kept):
            kept.append(each)
    return kept


def _close(scored: Iterable[Scored], scanner: Scanner) -> list[Scored]:
    """The boxes whose scores are not known well enough, those of one face after another's: of the first face that has any."""
    scored = list(scored)
    kept = _apart(scored, scanner)
    for n, best in enumerate(kept):
        near = [each for each in scored if best.score - CLOSE < each.score <= best.score and each is not best]
        rivals = [each for each in near if scanner.overlap(best.first, each.first)]
        rivals += [each for each in kept[n + 1 : n + 2] if each.score > best.score - CLOSE]
        unsure = [each for each in (best, *rivals) if not each.exact] if rivals or best.score < CLOSE else []
        if unsure:
            return unsure
    return []
