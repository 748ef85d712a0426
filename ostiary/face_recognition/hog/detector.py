"""dlib's HOG detector as `face_recognition` calls it, and for several threads."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np

from ostiary.errors import ModelError
from ostiary.face_recognition.dlib_parts import dlib
from ostiary.face_recognition.hog.finder import LEAST_SCORE, candidates
from ostiary.face_recognition.hog.pyramid import Pyramid, pyramid_of
from ostiary.face_recognition.hog.scanner import Scanner, open_scanner
from ostiary.face_recognition.hog.search import Search
from ostiary.face_recognition.hog.spares import Spares
from ostiary.face_recognition.networks import Means
from ostiary.vision.session import OrtSession
from ostiary.vision.weights import ready
from ostiary.vision.yunet import YuNet

log = logging.getLogger(__name__)

_SMALL_PX = 200 * 200  # dlib itself is as quick
_FACE_COSTS_PX = 50_000  # dlib looks at as much in the time that one candidate takes


class HogDetector:
    """dlib's boxes. Looks only where YuNet sees a face, so what dlib takes for one and is none may be missing. Without YuNet or
    scanner, and for very small pictures and crowds, dlib looks everywhere."""

    def __init__(self, whole: dlib.fhog_object_detector, see: YuNet | None = None, scanner: Scanner | None = None):
        self._see, self._scanner = see, scanner
        self._spares = Spares(dlib.get_frontal_face_detector, whole)

    def __call__(self, image: np.ndarray, upsample_num_times: int = 0) -> dlib.rectangles:
        if self._see and self._scanner and (pyramid := _pyramid(image, upsample_num_times)):
            image = np.ascontiguousarray(image)
            height, width = pyramid.size(0)
            seen = candidates(self._see, image, upsample_num_times)
            if len(seen) * _FACE_COSTS_PX < height * width:
                found = dlib.rectangles()
                for box in Search(self._scanner, image, pyramid).faces(seen):
                    found.append(dlib.rectangle(*box))
                return found
        with self._spares.lent() as detector:
            return detector(image, upsample_num_times)

    def run(self, image: np.ndarray, upsample_num_times: int = 0, adjust_threshold: float = 0.0) -> tuple[Any, Any, Any]:
        """(rectangles, scores, which of dlib's five detectors found them), from dlib itself."""
        with self._spares.lent() as detector:
            return detector.run(image, upsample_num_times, adjust_threshold)


def _pyramid(image: np.ndarray, doublings: int) -> Pyramid | None:
    """None for what dlib should refuse, and what is too small to be worth looking at twice."""
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or image.shape[2:] not in ((), (3,)):
        return None
    height, width = image.shape[:2]
    if height * width << 2 * doublings < _SMALL_PX:
        return None
    return pyramid_of(height, width, doublings)


def open_hog(means: Means) -> HogDetector:
    whole = dlib.get_frontal_face_detector()
    try:
        see = YuNet(OrtSession(ready("yunet", means.models_dir), means.provider, means.threads), LEAST_SCORE)
        return HogDetector(whole, see, open_scanner(whole))
    except ModelError as error:
        log.warning("HOG looks everywhere, which takes long: %s", error)
        return HogDetector(whole)
