"""What a look at one face costs with each encoder, cutting it out included: one thread."""

from __future__ import annotations

from collections.abc import Callable

from bench.faces import MODELS, portraits
from bench.timing import median_ms
from ostiary.encoders import ENCODERS
from ostiary.vision.detect import open_detector
from ostiary.vision.encode import open_encoder
from ostiary.vision.image import load


def measure() -> dict[str, float]:
    return {f"{name}_ms": median_ms(_look_with(name), 15) for name in ENCODERS}


def _look_with(name: str) -> Callable[[], object]:
    image, encoder = load(portraits()["obama.jpg"], 40e6), open_encoder(name, MODELS, threads=1)
    face = open_detector("yunet", MODELS)(image)[0]
    return lambda: encoder.encode([encoder.align(image, face)])
