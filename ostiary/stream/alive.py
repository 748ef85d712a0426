"""Is it alive? What a track shows of that over its frames, and what follows for who may pass. Pure.

The passive check is the mean of the looks' scores over `MEMORY_S`: one frame decides nothing, and a print that is held
just right for a moment still carries its other frames with it. What moves as a plane (`stream/plane.py`) is a spoof
whatever its scores. Both run only where a PASS is near: on looks whose nearest person is within the threshold.

Nobody vouches for another: what a track has shown counts for the person it was taken for then, as a picture of somebody else
may follow a living face into its track. And what looked alive once must do so now: the last looks are also judged by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

import numpy as np

from ostiary.domain import Detection, Sighting
from ostiary.stream.challenge import either
from ostiary.stream.plane import Plane, view

MEMORY_S = 5.0
"""How long a score counts, or a quorum's window if that is longer: waving a print about must not start it anew."""

WATCHED_S = 1.0
"""Who is to pass is watched for so long, where liveness is enforced: in less, nothing moves enough to tell a plane.

And until the plane is cleared: at few frames a second a print would otherwise pass before enough of its views were compared."""

Score = Callable[[np.ndarray, Detection], float]


@dataclass(frozen=True, slots=True)
class LiveRules:
    """`mode` is `off`, `warn` (tells, lets pass) or `enforce` (refuses). A mean score below `threshold` is a spoof.

    `challenge` is `none`, `turn` or `blink`, which nobody passes without; `draw` names the side to turn to.
    """

    mode: str = "off"
    threshold: float = 0.5
    challenge: str = "none"
    draw: Callable[[], str] = either


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known by now: the mean `score`, whether it is a spoof, and whether that is enough to pass."""

    score: float | None = None
    spoof: bool = False
    enough: bool = False


@dataclass(slots=True)
class _Shown:
    """What one track has shown as one person, newest last."""

    scores: list[tuple[float, float]] = field(default_factory=list)
    plane: Plane = field(default_factory=Plane)
    seen_at: float = 0.0

    def take_in(self, sighting: Sighting, at: float, memory_s: float) -> None:
        self.seen_at = at
        self.scores = [(then, score) for then, score in self.scores if 0 <= at - then <= memory_s]
        if sighting.liveness is not None:
            self.scores.append((at, sighting.liveness))
        if sighting.view is not None:
            self.plane.take_in(sighting.view, sighting.track.detection.box, at, memory_s)

    def finding(self, rules: LiveRules, looks: int) -> Finding:
        if self.plane.flat:
            return Finding(0.0, spoof=True)
        if not self.scores:
            return Finding()
        mean = fmean(score for _, score in self.scores)
        several = len(self.scores) >= looks
        watched = self.scores[-1][0] - self.scores[0][0] >= WATCHED_S
        alive = mean >= rules.threshold
        return Finding(mean, several and not alive, several and watched and self.plane.cleared and self._of_late(looks) >= rules.threshold)

    def _of_late(self, looks: int) -> float:
        """The mean of the last second's scores, of so many `looks` at least."""
        late = sum(self.scores[-1][0] - at <= WATCHED_S for at, _ in self.scores)
        return fmean(score for _, score in self.scores[-max(late, looks) :])


@dataclass(slots=True)
class Evidence:
    """What one track has shown, of each person it was taken for."""

    _shown: dict[str, _Shown] = field(default_factory=dict)

    def take_in(self, sighting: Sighting, at: float, window_s: float) -> None:
        memory_s = max(MEMORY_S, window_s)
        self._shown = {person: shown for person, shown in self._shown.items() if at - shown.seen_at <= memory_s}
        nearest = sighting.match.nearest if sighting.match else None
        if nearest is not None:
            self._shown.setdefault(nearest.person, _Shown()).take_in(sighting, at, memory_s)

    def finding(self, person: str | None, rules: LiveRules, looks: int) -> Finding:
        """What to make of it where it is taken for `person`, and a quorum takes so many `looks`."""
        shown = self._shown.get(person) if person else None
        return shown.finding(rules, looks) if shown else Finding()


class Examine:
    """The stage: each look that is near a PASS gets its `score`, and its view. Without a score, the view alone."""

    def __init__(self, score: Score | None):
        self._score = score

    def __call__(self, image: np.ndarray, sightings: Sequence[Sighting], threshold: float) -> list[Sighting]:
        return [self._examined(image, s) if near(s, threshold) else s for s in sightings]

    def _examined(self, image: np.ndarray, sighting: Sighting) -> Sighting:
        face = sighting.track.detection
        return replace(sighting, liveness=self._score(image, face) if self._score else None, view=view(image, face))


def unexamined(image: np.ndarray, sightings: Sequence[Sighting], threshold: float) -> list[Sighting]:
    """The stage where nobody asks whether faces live."""
    return list(sightings)


def near(sighting: Sighting, threshold: float) -> bool:
    """Whether this look may lead to a PASS."""
    nearest = sighting.match.nearest if sighting.match else None
    return nearest is not None and not nearest.negative and nearest.distance <= threshold
