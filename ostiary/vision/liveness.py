"""Is it a living face, or a picture of one? The passive check: one network, one look.

MiniFASNetV2-SE, trained on CelebA-Spoof by johnraivenolazo (face-antispoof-onnx). It takes a square of 1.5 times the
face's longer side, mirrored beyond the picture's edge, RGB, 0 to 1. Prints and screens that a camera has taken show
themselves by texture; on 294 photographs that it had not been trained on (16 of them spoofs) it ranked 98 of 100 pairs
rightly. It cannot tell a picture that was never printed or shown, such as a file fed in as a camera.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ostiary.domain import Detection, Session
from ostiary.vision.session import OrtSession
from ostiary.vision.weights import ready

SIDE_PX = 128
AROUND = 1.5
"""The square's side in longer sides of the box; from 1.3 to 1.8 it made little difference."""


class Liveness:
    """Used by any number of threads."""

    def __init__(self, session: Session, name: str = "input"):
        self._session, self._name = session, name

    def __call__(self, image: np.ndarray, detection: Detection) -> float:
        """How surely the face lives, 0 to 1."""
        blob = surroundings(image, detection)[None, :, :, ::-1].transpose(0, 3, 1, 2)
        live, spoof = self._session.run({self._name: np.ascontiguousarray(blob, np.float32) / 255})[0][0]
        return float(1 / (1 + np.exp(np.clip(spoof - live, -50, 50))))


def open_liveness(models_dir: Path, provider: str = "cpu", threads: int = 0) -> Liveness:
    """Raises ModelError where the weights cannot be had."""
    session = OrtSession(ready("liveness", models_dir), provider, threads)
    return Liveness(session, session.inputs[0])


def surroundings(image: np.ndarray, detection: Detection) -> np.ndarray:
    """The face and what is around it, a BGR square of `SIDE_PX`."""
    x1, y1, x2, y2 = detection.box
    side = max(2, round(AROUND * max(x2 - x1, y2 - y1)))
    left, top = round((x1 + x2 - side) / 2), round((y1 + y2 - side) / 2)
    height, width = image.shape[:2]
    part = image[max(0, top) : max(0, min(height, top + side)), max(0, left) : max(0, min(width, left + side))]
    if part.size == 0:
        return np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)  # the box lies outside the picture: nothing that lives
    beyond = (max(0, -top), max(0, top + side - height), max(0, -left), max(0, left + side - width))
    square = cv2.copyMakeBorder(part, *beyond, cv2.BORDER_REFLECT_101)
    return cv2.resize(square, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA if side > SIDE_PX else cv2.INTER_LINEAR)
