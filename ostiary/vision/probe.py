"""A close look at faces: is each fit to be judged, and what is the encoding of those that are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ostiary.domain import Detection, Encoder, Probe
from ostiary.vision.align import face_of
from ostiary.vision.quality import assess


class Prober:
    def __init__(self, encoder: Encoder, min_face_px: int):
        self._encoder = encoder
        self._min_face_px = min_face_px

    def probe(self, image: np.ndarray, detections: Sequence[Detection]) -> list[Probe]:
        """One probe per detection, in order; only usable faces are encoded."""
        crops = [self._encoder.align(image, detection) for detection in detections]
        qualities = [
            assess(image.shape, detection, face_of(crop), self._min_face_px) for detection, crop in zip(detections, crops, strict=True)
        ]
        usable = [crop for crop, quality in zip(crops, qualities, strict=True) if quality.usable]
        encodings = iter(self._encoder.encode(usable) if usable else ())
        return [Probe(d, quality, next(encodings) if quality.usable else None) for d, quality in zip(detections, qualities, strict=True)]
