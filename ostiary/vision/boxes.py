"""Boxes that mean the same face, sorted out."""

from __future__ import annotations

import numpy as np

from ostiary.domain import Box, Detection


def best_of_each(detections: list[Detection], contained: float = 0.5) -> list[Detection]:
    """Highest score first, without those that share more than `contained` of the smaller of two boxes with a better one.

    Measured by the smaller box, as the same face, looked at in two scales, may be found once whole and once in part.
    """
    ordered = sorted(detections, key=lambda d: -d.score)
    boxes = np.array([detection.box for detection in ordered], np.int64).reshape(-1, 4)
    areas = np.array([detection.area for detection in ordered], np.int64)
    kept: list[Detection] = []
    left = np.arange(len(ordered))
    while len(left):  # all that are left at once: a picture made of thousands of faces would take half a minute pair by pair
        best, left = left[0], left[1:]
        kept.append(ordered[best])
        sides = np.minimum(boxes[left, 2:], boxes[best, 2:]) - np.maximum(boxes[left, :2], boxes[best, :2])
        shared = np.clip(sides, 0, None).prod(axis=1) / np.maximum(1, np.minimum(areas[left], areas[best]))
        left = left[shared <= contained]
    return kept


def overlap(a: Box, b: Box) -> int:
    """Pixels that both boxes cover."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return max(0, width) * max(0, height)
