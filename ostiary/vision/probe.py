"""A close look at faces: is each fit to be judged, and what is the encoding of those that are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ostiary.domain import Detection, Encoder, Probe, Quality
from ostiary.vision import align
from ostiary.vision.clarity import encode_clearly
from ostiary.vision.landmarks import FivePoints
from ostiary.vision.quality import assess, clarified, unseen


class Prober:
    """Judges by one crop and one set of points whatever the encoder takes, so that a gate is the same for all of them.

    `locate` gives the five points of a face that a detector found without.
    """

    def __init__(self, encoder: Encoder, min_face_px: int, locate: FivePoints | None = None):
        self._encoder = encoder
        self._min_face_px = min_face_px
        self._locate = locate

    def probe(self, image: np.ndarray, detections: Sequence[Detection]) -> list[Probe]:
        """One probe per detection, in order; only usable faces are encoded."""
        qualities = [self._judged(image, detection) for detection in detections]
        crops = [self._encoder.align(image, d) for d, quality in zip(detections, qualities, strict=True) if quality.usable]
        encoded = iter(encode_clearly(self._encoder, crops) if crops else ())
        return [
            _probe(d, quality, *next(encoded)) if quality.usable else Probe(d, quality, None)
            for d, quality in zip(detections, qualities, strict=True)
        ]

    def _judged(self, image: np.ndarray, detection: Detection) -> Quality:
        seen = self._locate.seen(image, detection) if self._locate else detection
        if seen is None or seen.landmarks is None:
            return unseen(detection)
        return assess(image.shape, seen, align.crop(image, seen.landmarks), self._min_face_px)


def _probe(detection: Detection, quality: Quality, encoding: np.ndarray, clarity: float | None) -> Probe:
    return Probe(detection, quality if clarity is None else clarified(quality, clarity), encoding)
