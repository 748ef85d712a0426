"""The five points of faces, and a box of the usual shape for those whose detector gave no points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from ostiary.domain import Attributes, Detection
from ostiary.vision.align import ARCFACE_POINTS, similarity
from ostiary.vision.landmarks import FivePoints

_BOX_CENTRE, _BOX_HEIGHT = np.array([55.4, 66.4]), 107.2
"""Of YuNet's boxes, in ArcFace's crop of 112 pixels: medians of 300 faces of LFW. The crops of all networks here are tuned on them."""


class Located:
    """Faces with points and YuNet's kind of box. `open_points` is called when a face without points comes."""

    def __init__(self, open_points: Callable[[], FivePoints]):
        self._open_points = open_points

    def __call__(self, image: np.ndarray, face: Detection) -> Detection:
        if face.landmarks is not None:
            return face
        found = self._open_points()(image, face)
        assert found.landmarks is not None  # that is what it is for
        to_image = cv2.invertAffineTransform(similarity(found.landmarks, ARCFACE_POINTS))
        x, y = to_image[:, :2] @ _BOX_CENTRE + to_image[:, 2]
        half = _BOX_HEIGHT * float(np.hypot(*to_image[:, 0])) / 2
        return replace(found, box=(round(x - half), round(y - half), round(x + half), round(y + half)))


def read_five_points(image: np.ndarray, faces: list[Detection]) -> list[Attributes]:
    return [Attributes(landmarks5=face.landmarks) for face in faces]


def open_five_points(models_dir: Path, provider: str, threads: int) -> Callable[[np.ndarray, list[Detection]], list[Attributes]]:
    """They come with the located face."""
    return read_five_points
