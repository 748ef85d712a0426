"""The CNN detector: our ONNX graph beside dlib's own network, a 320 x 240 frame, one thread."""

from __future__ import annotations

import cv2
import dlib
import numpy as np

from bench.faces import MODELS, demo_frames
from bench.timing import compare
from ostiary.assets import fetch
from ostiary.vision.mmod import open_mmod
from ostiary.vision.weights import WEIGHTS


def measure() -> dict[str, float]:
    frame = cv2.resize(demo_frames(1, start_s=4)[0], (320, 240), interpolation=cv2.INTER_AREA)
    rgb = np.ascontiguousarray(frame[:, :, ::-1])
    ours = open_mmod(MODELS, threads=1)
    theirs = dlib.cnn_face_detection_model_v1(str(fetch(WEIGHTS["dlib_mmod"].asset, MODELS)))
    ours_ms, theirs_ms, ratio = compare(lambda: ours(frame), lambda: theirs(rgb, 0), 7)
    return {"ours_ms": ours_ms, "dlib_ms": theirs_ms, "times_faster": ratio}
