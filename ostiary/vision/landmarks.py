"""The five points of a face whose detector gives only a box."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from ostiary.domain import Box, Detect, Detection
from ostiary.vision.boxes import overlap

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
        return replace(detection, landmarks=self._looked_up(image, detection.box))

    def _looked_up(self, image: np.ndarray, box: Box) -> np.ndarray:
        left, top, side = _surroundings(box)
        scale = _CROP_PX / side
        matrix = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]], np.float64)
        crop = cv2.warpAffine(image, matrix, (_CROP_PX, _CROP_PX), flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        x1, y1, x2, y2 = (round(float(value)) for value in (np.array(box) - [left, top, left, top]) * scale)
        faces = [face for face in self._detect(crop) if _is_same(face.box, (x1, y1, x2, y2))]
        best = max(faces, key=lambda face: overlap(face.box, (x1, y1, x2, y2)), default=None)
        if best is None or best.landmarks is None:
            return _USUAL_PLACES * np.array([box[2] - box[0], box[3] - box[1]], np.float32) + np.array(box[:2], np.float32)
        return (best.landmarks / scale + [left, top]).astype(np.float32)


def _surroundings(box: Box) -> tuple[float, float, float]:
    """Left, top and side of a square round the box."""
    x1, y1, x2, y2 = box
    longer = max(x2 - x1, y2 - y1, 1)
    side = longer * (1 + 2 * _AROUND)
    return (x1 + x2 - side) / 2, (y1 + y2 - side) / 2, side


def _is_same(found: Box, box: Box) -> bool:
    """Whether at least a third of either box lies in the other; detectors draw boxes of different shapes."""
    shared = overlap(found, box)
    return all(3 * shared >= (b[2] - b[0]) * (b[3] - b[1]) for b in (found, box))
