"""Tells whether anything moves before a camera, cheaply, so that a still scene need not be searched for faces.

The picture is shrunk to a grid of cells, each the mean of many pixels, so that sensor noise drowns. The grid is
compared with a background that slowly follows: the sun may creep, a person may not.
"""

from __future__ import annotations

import cv2
import numpy as np

LOOK_EVERY_S = 0.9
"""A resting camera is looked at again at least so often (a little less than the promised second, for the frame's wait)."""

HOLD_S = 2.0
"""How long after the last movement the search goes on: somebody may just stand there."""

ACROSS = 80
MOVED_BY = 6.0
"""A cell has changed when its mean differs by so many of 255 levels; noise of sigma 10 moves a mean of 16 pixels by 2.5."""

FEWEST_CELLS = 3
FOLLOW = 0.05


class MotionGate:
    """Of one camera. With `enabled` false nothing ever rests."""

    def __init__(self, enabled: bool = True):
        self._enabled = enabled
        self._background: np.ndarray | None = None
        self._moved_at = self._looked_at = float("-inf")

    def rests(self, image: np.ndarray, at: float, following: bool) -> bool:
        """Whether this frame need not be searched. `following`: a face is being tracked, which never lets it rest."""
        if not self._enabled:
            return False
        if self._moves(image):
            self._moved_at = at
        if following or at - self._moved_at <= HOLD_S or at - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = at
            return False
        return True

    def _moves(self, image: np.ndarray) -> bool:
        cells = _cells(image)
        if self._background is None or self._background.shape != cells.shape:
            self._background = cells
            return True
        changed = np.count_nonzero(np.abs(cells - self._background) > MOVED_BY)
        self._background += FOLLOW * (cells - self._background)
        return bool(changed >= FEWEST_CELLS)


def _cells(image: np.ndarray) -> np.ndarray:
    """The green channel as a grid of means, float32, `ACROSS` cells wide."""
    height, width = image.shape[:2]
    step = max(1, width // (ACROSS * 4))  # 4 x 4 pixels make a mean; more would cost without telling more
    thinned = np.ascontiguousarray(image[::step, ::step, 1])
    return cv2.resize(thinned, (ACROSS, max(1, ACROSS * height // width)), interpolation=cv2.INTER_AREA).astype(np.float32)
