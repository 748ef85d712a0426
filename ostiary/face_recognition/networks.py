"""The networks behind `face_recognition`'s functions, each loaded when it is first asked for.

The only state of this package: its functions take none, so what is loaded, and where from, is the process's.
"""

from __future__ import annotations

import importlib
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_OPENED_BY = {  # the names are those in `face_recognition.api`
    "face_detector": "hog.detector:open_hog",
    "pose_predictor_5_point": "dlib_parts:open_5_points",
    "pose_predictor_68_point": "dlib_parts:open_68_points",
    "cnn_face_detector": "cnn:open_cnn",
    "face_encoder": "encoder:open_encoder",
}
NAMES = frozenset(_OPENED_BY)


@dataclass(frozen=True, slots=True)
class Means:
    """Where networks are kept, and what they run on."""

    models_dir: Path
    provider: str = "cpu"
    threads: int = 0


_lock = threading.RLock()
_loaded: dict[str, Any] = {}
_means: Means | None = None


def network(name: str) -> Any:
    """Raises MissingExtra without dlib, ModelError where its file cannot be had."""
    with _lock:
        if name not in _loaded:
            module, _, opener = _OPENED_BY[name].partition(":")
            _loaded[name] = getattr(importlib.import_module(f"ostiary.face_recognition.{module}"), opener)(means())
        return _loaded[name]


def loaded() -> frozenset[str]:
    return frozenset(_loaded)


def means() -> Means:
    """What `use` said, else what the settings say; without DATA_DIR the model cache is the user's, not the working folder's."""
    from ostiary.settings import load

    if _means is not None:
        return _means
    settings = load(os.environ)
    own = settings.data.models_dir if "DATA_DIR" in settings.given else Path.home() / ".cache" / "ostiary" / "models"
    return Means(own, settings.vision.provider, settings.vision.threads)


def use(given: Means) -> None:
    """From now on; what is loaded is loaded anew."""
    global _means
    with _lock:
        _means = given
        _loaded.clear()
