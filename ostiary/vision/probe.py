"""A close look at faces: is each fit to be judged, and what is the encoding of those that are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ostiary.domain import Detection, Encoder, Probe, Quality
from ostiary.vision import align
from ostiary.vision.clarity import encode_clearly
from ostiary.vision.landmarks import FivePoints
from ostiary.vision.quality import assess, clarified, unseen, with_eyes


class Prober:
    """Judges by one crop and one set of points whatever the encoder takes, so that a gate is the same for all of them.

    `locate` gives the five points of a face that a detector found without, `eyes_open` how far its eyes are open, or None
    where that cannot be told.
    """

    def __init__(
        self,
        encoder: Encoder,
        min_face_px: int,
        locate: FivePoints | None = None,
        eyes_open: Callable[[np.ndarray, Detection], tuple[float, float] | None] = lambda image, detection: None,
    ):
        self._encoder = encoder
        self._min_face_px = min_face_px
        self._locate = locate
        self._eyes_open = eyes_open

    def probe(self, image: np.ndarray, detections: Sequence[Detection]) -> list[Probe]:
        """One probe per detection, in order; only usable faces are encoded."""
        return self._encoded(image, detections, [self._judged(image, self._pointed(image, d), d) for d in detections])

    def probe_to_enrol(self, image: np.ndarray, detections: Sequence[Detection]) -> list[Probe]:
        """The same, but closed eyes are not usable either."""
        return self._encoded(image, detections, [self._awake(image, d) for d in detections])

    def _encoded(self, image: np.ndarray, detections: Sequence[Detection], qualities: Sequence[Quality]) -> list[Probe]:
        crops = [self._encoder.align(image, d) for d, quality in zip(detections, qualities, strict=True) if quality.usable]
        encoded = iter(encode_clearly(self._encoder, crops) if crops else ())
        return [
            _probe(d, quality, *next(encoded)) if quality.usable else Probe(d, quality, None)
            for d, quality in zip(detections, qualities, strict=True)
        ]

    def _pointed(self, image: np.ndarray, detection: Detection) -> Detection | None:
        return self._locate.seen(image, detection) if self._locate else detection

    def _awake(self, image: np.ndarray, detection: Detection) -> Quality:
        seen = self._pointed(image, detection)
        quality = self._judged(image, seen, detection)
        gaps = self._eyes_open(image, seen) if seen and quality.usable else None
        return with_eyes(quality, gaps) if gaps else quality

    def _judged(self, image: np.ndarray, seen: Detection | None, detection: Detection) -> Quality:
        if seen is None or seen.landmarks is None:
            return unseen(detection)
        return assess(image.shape, seen, align.crop(image, seen.landmarks), self._min_face_px)


def _probe(detection: Detection, quality: Quality, encoding: np.ndarray, clarity: float | None) -> Probe:
    return Probe(detection, quality if clarity is None else clarified(quality, clarity), encoding)
