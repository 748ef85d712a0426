"""Both kinds of collection over one `compreface.db`, with faces that are numbers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ostiary.compreface.collection import Collection
from ostiary.compreface.keeper import Keeper
from ostiary.compreface.register import Register
from ostiary.compreface.values import Kind, Service
from ostiary.domain import Detection, Probe, Quality
from ostiary.encoders import ENCODERS
from ostiary.engine import FaceEngine
from ostiary.settings import DataSettings, DecisionSettings, GallerySettings, Settings

SFACE = ENCODERS["sface"].id


@dataclass(frozen=True, eq=False)
class Face:
    embedding: np.ndarray


def look(person: int, number: int = 0) -> Face:
    """A look at a numbered person: two of one are at a cosine distance of about 0.08, of two people at about 1."""
    base, noise = np.random.default_rng(person).normal(size=128), np.random.default_rng([person, number]).normal(size=128)
    row = base / np.linalg.norm(base) + 0.3 * noise / np.sqrt(128)
    return Face((row / np.linalg.norm(row)).astype(np.float32))


def picture(person: int, number: int = 0) -> bytes:
    """A picture that only the eyes below can read."""
    return b"picture of person %d, number %d, " % (person, number) * 8


class Eyes:
    """Sees in a picture whom its bytes name."""

    def __init__(self) -> None:
        self.encoder = SimpleNamespace(id=SFACE, align=lambda image, face: image, encode=self._encode)

    def detect_thoroughly(self, image: np.ndarray) -> list[Detection]:
        return [Detection((0, 0, 100, 100), 0.9)]

    def probe_to_enrol(self, image: np.ndarray, faces: list[Detection]) -> list[Probe]:
        quality = Quality(True, None, 1.0, 60.0, 1.0, 120.0, 0.0)
        return [Probe(face, quality, self._encode([image])[0]) for face in faces]

    def _encode(self, images: list[np.ndarray]) -> np.ndarray:
        return np.stack([look(int(image[0, 0, 0]), int(image[0, 0, 1])).embedding for image in images])


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
