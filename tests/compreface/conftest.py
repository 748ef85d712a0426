"""Both kinds of collection over one `compreface.db`, with faces that are numbers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from ostiary.compreface.collection import Collection
from ostiary.compreface.keeper import Keeper
from ostiary.compreface.register import Register
from ostiary.compreface.values import Kind, Service
from ostiary.engine import FaceEngine
from ostiary.settings import DataSettings, DecisionSettings, GallerySettings, Settings
from ostiary.vision.image import Turned
from tests.support.collections import Eyes


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data=DataSettings(tmp_path / "data"), gallery=GallerySettings(tmp_path / "faces"), decision=DecisionSettings(th_accept=0.5)
    )


@pytest.fixture
def read_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has engines read the pictures of these tests."""

    def load(data: bytes, max_pixels: float) -> np.ndarray:
        words = data.split()
        image = np.zeros((112, 112, 3), np.uint8)
        image[0, 0, :2] = int(words[3].strip(b",")), int(words[5].strip(b","))
        return image

    monkeypatch.setattr("ostiary.engine.load", load)
    for room in ("engine", "compreface.seeing"):
        monkeypatch.setattr(f"ostiary.{room}.decode_leniently", lambda data, most: Turned(load(data, most), (112, 112), 1))


@pytest.fixture
def engine(settings: Settings, read_pictures: None) -> FaceEngine:
    return FaceEngine(settings=settings, open_eyes=lambda *_: Eyes())  # type: ignore[arg-type,return-value]


@pytest.fixture
def register(settings: Settings) -> Iterator[Register]:
    register = Register(settings.data.data_dir)
    register.open()
    yield register
    register.close()


@pytest.fixture
def keeper(register: Register, engine: FaceEngine) -> Keeper:
    return Keeper(register, engine)


@pytest.fixture
def add_service(register: Register) -> Callable[[], Service]:
    """Makes another recognition service."""
    numbers = itertools.count(1)
    return lambda: register.create_service(1, Kind.RECOGNITION, f"another {next(numbers)}")


@pytest.fixture(params=["own", "door"])
def collection(request: pytest.FixtureRequest, keeper: Keeper, register: Register, add_service: Callable[[], Service]) -> Collection:
    """Each kind in turn."""
    return keeper.collection(add_service() if request.param == "own" else register.services()[0])
