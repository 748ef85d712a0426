"""Two encoders as one: where one network takes a stranger for a resident, the other seldom does.

Of unit length and joined after weighting, two encodings have a cosine that is the weighted mean of theirs. So the search,
the rules and the gallery's file need to know nothing of there being two.
"""

from __future__ import annotations

import math

import numpy as np

from ostiary.domain import Crop, Detection, Encoder
from ostiary.encoders import ENCODERS
from ostiary.vision.sface import SFace

DLIB_SHARE = 0.63
"""Of the cosine. It looks large because dlib's cosines hardly differ: 0.94 to 1 is what it has for all faces. Measured
on LFW's development half, 0.5 to 0.7 do equally well."""


class Fusion:
    """A crop is a pair: one for each encoder."""

    def __init__(self, sface: SFace, dlib: Encoder):
        info = ENCODERS["fusion"]
        self.id, self.dim, self.metric = info.id, info.dim, info.metric
        self._sface, self._dlib = sface, dlib

    def align(self, image: np.ndarray, detection: Detection) -> Crop:
        return self._sface.align(image, detection), self._dlib.align(image, detection)

    def encode(self, crops: list[Crop]) -> np.ndarray:
        return self.encode_clearly(crops)[0]

    def encode_clearly(self, crops: list[Crop]) -> tuple[np.ndarray, np.ndarray]:
        sface, clarity = self._sface.encode_clearly([crop[0] for crop in crops])
        return joined(sface, self._dlib.encode([crop[1] for crop in crops])), clarity


def joined(sface: np.ndarray, dlib: np.ndarray, dlib_share: float = DLIB_SHARE) -> np.ndarray:
    """The encodings of both encoders, row by row, as this one's."""
    return np.hstack([math.sqrt(1 - dlib_share) * _unit(sface), math.sqrt(dlib_share) * _unit(dlib)]).astype(np.float32)


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
