"""SFace: the weights dequantised in our cache beside the int8 file as it is shipped, one face, one thread."""

from __future__ import annotations

import numpy as np
import onnxruntime

from bench.faces import MODELS
from bench.timing import compare
from ostiary.assets import fetch
from ostiary.vision.session import OrtSession
from ostiary.vision.weights import WEIGHTS, ready


def measure() -> dict[str, float]:
    crop = np.random.default_rng(0).integers(0, 255, (1, 3, 112, 112)).astype(np.float32)
    ours = OrtSession(ready("sface", MODELS), threads=1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    shipped = onnxruntime.InferenceSession(fetch(WEIGHTS["sface"].asset, MODELS), options, providers=["CPUExecutionProvider"])
    # The shipped file declares weights as inputs that nothing uses; they get zeros.
    feed = {value.name: crop if value.name == "data" else np.zeros(value.shape, np.float32) for value in shipped.get_inputs()}
    ours_ms, shipped_ms, ratio = compare(lambda: ours.run({"data": crop}), lambda: shipped.run(None, feed), 15)
    return {"dequantised_ms": ours_ms, "shipped_int8_ms": shipped_ms, "times_faster": ratio}
