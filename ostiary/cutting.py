"""Cutting a face out of its frame, with enough around it that a detector finds it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from ostiary.domain import Box

_AROUND = 0.6  # of the face's longer side, on each side of it


def cut(image: np.ndarray, box: Box) -> np.ndarray:
    """A copy: the frame itself must not be held."""
    x1, y1, x2, y2 = box
    margin = round(_AROUND * max(x2 - x1, y2 - y1))
    height, width = image.shape[:2]
    return image[max(0, y1 - margin) : min(height, y2 + margin), max(0, x1 - margin) : min(width, x2 + margin)].copy()
