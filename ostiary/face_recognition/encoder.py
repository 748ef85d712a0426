"""dlib's encoder as `face_recognition` calls it: a picture and landmarks in, 128 numbers of each face out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ostiary.domain import Session
from ostiary.face_recognition.dlib_parts import dlib
from ostiary.face_recognition.networks import Means
from ostiary.face_recognition.pixels import as_rgb
from ostiary.vision.dlib_resnet import CHIP_PX, encodings_of
from ostiary.vision.session import OrtSession
from ostiary.vision.weights import ready


class Encoder:
    """dlib's `jitter_image` draws from the process's own random numbers, which begin where those of a newly loaded
    `face_recognition_model_v1` do. So the same calls in the same order give what dlib gives, and what nobody repeats by
    calling again."""

    def __init__(self, session: Session):
        self._session = session

    def compute_face_descriptor(
        self,
        img: np.ndarray,
        face: dlib.full_object_detection | Sequence[dlib.full_object_detection],
        num_jitters: int = 0,
        padding: float = 0.25,
    ) -> np.ndarray:
        """Of one face (128), or of each of several (faces, 128)."""
        if isinstance(face, dlib.full_object_detection):
            return self._encodings(img, [face], num_jitters, padding)[0]
        return self._encodings(img, face, num_jitters, padding)

    def _encodings(self, img: np.ndarray, faces: Sequence[dlib.full_object_detection], num_jitters: int, padding: float) -> np.ndarray:
        rgb = as_rgb(img)
        chips = [dlib.get_face_chip(rgb, face, size=CHIP_PX, padding=padding) for face in faces]
        if num_jitters <= 1:
            return self._encoded(chips)
        means = [self._encoded(dlib.jitter_image(chip, num_jitters)).mean(axis=0) for chip in chips]
        return np.array(means).reshape(len(chips), -1)

    def _encoded(self, chips: Sequence[np.ndarray]) -> np.ndarray:
        return encodings_of(self._session, [chip[:, :, ::-1] for chip in chips]).astype(np.float64)


def open_encoder(means: Means) -> Encoder:
    return Encoder(OrtSession(ready("dlib_resnet", means.models_dir), means.provider, means.threads))
