"""Close your eyes for a moment: a challenge that a face solves within `LIMIT_S`, and a still picture of it does not. Pure.

Measured is how far both eyes are open, as a share of what is usual for this face just before. Closed ones keep 7 to 45 %
(six people whom LFW shows with closed eyes), a smile leaves about half, and a waved print at least 67 % (27 drawn films,
tilted up to 60 degrees). Both must fall to `CLOSED` within `MOVE_S`, stay there for two looks and for `SHORTEST_S` to
`LONGEST_S`, and rise again to `OPEN` within `MOVE_S`. That takes about 6 looks a second, that is frames searched, of a
face whose eyes the camera sees; with gaps of more than `LOOKS_GAP_S` between them nobody solves it.

A print that is tipped back narrows its eyes too, but the whole face with them: the face must stay as high for its width
as it was. And as with turning, it must be followed without a gap or a jump, and be the person's. A film of the person, or
lids laid over the eyes of a print, can solve it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

import numpy as np

from ostiary.domain import Detection, Sighting
from ostiary.stream.alive import near
from ostiary.stream.challenge import FOREIGN_LOOKS, Challenge, either, shape_of

BLINK = "blink"

CLOSED = 0.45
OPEN = 0.7
NARROWEST = 0.1
"""Eyes that are usually less open than this, by their width, count as so far open: behind dark glasses all is noise."""
CLOSED_LOOKS = 2
MOVE_S = 0.5
SHORTEST_S, LONGEST_S = 0.08, 1.5
LOOKS_GAP_S = 0.3
TIPPED = 0.25
"""By this share a face may seem higher or lower than it was, for its width; its points have errors."""

_BEFORE = 5  # looks before the challenge, whose medians are what is usual

Eyes = tuple[float, float]
Examine = Callable[[np.ndarray, Sequence[Sighting], float], list[Sighting]]


@dataclass(slots=True)
class Blinking(Challenge):
    """`asked` is `blink` while it runs."""

    _before: list[tuple[float, float, float]] = field(default_factory=list)  # both eyes and the face's height, newest last
    _looked_at: float = float("-inf")
    _open_at: float | None = None  # the latest look with open eyes
    _closed: list[float] = field(default_factory=list)  # the looks with closed eyes since then

    def ask(self, person: str, at: float, draw: Callable[[], str] = either) -> None:
        if self.solved_by(person) or self.asked or at < self._until or len(self._before) < _BEFORE:
            return
        self._open_at, self._closed = None, []
        self._begin(BLINK, person, at)

    def take_in(self, sighting: Sighting, at: float, says: bool | None) -> None:
        shape = shape_of(sighting.track.detection.landmarks)
        if shape is None:
            return
        nose, height = shape
        broken = self._breaks(nose, at)
        if broken:
            self._before = []
        if says is not None:
            self._foreign = 0 if says else self._foreign + 1
        if self.asked and (broken or at > self._until or self._foreign >= FOREIGN_LOOKS):
            self._fail(at)
        if sighting.eyes_open is not None and all(map(math.isfinite, sighting.eyes_open)):
            self._look(sighting.eyes_open, height, at, says)

    def _look(self, eyes: Eyes, height: float, at: float, says: bool | None) -> None:
        if at - self._looked_at > LOOKS_GAP_S:
            self._open_at, self._closed = None, []
        self._looked_at = at
        if not self.asked:
            self._before = [*self._before[1 - _BEFORE :], (*eyes, height)]
        elif says:
            self._follow(eyes, height, at)

    def _follow(self, eyes: Eyes, height: float, at: float) -> None:
        *usual, usual_height = (median(values) for values in zip(*self._before, strict=True))
        shares = [now / max(before, NARROWEST) for now, before in zip(eyes, usual, strict=True)]
        if min(shares) >= OPEN:
            if self._were_closed(at):
                self.asked, self.solved = None, True
            self._open_at, self._closed = at, []
        elif max(shares) <= CLOSED and abs(height / usual_height - 1) <= TIPPED:
            self._closed.append(at)

    def _were_closed(self, at: float) -> bool:
        """Whether the eyes, open now and once before, were shut in between: quickly, and for about as long as one does it."""
        if self._open_at is None or len(self._closed) < CLOSED_LOOKS:
            return False
        first, last = self._closed[0], self._closed[-1]
        quickly = first - self._open_at <= MOVE_S and at - last <= MOVE_S
        return quickly and at - first >= SHORTEST_S and last - first <= LONGEST_S


class WithEyes:
    """A stage round another one: each look that is near a PASS is told how far the eyes are open."""

    def __init__(self, examine: Examine, eyes_open: Callable[[np.ndarray, Detection], Eyes]):
        self._examine, self._eyes_open = examine, eyes_open

    def __call__(self, image: np.ndarray, sightings: Sequence[Sighting], threshold: float) -> list[Sighting]:
        return [
            replace(s, eyes_open=self._eyes_open(image, s.track.detection)) if near(s, threshold) else s
            for s in self._examine(image, sightings, threshold)
        ]
