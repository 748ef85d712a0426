"""The built-in camera, for whoever has none: real portraits walk up to a virtual door.

One of them, `ENROLLED`, is known from another photograph; the other is a stranger to everybody.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from ostiary.assets import fetch_all
from ostiary.portraits import PORTRAITS
from ostiary.stream.demo_cast import RESIDENT, STRANGER, cut_out
from ostiary.stream.demo_scene import FPS, Scene

ENROLLED = ("obama", "obama.jpg")
"""Whom to enrol for the demo, and the portrait to do it with: another photograph than the one that walks."""


class DemoSource:
    """A live camera whose picture is that of now, counted from when it was opened."""

    live = True
    interval_s: float | None = 1 / FPS
    late_s = 0.0

    def __init__(self, scene: Scene):
        self._scene = scene
        self._began_at = time.monotonic()

    def read(self) -> np.ndarray:
        return self._scene.at(time.monotonic() - self._began_at)

    def close(self) -> None:
        pass


def open_demo(portraits_dir: Path) -> DemoSource:
    """The camera at the beginning of its play. Raises ModelError where the portraits cannot be had."""
    return DemoSource(load_scene(portraits_dir))


def load_scene(portraits_dir: Path) -> Scene:
    roles = (RESIDENT, STRANGER)
    files = portraits(portraits_dir)
    return Scene(tuple(cut_out(role, files[role.portrait]) for role in roles))


def portraits(portraits_dir: Path) -> dict[str, Path]:
    """All that the demo shows or enrols, in one download. Raises ModelError."""
    return fetch_all([PORTRAITS[name] for name in (ENROLLED[1], RESIDENT.portrait, STRANGER.portrait)], portraits_dir)
