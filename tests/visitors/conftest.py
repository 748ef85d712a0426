"""Made-up faces: a person is a direction, a look at them is that direction with a little noise."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ostiary.domain import Match, Reason, Status
from ostiary.encoders import ENCODERS
from ostiary.engine import FaceEngine
from ostiary.settings import DecisionSettings, Settings
from ostiary.visitors.reception import Reception
from ostiary.visitors.store import VisitorStore
from ostiary.visitors.values import Encounter, Look

SFACE = ENCODERS["sface"].id


def _vector(person: int, look: int = 0, noise: float = 0.3) -> np.ndarray:
    """A look at a person; with this noise two looks are at a cosine distance of about 0.08."""
    base = np.random.default_rng(person).normal(size=128)
    row = base / np.linalg.norm(base) + np.random.default_rng(1000 * person + look).normal(size=128) * noise / np.sqrt(128)
    return (row / np.linalg.norm(row)).astype(np.float32)


def _between(one: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    """Somebody who looks like both: `share` of the way from `one` to `other`."""
    row = one * (1 - share) + other * share
    return (row / np.linalg.norm(row)).astype(np.float32)


@pytest.fixture(scope="session")
def vector() -> Callable[..., np.ndarray]:
    return _vector


@pytest.fixture(scope="session")
def between() -> Callable[..., np.ndarray]:
    return _between


@pytest.fixture
def encounter() -> Callable[..., Encounter]:
    """Makes encounters with the numbered person, each with an id of its own."""
    numbers = itertools.count(1)

    def make(face: int = 1, /, *, at: float = 1000.0, looks: list[np.ndarray] | None = None, **members: Any) -> Encounter:
        number = next(numbers)
        rows = looks or [_vector(face, 10 * number + i) for i in range(3)]
        told: dict[str, Any] = {
            "decision_id": f"event-{number}",
            "camera": "door",
            "status": Status.REJECT,
            "reason": Reason.UNKNOWN,
            "person": None,
            "distance": None,
            "first_at": at - 2,
            "last_at": at,
            "encoder_id": SFACE,
            "looks": tuple(Look(row, 0.9 - 0.1 * i) for i, row in enumerate(rows)),
            "picture": None,
        }
        return Encounter(**(told | members))

    return make


@pytest.fixture
def store(tmp_path: Path) -> VisitorStore:
    return VisitorStore(tmp_path / "data" / "visitors")


@pytest.fixture
def engine(tmp_path: Path) -> FaceEngine:
    """An engine that encodes nothing; who is within 0.5 is accepted."""
    eyes = SimpleNamespace(encoder=SimpleNamespace(id=SFACE))
    settings = Settings(decision=DecisionSettings(th_accept=0.5))
    return FaceEngine(faces_dir=tmp_path / "faces", settings=settings, open_eyes=lambda *_: eyes)  # type: ignore[arg-type,return-value]


@pytest.fixture
def reception(store: VisitorStore, engine: FaceEngine) -> Reception:
    engine.when_forgotten.append(store.forget_person)
    return Reception(store, engine, clock=lambda: 5000.0)


@pytest.fixture
def seen_as(engine: FaceEngine) -> Callable[..., Match]:
    """What the gallery of now says to an encoding."""
    return lambda encoding: engine.gallery.match(encoding)
