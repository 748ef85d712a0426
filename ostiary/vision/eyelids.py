"""How far the eyes of a face in a film are open: the measurement that the blink challenge needs. 15 ms on one core."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ostiary.domain import Detection
from ostiary.vision.attributes.mesh import EyesOpen, open_eyes_open


class Eyelids:
    """Used by any number of threads."""

    def __init__(self, eyes_open: EyesOpen):
        self._eyes_open = eyes_open

    def __call__(self, image: np.ndarray, detection: Detection) -> tuple[float, float]:
        """As `Attributes.eyes_open` has it."""
        (seen,) = self._eyes_open(image, [detection])
        assert seen.eyes_open is not None  # that is what it is for
        return seen.eyes_open


def open_eyelids(models_dir: Path, provider: str = "cpu", threads: int = 0) -> Eyelids:
    """Raises ModelError where the weights cannot be had."""
    return Eyelids(open_eyes_open(models_dir, provider, threads))
