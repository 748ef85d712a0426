"""A face with its eyes closed: lids painted over them."""

from __future__ import annotations

import cv2
import numpy as np

EYES = ((33, 133), (362, 263))
"""The corners of the eye on image left and of the other, of the 468 landmarks."""


def with_lids(image: np.ndarray, landmarks468: np.ndarray, sides: tuple[int, ...] = (0, 1)) -> np.ndarray:
    """Each eye painted over with the skin below it, and a line for the lashes."""
    shut = image.copy()
    for side in sides:
        left, right = landmarks468[list(EYES[side]), :2]
        middle, half = (left + right) / 2, np.linalg.norm(right - left) / 2
        skin = tuple(int(value) for value in image[int(middle[1] + 1.2 * half), int(middle[0])])
        at = tuple(int(value) for value in middle)
        cv2.ellipse(shut, at, (int(1.05 * half), int(0.7 * half)), 0, 0, 360, skin, -1)
        cv2.ellipse(shut, at, (int(half), int(0.25 * half)), 0, 0, 180, (20, 20, 30), max(1, int(half / 8)))
    return cv2.GaussianBlur(shut, (0, 0), 1)
