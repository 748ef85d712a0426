"""A portrait on paper, held before a camera and moved: drawn as a pinhole camera sees a plane."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from ostiary.domain import Detection


def moving_print(
    portrait: np.ndarray, face: Detection, frames: int, *, face_px: int = 130, tilt: float = 20, fps: float = 15
) -> Iterator[np.ndarray]:
    """Frames of 640x480 in which a print of `portrait`, cut out round `face`, moves about and tilts up to `tilt` degrees."""
    x1, y1, x2, y2 = face.box
    around = x2 - x1
    part = portrait[max(0, y1 - around) : y2 + around, max(0, x1 - around) : x2 + around]
    paper = cv2.resize(part, None, fx=face_px / around, fy=face_px / around, interpolation=cv2.INTER_AREA)
    height, width = paper.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    noise = np.random.default_rng(1)
    room = cv2.GaussianBlur(noise.integers(60, 200, (480, 640, 3)).astype(np.uint8), (0, 0), 15)
    for number in range(frames):
        now = number / fps
        turns = np.deg2rad([0.7 * tilt * np.sin(0.9 * now + 1), tilt * np.sin(1.3 * now), 8 * np.sin(0.7 * now)])
        middle = np.array([60 * np.sin(1.6 * now), 24 * np.sin(1.1 * now + 2), 600 + 60 * np.sin(0.6 * now)])
        flat = np.column_stack([corners - (width / 2, height / 2), np.zeros(4)])
        seen = flat @ cv2.Rodrigues(turns)[0].T + middle
        on_frame = (seen[:, :2] / seen[:, 2:] * 600 + (320, 240)).astype(np.float32)
        frame = room.copy()
        cv2.warpPerspective(paper, cv2.getPerspectiveTransform(corners, on_frame), (640, 480), dst=frame, borderMode=cv2.BORDER_TRANSPARENT)
        yield np.clip(frame + noise.normal(0, 4, frame.shape), 0, 255).astype(np.uint8)
