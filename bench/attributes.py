"""What each optional attribute adds for one face, its crop included, on one thread."""

from __future__ import annotations

import sys

from bench.faces import MODELS, portraits
from bench.timing import median_ms
from ostiary.errors import ModelError
from ostiary.vision.attributes.read import NAMES, AttributeReader
from ostiary.vision.detect import open_detector, thorough
from ostiary.vision.image import load


def measure() -> dict[str, float]:
    image = load(portraits()["obama.jpg"], 40e6)
    face = max(thorough(open_detector("yunet", MODELS, threads=1))(image), key=lambda found: found.area)
    reader = AttributeReader(MODELS, threads=1)
    figures = {}
    for name in NAMES:
        try:
            figures[f"{name}_ms"] = median_ms(lambda name=name: reader.read(image, [face], [name]), 30)  # type: ignore[misc]
        except ModelError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    return figures
