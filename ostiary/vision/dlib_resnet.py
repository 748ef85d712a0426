"""The face encoder of dlib: 128 numbers that mean the same as `face_recognition`'s with its small (5-point) model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ostiary.domain import Box, Detection, Encoder, Session
from ostiary.encoders import ENCODERS
from ostiary.errors import MissingExtra, ModelError
from ostiary.vision.session import OrtSession
from ostiary.vision.weights import ready

try:
    import dlib
except ModuleNotFoundError as e:
    raise MissingExtra("dlib", "ENCODER=dlib") from e

CHIP_PX = 150
_PADDING = 0.25
_BATCH = 16  # chips at once: more are no faster, and take memory


class DlibResnet:
    """`points` is dlib's 5-point predictor: it is shown the box, and the chip is cut by what it finds.

    A detection without landmarks is one of dlib's detectors' (hog, cnn), whose boxes the predictor was trained on. One
    with landmarks is YuNet's, whose boxes are moved to where dlib's would be: without that, encodings lie 0.085 from those
    of the same faces found by HOG; with it 0.040, which is what moving HOG's own box by 3 pixels does as well (means over
    259 faces of LFW, 250 px wide; two people are about 0.83 apart).
    """

    def __init__(self, session: Session, points: dlib.shape_predictor):
        info = ENCODERS["dlib"]
        self.id, self.dim, self.metric = info.id, info.dim, info.metric
        self._session = session
        self._points = points

    def align(self, image: np.ndarray, detection: Detection) -> np.ndarray:
        box = detection.box if detection.landmarks is None else as_dlib_would(detection.box)
        rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        shape = self._points(rgb, dlib.rectangle(*box))
        return cv2.cvtColor(dlib.get_face_chip(rgb, shape, size=CHIP_PX, padding=_PADDING), cv2.COLOR_RGB2BGR)

    def encode(self, crops: list[np.ndarray]) -> np.ndarray:
        return encodings_of(self._session, crops)


def open_dlib_resnet(models_dir: Path, provider: str = "cpu", threads: int = 0) -> Encoder:
    session = OrtSession(ready("dlib_resnet", models_dir), provider, threads)
    return DlibResnet(session, open_predictor(ready("dlib_landmarks5", models_dir)))


def open_predictor(weights: Path) -> dlib.shape_predictor:
    """dlib's landmarks. Raises ModelError."""
    try:
        return dlib.shape_predictor(str(weights))
    except RuntimeError as e:
        raise ModelError(weights.name, f"dlib cannot read it: {e}") from e


def encodings_of(session: Session, chips: Sequence[np.ndarray]) -> np.ndarray:
    """(chips, 128) float32 of BGR chips, 150 pixels square."""
    encodings = np.empty((len(chips), ENCODERS["dlib"].dim), np.float32)
    for start in range(0, len(chips), _BATCH):
        encodings[start : start + _BATCH] = session.run({"input": np.stack(chips[start : start + _BATCH])})[0]
    return encodings


def as_dlib_would(box: Box) -> Box:
    """The square that HOG would put round a face in a box of YuNet. Medians over 259 faces of LFW; their exact values
    hardly matter (0.88 to 1.1 for the size gives encodings as near)."""
    x1, y1, x2, y2 = box
    size = math.sqrt(max(x2 - x1, 1) * max(y2 - y1, 1))
    centre_x, centre_y = (x1 + x2) / 2 + 0.03 * size, (y1 + y2) / 2 + 0.06 * size
    reach = 0.96 * size / 2
    return round(centre_x - reach), round(centre_y - reach), round(centre_x + reach), round(centre_y + reach)
