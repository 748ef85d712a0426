"""The dlib encoder: our ONNX graph beside dlib's own network, one face, one thread."""

from __future__ import annotations

import dlib
import numpy as np

from bench.faces import MODELS, portraits
from bench.timing import compare
from ostiary.assets import fetch
from ostiary.vision.dlib_resnet import open_dlib_resnet
from ostiary.vision.hog import open_hog
from ostiary.vision.image import load
from ostiary.vision.weights import WEIGHTS


def measure() -> dict[str, float]:
    image = load(portraits()["obama.jpg"], 40e6)
    encoder = open_dlib_resnet(MODELS, threads=1)
    chip = encoder.align(image, open_hog()(image)[0])
    rgb = np.ascontiguousarray(chip[:, :, ::-1])
    theirs = dlib.face_recognition_model_v1(str(fetch(WEIGHTS["dlib_resnet"].asset, MODELS)))
    difference = np.abs(encoder.encode([chip])[0] - np.array(theirs.compute_face_descriptor(rgb))).max()
    ours_ms, theirs_ms, ratio = compare(lambda: encoder.encode([chip]), lambda: theirs.compute_face_descriptor(rgb), 15)
    return {"ours_ms": ours_ms, "dlib_ms": theirs_ms, "times_faster": ratio, "largest_difference": float(difference)}
