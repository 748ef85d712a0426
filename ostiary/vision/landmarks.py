"""The five points of a face whose detector gives only a box."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ostiary.domain import Box, Detect, Detection
from ostiary.vision.boxes import overlap
from ostiary.vision.scale import resized

Locate = Callable[[np.ndarray, Detection], Detection]

_CROP_PX = 160
_AROUND = 0.6  # of the box's longer side, added on each side

_USUAL_PLACES = np.array([[0.278, 0.286], [0.689, 0.279], [0.480, 0.527], [0.317, 0.714], [0.669, 0.718]], np.float32)
"""Medians of where YuNet sees the points in the boxes of dlib's HOG detector (119 faces of LFW), as shares of the box."""


class FivePoints:
    """Looks for the points with `detect`, a detector that gives them, in the surroundings of the box.

    Where it sees no face there, the points are assumed where they usually are; good enough for a frontal face, as
    the boxes of HOG are.
    """

    def __init__(self, detect: Detect):
        self._detect = detect

    def __call__(self, image: np.ndarray, detection: Detection) -> Detection:
        if detection.landmarks is not None:
            return detection
        seen = self.seen(image, detection)
        return replace(detection, landmarks=_usual_places(detection.box) if seen is None else seen.landmarks)

    def seen(self, image: np.ndarray, detection: Detection) -> Detection | None:
        """With the points and the score of the detector that looks for them; None where that sees no face in the box."""
        if detection.landmarks is not None:
            return detection
        box = detection.box
        left, top, right, bottom = _surroundings(box, image.shape)
        scale = _CROP_PX / max(right - left, bottom - top)
        crop = resized(image[top:bottom, left:right], max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
        x1, y1, x2, y2 = (round((value - start) * scale) for value, start in zip(box, (left, top, left, top), strict=True))
        faces = [face for face in self._detect(crop) if _is_same(face.box, (x1, y1, x2, y2))]
        best = max(faces, key=lambda face: overlap(face.box, (x1, y1, x2, y2)), default=None)
        if best is None or best.landmarks is None:
            return None
        return replace(detection, score=best.score, landmarks=(best.landmarks / scale + [left, top]).astype(np.float32))


def open_five_points(models_dir: Path, provider: str = "cpu", threads: int = 0) -> FivePoints:
    """With YuNet. Raises ModelError."""
    from ostiary.vision.session import OrtSession
    from ostiary.vision.weights import ready
    from ostiary.vision.yunet import YuNet

    return FivePoints(YuNet(OrtSession(ready("yunet", models_dir), provider, threads)))


def _usual_places(box: Box) -> np.ndarray:
    return _USUAL_PLACES * np.array([box[2] - box[0], box[3] - box[1]], np.float32) + np.array(box[:2], np.float32)


def _surroundings(box: Box, shape: tuple[int, ...]) -> Box:
    """The box with some room on each side, as far as it is in the picture; at least one pixel of that."""
    x1, y1, x2, y2 = box
    room = round(max(x2 - x1, y2 - y1) * _AROUND)
    left, top = min(max(x1 - room, 0), shape[1] - 1), min(max(y1 - room, 0), shape[0] - 1)
    return left, top, max(left + 1, min(x2 + room, shape[1])), max(top + 1, min(y2 + room, shape[0]))


def _is_same(found: Box, box: Box) -> bool:
    """Whether at least a third of either box lies in the other; detectors draw boxes of different shapes."""
    shared = overlap(found, box)
    return all(3 * shared >= (b[2] - b[0]) * (b[3] - b[1]) for b in (found, box))
