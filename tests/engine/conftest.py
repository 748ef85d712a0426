"""Engines over one gallery in an empty folder, with real networks."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ostiary.engine import FaceEngine
from ostiary.settings import Settings, VisionSettings
from ostiary.vision.eyes import Eyes, open_eyes

MakeEngine = Callable[..., FaceEngine]


@pytest.fixture(scope="session")
def eyes(models_dir: Path) -> Callable[[VisionSettings, str, Path], Eyes]:
    """What opens detector and encoder, each kind once in a test run."""

    @functools.cache
    def open_once(vision: VisionSettings, encoder: str) -> Eyes:
        return open_eyes(vision, encoder, models_dir)

    return lambda vision, encoder, _: open_once(vision, encoder)


@pytest.fixture
def make(eyes: Callable[[VisionSettings, str, Path], Eyes], tmp_path: Path) -> MakeEngine:
    """Makes an engine over one gallery; keywords replace slices of its settings."""

    def make(encoder: str | None = None, detector: str | None = None, **slices: object) -> FaceEngine:
        return FaceEngine(encoder, detector, tmp_path / "faces", settings=replace(Settings(), **slices), open_eyes=eyes)  # type: ignore[arg-type]

    return make


@pytest.fixture
def engine(make: MakeEngine) -> FaceEngine:
    return make()
