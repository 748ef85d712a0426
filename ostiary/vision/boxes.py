"""Boxes that mean the same face, sorted out."""

from __future__ import annotations

from ostiary.domain import Box, Detection


def best_of_each(detections: list[Detection], contained: float = 0.5) -> list[Detection]:
    """Highest score first, without those that share more than `contained` of the smaller of two boxes with a better one.

    Measured by the smaller box, as the same face, looked at in two scales, may be found once whole and once in part.
    """
    kept: list[Detection] = []
    for detection in sorted(detections, key=lambda d: -d.score):
        if all(_shared(detection, other) <= contained for other in kept):
            kept.append(detection)
    return kept


def overlap(a: Box, b: Box) -> int:
    """Pixels that both boxes cover."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return max(0, width) * max(0, height)


def _shared(a: Detection, b: Detection) -> float:
    return overlap(a.box, b.box) / max(1, min(a.area, b.area))
