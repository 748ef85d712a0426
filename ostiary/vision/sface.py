"""SFace: 128 numbers per face, compared by cosine.

The network by Yaoyao Zhong and Weihong Deng (2021), as opencv_zoo ships it: RGB, 0 to 255, scaled inside the graph.
"""

from __future__ import annotations

import numpy as np

from ostiary.domain import Detection, Session
from ostiary.encoders import ENCODERS
from ostiary.vision import align
from ostiary.vision.landmarks import Locate

_DIM, _CLEAR = 7.0, 13.5
"""Lengths of encodings: of what is hardly a face, and of the clearest quarter of LFW's (the median there is 12.4)."""


class SFace:
    """`locate` gives the five points where the detection has none.

    `mirrored` also encodes the mirror image and takes the mean, another encoder by its id: it errs a little less, for
    twice the time.
    """

    def __init__(self, session: Session, locate: Locate, *, mirrored: bool = False):
        info = ENCODERS["sface-mirrored" if mirrored else "sface"]
        self.id, self.dim, self.metric = info.id, info.dim, info.metric
        self._session = session
        self._locate = locate
        self._mirrored = mirrored

    def align(self, image: np.ndarray, detection: Detection) -> np.ndarray:
        landmarks = self._locate(image, detection).landmarks
        assert landmarks is not None  # that is what `locate` is for
        return align.crop(image, landmarks)

    def encode(self, crops: list[np.ndarray]) -> np.ndarray:
        return self.encode_clearly(crops)[0]

    def encode_clearly(self, crops: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Encodings, and how clearly each face was seen: the length of what the network gives before it is cut to 1.

        One after the other: on a processor, together they are hardly faster and take 13 MB more for each.
        """
        encodings, lengths = np.empty((len(crops), self.dim), np.float32), np.empty(len(crops), np.float32)
        for row, crop in enumerate(crops):
            encodings[row], lengths[row] = self._encoded(crop)
            if self._mirrored:
                encodings[row] += self._encoded(crop[:, ::-1])[0]
        clarity = np.clip((lengths - _DIM) / (_CLEAR - _DIM), 0, 1)
        return encodings / np.linalg.norm(encodings, axis=1, keepdims=True), clarity

    def _encoded(self, crop: np.ndarray) -> tuple[np.ndarray, float]:
        encoding = self._session.run({"data": _blob(crop)})[0][0]
        length = float(np.linalg.norm(encoding))
        return encoding / length, length


def _blob(crop: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(crop[None, :, :, ::-1].transpose(0, 3, 1, 2), np.float32)
