"""Is it alive? What a track shows of that over its frames, and what follows for who may pass. Pure.

The passive check is the mean of the looks' scores over `MEMORY_S`: one frame decides nothing, and a print that is held
just right for a moment still carries its other frames with it. What moves as a plane (`stream/plane.py`) is a spoof
whatever its scores. Both run only where a PASS is near: on looks whose nearest person is within the threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

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
class Evidence:
    """What one track has shown, newest last."""

    scores: list[tuple[float, float]] = field(default_factory=list)
    plane: Plane = field(default_factory=Plane)

    def take_in(self, sighting: Sighting, at: float, window_s: float) -> None:
        memory_s = max(MEMORY_S, window_s)
        self.scores = [(then, score) for then, score in self.scores if 0 <= at - then <= memory_s]
        if sighting.liveness is not None:
            self.scores.append((at, sighting.liveness))
        if sighting.view is not None:
            self.plane.take_in(sighting.view, sighting.track.detection.box, at, memory_s)

    def finding(self, rules: LiveRules, looks: int) -> Finding:
        """What to make of it, where a quorum takes so many `looks`."""
        if self.plane.flat:
            return Finding(0.0, spoof=True)
        if not self.scores:
            return Finding()
        mean = sum(score for _, score in self.scores) / len(self.scores)
        several = len(self.scores) >= looks
        watched = self.scores[-1][0] - self.scores[0][0] >= WATCHED_S
        return Finding(mean, several and not mean >= rules.threshold, several and watched and self.plane.cleared)


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
