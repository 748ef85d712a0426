"""Tells whether anything moves before a camera, cheaply, so that a still scene need not be searched for faces.

The picture is shrunk to a grid of cells, each the mean of many pixels, so that sensor noise drowns. The grid is
compared with a mean of the last moments: the sun may creep, a person may not.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

LOOK_EVERY_S = 0.9
"""A resting camera is looked at again at least so often (a little less than the promised second, for the frame's wait)."""

HOLD_S = 2.0
"""How long after the last movement the search goes on: somebody may just stand there."""

ACROSS = 80
"""Most cells in a row; each is the mean of 4 x 4 pixels."""

LEAST_CHANGE, MOST_CHANGE = 6.0, 16.0
NOISE_FACTOR = 7.0
"""A cell has changed when its mean differs from the last moments' by `LEAST_CHANGE` of 255 levels or, in a noisy picture,
by `NOISE_FACTOR` times the median difference, which noise alone does once in 400,000 cells. More than `MOST_CHANGE` is
never asked for: a light that is switched on changes the median too, and who comes in with it must be seen."""

FEWEST_CELLS = 3
MEMORY_S = 0.5
"""How far back the mean reaches. Longer would notice slower walkers, and longer see the ghost of who has left."""


class MotionGate:
    """Of one camera. With `enabled` false nothing ever rests."""

    def __init__(self, enabled: bool = True):
        self._enabled = enabled
        self._background: np.ndarray | None = None
        self._moved_at = self._looked_at = self._seen_at = float("-inf")

    def rests(self, image: np.ndarray, at: float, following: bool) -> bool:
        """Whether this frame need not be searched. `following`: a face is being tracked, which never lets it rest."""
        if not self._enabled:
            return False
        if self._moves(image, at):
            self._moved_at = at
        if following or at - self._moved_at <= HOLD_S or at - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = at
            return False
        return True

    def _moves(self, image: np.ndarray, at: float) -> bool:
        cells = _cells(image)
        if self._background is None or self._background.shape != cells.shape:
            self._background, self._seen_at = cells, at
            return True
        follow = 1 - math.exp(-max(0.0, at - self._seen_at) / MEMORY_S)
        self._seen_at = at
        difference = cells - self._background
        amount = np.abs(difference)
        needed = min(max(LEAST_CHANGE, NOISE_FACTOR * float(np.median(amount))), MOST_CHANGE)
        self._background += follow * difference
        return bool(np.count_nonzero(amount > needed) >= FEWEST_CELLS)


def _cells(image: np.ndarray) -> np.ndarray:
    """The green channel as a grid of means, float32."""
    step = max(1, image.shape[1] // (ACROSS * 4))  # leaving out pixels costs nothing but a little of the mean's steadiness
    thinned = np.ascontiguousarray(image[::step, ::step, 1])
    height, width = thinned.shape
    return cv2.resize(thinned, (max(1, width // 4), max(1, height // 4)), interpolation=cv2.INTER_AREA).astype(np.float32)
