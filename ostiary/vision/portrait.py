"""The part of an enrolment photo that is worth keeping: the face and what a detector needs round it, nobody else."""

from __future__ import annotations

import cv2
import numpy as np

from ostiary.domain import Box
from ostiary.vision.image import encode_jpeg

_AROUND = 1.0  # of the face's longer side, on each side of it
_LONGEST_PX = 1280
_QUALITY = 95


def portrait(image: np.ndarray, box: Box) -> bytes:
    """A JPEG of the face in `box` and its surroundings, at most 1,280 pixels long."""
    height, width = image.shape[:2]
    x1, y1, x2, y2 = box
    margin = round(_AROUND * max(x2 - x1, y2 - y1))
    cut = image[max(0, y1 - margin) : min(height, y2 + margin), max(0, x1 - margin) : min(width, x2 + margin)]
    scale = _LONGEST_PX / max(cut.shape[:2])
    if scale < 1:
        cut = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return encode_jpeg(cut, _QUALITY)
