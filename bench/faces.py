"""The pictures that benches work on: the demo's frames and portraits, nothing that has to be brought along."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ostiary.assets import fetch_all
from ostiary.domain import Detection
from ostiary.portraits import PORTRAITS
from ostiary.stream.demo import load_scene

CACHE = Path(__file__).parent.parent / ".cache"
MODELS = CACHE / "models"


def portraits() -> dict[str, Path]:
    return fetch_all(PORTRAITS.values(), CACHE / "portraits")


def demo_frames(count: int, every_s: float = 0.2, start_s: float = 0.0) -> list[np.ndarray]:
    """BGR 480 x 640 frames of the demo, `every_s` apart."""
    scene = load_scene(CACHE / "portraits")
    return [scene.at(start_s + n * every_s) for n in range(count)]


def nearest_to_middle(image: np.ndarray, found: list[Detection]) -> Detection | None:
    height, width = image.shape[:2]
    return min(found, key=lambda d: (d.box[0] + d.box[2] - width) ** 2 + (d.box[1] + d.box[3] - height) ** 2, default=None)
