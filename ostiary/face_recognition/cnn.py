"""dlib's CNN detector as `face_recognition` calls it: RGB or grey pictures in, dlib's rectangles out, at any size."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ostiary.domain import Detection, Session
from ostiary.face_recognition.dlib_parts import dlib
from ostiary.face_recognition.networks import Means
from ostiary.face_recognition.pixels import as_rgb
from ostiary.vision.mmod import Mmod
from ostiary.vision.session import OrtSession
from ostiary.vision.weights import ready


@dataclass(frozen=True, slots=True)
class CnnFace:
    """As dlib's `mmod_rectangle`, which Python cannot make."""

    rect: dlib.rectangle
    confidence: float


class CnnDetector:
    def __init__(self, session: Session):
        self._session = session

    def __call__(
        self, images: np.ndarray | list[np.ndarray], upsample_num_times: int = 0, batch_size: int = 128
    ) -> list[CnnFace] | list[list[CnnFace]]:
        """The faces of a picture, or of each picture in a list; `batch_size` is dlib's, which needs it."""
        detect = Mmod(self._session, upsample_num_times, most_px=math.inf)
        if isinstance(images, np.ndarray):
            return _faces(detect, images)
        return [_faces(detect, image) for image in images]


def open_cnn(means: Means) -> CnnDetector:
    return CnnDetector(OrtSession(ready("dlib_mmod", means.models_dir), means.provider, means.threads))


def _faces(detect: Mmod, image: np.ndarray) -> list[CnnFace]:
    return [_told(found) for found in detect(as_rgb(image)[:, :, ::-1])]


def _told(found: Detection) -> CnnFace:
    return CnnFace(dlib.rectangle(*found.box), found.score)
