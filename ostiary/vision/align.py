"""Five points of a face to the upright crop that ArcFace-like encoders take."""

from __future__ import annotations

import cv2
import numpy as np

CROP_PX = 112

ARCFACE_POINTS = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]],
    np.float32,
)
"""Where the five points (order as in `Detection.landmarks`) lie in a crop of 112 pixels; from insightface, MIT licence."""


def similarity(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The turn, scale and shift, as a (2, 3) matrix, that brings `points` nearest to `target` (least squares).

    Umeyama's method (1991), which in the plane is division of complex numbers; without mirroring.
    """
    a = points[:, 0] + 1j * points[:, 1]
    b = target[:, 0] + 1j * target[:, 1]
    from_a, to_b = a - a.mean(), b - b.mean()
    spread = np.vdot(from_a, from_a).real
    turn = np.vdot(from_a, to_b) / spread if spread > 0 else 1.0  # all points in one place say nothing of turn and scale
    shift = b.mean() - turn * a.mean()
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]], np.float64)


def crop(image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The face upright in 112 x 112 pixels; black where it reaches beyond the image."""
    return warped(image, similarity(landmarks, ARCFACE_POINTS), CROP_PX)


def warped(image: np.ndarray, matrix: np.ndarray, side: int, border: int = cv2.BORDER_CONSTANT) -> np.ndarray:
    """The square of `side` pixels that `matrix`, a turn, scale and shift, brings out of the image."""
    shrink = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if shrink < 0.5:
        image, matrix = _shrunk(image, matrix, shrink, side)
    return cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=border)


def _shrunk(image: np.ndarray, matrix: np.ndarray, shrink: float, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Only the part in question, averaged to about the crop's scale: plain sampling of a large face would skip pixels."""
    back = cv2.invertAffineTransform(matrix)
    corners = np.array([[0, 0, 1], [side, 0, 1], [0, side, 1], [side, side, 1]]) @ back.T
    height, width = image.shape[:2]
    x1, y1 = np.clip(np.floor(corners.min(axis=0)) - 2, 0, (width - 1, height - 1)).astype(int)
    x2, y2 = np.clip(np.ceil(corners.max(axis=0)) + 2, (x1 + 1, y1 + 1), (width, height)).astype(int)
    part = image[y1:y2, x1:x2]
    small_w, small_h = max(1, round(part.shape[1] * shrink)), max(1, round(part.shape[0] * shrink))
    small = cv2.resize(part, (small_w, small_h), interpolation=cv2.INTER_AREA)
    fx, fy = part.shape[1] / small_w, part.shape[0] / small_h
    # pixel centres: x in the small picture lies at (x + 0.5) * fx - 0.5 + x1 in the large one
    to_large = np.array([[fx, 0, 0.5 * fx - 0.5 + x1], [0, fy, 0.5 * fy - 0.5 + y1], [0, 0, 1]])
    return small, matrix @ to_large
