"""Joins the detections of one camera over time into tracks.

The scheme is that of SORT (Bewley et al., 2016) made small: each track predicts its place by constant velocity, pairs
are scored by overlap and by centre distance in face widths, and the best pairs are taken first. Greedy instead of
Hungarian assignment, a smoothed velocity instead of a Kalman filter: with the few faces before a door, moving less
than a face width between frames, neither changes a pairing, and both would hide how one came about.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ostiary.domain import Box, Detection, Track
from ostiary.stream.tempo import patience

LOST_AFTER_S = 1.0
"""A track not seen for so long has ended; a face found later is a new one and needs its own quorum. Slow frames ask
for more patience (`stream/tempo.py`)."""

REACH = 1.0
"""How far from where it is expected a face may turn up, in face widths."""

STRANGE_SIZE = 1.8
"""Two boxes that differ in width by more than this factor are not one face in consecutive frames."""

COASTING_S = 0.5
"""A velocity is trusted for so long; who walked behind a pillar is awaited where they went in."""


@dataclass(frozen=True, slots=True)
class _Motion:
    """A track and the smoothed speed of its centre, in pixels a second."""

    track: Track
    speed: tuple[float, float] = (0.0, 0.0)

    def expected(self, at: float) -> tuple[float, float]:
        x, y = _centre(self.track.detection.box)
        ahead = min(at - self.track.last_at, COASTING_S)
        return x + self.speed[0] * ahead, y + self.speed[1] * ahead

    def seen(self, detection: Detection, at: float) -> _Motion:
        elapsed = at - self.track.last_at
        track = replace(self.track, detection=detection, last_at=at)
        if elapsed <= 0:
            return _Motion(track, self.speed)
        (x1, y1), (x2, y2) = _centre(self.track.detection.box), _centre(detection.box)
        vx, vy = (x2 - x1) / elapsed, (y2 - y1) / elapsed
        if self.track.last_at == self.track.first_at:  # the first step: nothing to smooth yet
            return _Motion(track, (vx, vy))
        return _Motion(track, ((self.speed[0] + vx) / 2, (self.speed[1] + vy) / 2))


class Tracker:
    """Follows the faces of one camera. `ids` gives the numbers of new tracks, shared by all cameras.

    `gap_s` is the usual time between frames.
    """

    def __init__(self, camera: str, ids: Iterator[int]):
        self._camera, self._ids = camera, ids
        self._motions: dict[int, _Motion] = {}

    def alive(self, at: float, gap_s: float = 0.0) -> bool:
        """Whether a face is being followed, be it hidden for a moment."""
        return any(at - motion.track.last_at <= patience(LOST_AFTER_S, gap_s) for motion in self._motions.values())

    def update(self, detections: list[Detection], at: float, gap_s: float = 0.0) -> tuple[Track, ...]:
        """The tracks seen in this frame, largest face first."""
        lost_after_s = patience(LOST_AFTER_S, gap_s)
        self._motions = {key: motion for key, motion in self._motions.items() if at - motion.track.last_at <= lost_after_s}
        paired = self._pair(detections, at)
        seen = [self._motions[paired[i]].seen(d, at) if i in paired else self._begin(d, at) for i, d in enumerate(detections)]
        self._motions.update((motion.track.id, motion) for motion in seen)
        return tuple(sorted((motion.track for motion in seen), key=lambda track: -track.detection.area))

    def _begin(self, detection: Detection, at: float) -> _Motion:
        return _Motion(Track(next(self._ids), self._camera, detection, at, at))

    def _pair(self, detections: list[Detection], at: float) -> dict[int, int]:
        """Which detection (by index) continues which track (by id)."""
        costs = sorted(
            (cost, index, key)
            for key, motion in self._motions.items()
            for index, detection in enumerate(detections)
            if (cost := _cost(motion, detection.box, at)) is not None
        )
        paired: dict[int, int] = {}
        for _, index, key in costs:
            if index not in paired and key not in paired.values():
                paired[index] = key
        return paired


def _cost(motion: _Motion, box: Box, at: float) -> float | None:
    """How badly `box` continues the track, smaller is better; None where it cannot."""
    old = motion.track.detection.box
    width, old_width = max(box[2] - box[0], 1), max(old[2] - old[0], 1)
    if max(width, old_width) > STRANGE_SIZE * min(width, old_width):
        return None
    x, y = _centre(box)
    expected_x, expected_y = motion.expected(at)
    distance = math.hypot(x - expected_x, y - expected_y) / ((width + old_width) / 2)
    if distance > REACH:
        return None
    shift_x, shift_y = expected_x - _centre(old)[0], expected_y - _centre(old)[1]
    moved = (old[0] + shift_x, old[1] + shift_y, old[2] + shift_x, old[3] + shift_y)
    return distance + 1 - _overlap(moved, box)


def _centre(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _overlap(a: tuple[float, float, float, float], b: Box) -> float:
    """Intersection over union."""
    shared = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / union if union > 0 else 0.0
