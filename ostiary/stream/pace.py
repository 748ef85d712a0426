"""Thins frames out to a highest rate, evenly."""

from __future__ import annotations

SLACK = 0.25
"""A frame may come early by this share of an interval: cameras jitter, and a 15-per-second one must not be halved."""


class Pace:
    """Of one camera. Time is an argument."""

    def __init__(self, max_fps: float):
        self._interval_s = 1 / max_fps
        self._next_at = float("-inf")

    def due(self, at: float) -> bool:
        """Whether the frame of `at` is wanted."""
        if at < self._next_at - SLACK * self._interval_s:
            return False
        on_beat = at - self._next_at < self._interval_s
        self._next_at = (self._next_at if on_beat else at) + self._interval_s
        return True
