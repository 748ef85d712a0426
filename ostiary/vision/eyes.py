"""All that a program sees with, opened together: one detector, one encoder, and the closer look that joins them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ostiary.domain import Detect, Detection, Encoder, Probe
from ostiary.settings import VisionSettings
from ostiary.vision.detect import open_detector, thorough
from ostiary.vision.encode import open_encoder
from ostiary.vision.eyelids import eyelids_at_hand
from ostiary.vision.landmarks import open_five_points
from ostiary.vision.probe import Prober

_SUITS = {"sface": "yunet", "sface-mirrored": "yunet", "dlib": "hog", "fusion": "yunet"}


@dataclass(frozen=True, slots=True)
class Eyes:
    """Safe to use from several threads."""

    detect: Detect  # in video frames
    detect_thoroughly: Detect  # in stills
    encoder: Encoder
    probe: Callable[[np.ndarray, Sequence[Detection]], list[Probe]]
    probe_to_enrol: Callable[[np.ndarray, Sequence[Detection]], list[Probe]]


def detector_for(settings: VisionSettings, encoder: str) -> str:
    """The detector in force; `encoder` is never `auto`."""
    return _SUITS[encoder] if settings.detector == "auto" else settings.detector


def open_eyes(settings: VisionSettings, encoder: str, models_dir: Path) -> Eyes:
    """Loads the networks; `encoder` is never `auto`. Raises ModelError and MissingExtra."""
    name = detector_for(settings, encoder)
    detector = open_detector(name, models_dir, settings.provider, settings.threads, settings.scale)
    opened = open_encoder(encoder, models_dir, settings.provider, settings.threads)
    locate = None if name == "yunet" else open_five_points(models_dir, settings.provider, settings.threads)
    eyelids = eyelids_at_hand(models_dir, settings.provider, settings.threads)
    prober = Prober(opened, settings.min_face_px, locate, eyelids)
    return Eyes(detector, thorough(detector), opened, prober.probe, prober.probe_to_enrol)
