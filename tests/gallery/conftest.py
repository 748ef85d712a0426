"""Made-up encodings: numbers that behave like those of faces without costing a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ostiary.gallery.gallery import Example
from ostiary.gallery.store import GalleryStore

MakeExample = Callable[..., Example]


@pytest.fixture
def example() -> MakeExample:
    """Makes the example with a number: a unit vector that is the same at every call."""

    def make(number: int, *, face_id: str | None = None) -> Example:
        vector = np.random.default_rng(number).normal(size=128)
        return Example(face_id or f"{number:032x}", 1_700_000_000.0 + number, (vector / np.linalg.norm(vector)).astype(np.float32))

    return make


@pytest.fixture
def store(tmp_path: Path) -> GalleryStore:
    return GalleryStore(tmp_path / "faces" / "face_db.pkl")
