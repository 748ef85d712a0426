"""How far the eyes of a face are open: for the blink challenge in a film, and for the picture that somebody is enrolled by.

It takes two networks, 12 ms on one core beside the 20 ms of a look, and both eyes shut are rare in a film: so the door, which
only waits for the next frame anyway, does not ask. With CHALLENGE=blink, where they run, closed eyes are just what is wanted,
and that asks for open ones itself, before and after. A picture somebody is enrolled by is judged once and serves for years.

Of 1,288 usable faces of Labeled Faces in the Wild (its development half, first pictures, seed 11), both eyes are narrower than
`quality.EYES_CLOSED` in 3, all of them shut, and narrower than `EYES_NARROW` in another 5: three shut or cast down, two laughing.
The refusal keeps well away from these, lest people with narrow eyes be sent home; they get a hint. SFace's distance to the
person's other pictures has a median of 0.40 below `EYES_NARROW` (14 pictures of people with several) and of 0.33 from 0.2 on.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ostiary.domain import Detection
from ostiary.errors import ModelError
from ostiary.vision.attributes.mesh import EyesOpen, open_eyes_open
from ostiary.vision.weights import at_hand

log = logging.getLogger(__name__)


class Eyelids:
    """Used by any number of threads."""

    def __init__(self, eyes_open: EyesOpen):
        self._eyes_open = eyes_open

    def __call__(self, image: np.ndarray, detection: Detection) -> tuple[float, float]:
        """As `Attributes.eyes_open` has it."""
        (seen,) = self._eyes_open(image, [detection])
        assert seen.eyes_open is not None  # that is what it is for
        return seen.eyes_open


class EyelidsAtHand:
    """Eyelids for whoever can do without: None unless the weights lie here already. Loaded at the first question.

    Weights that cannot be loaded are tried once.
    """

    def __init__(self, open_them: Callable[[], Eyelids], there: Callable[[], bool]):
        self._open, self._there = open_them, there
        self._opening = threading.Lock()
        self._opened: Eyelids | None = None
        self._broken = False

    def __call__(self, image: np.ndarray, detection: Detection) -> tuple[float, float] | None:
        with self._opening:
            if self._opened is None and not self._broken and self._there():
                try:
                    self._opened = self._open()
                except ModelError as error:
                    self._broken = True
                    log.warning("whether eyes are open is not looked at: %s", error)
        return self._opened(image, detection) if self._opened else None


def open_eyelids(models_dir: Path, provider: str = "cpu", threads: int = 0) -> Eyelids:
    """Raises ModelError where the weights cannot be had."""
    return Eyelids(open_eyes_open(models_dir, provider, threads))


def eyelids_at_hand(models_dir: Path, provider: str = "cpu", threads: int = 0) -> EyelidsAtHand:
    return EyelidsAtHand(
        lambda: open_eyelids(models_dir, provider, threads), lambda: all(at_hand(name, models_dir) for name in ("face_mesh", "eye_contour"))
    )
