"""What this room tells others: applications, their services, and what a collection of faces answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

import numpy as np


class Kind(StrEnum):
    RECOGNITION = "recognition"
    DETECTION = "detection"
    VERIFICATION = "verification"


@dataclass(frozen=True, slots=True)
class Application:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Service:
    """What a key opens: a UUID, good for one kind of request. `door`: its collection is the door's own gallery."""

    id: int
    key: str = field(repr=False)
    kind: Kind
    application_id: int
    name: str
    door: bool = False


class Encoded(Protocol):
    """A face that was encoded by the encoder in force."""

    @property
    def embedding(self) -> np.ndarray: ...


@dataclass(frozen=True, slots=True)
class StoredFace:
    image_id: str
    subject: str


@dataclass(frozen=True, slots=True, eq=False)
class KnownFace:
    image_id: str
    subject: str
    embedding: np.ndarray


class Near(NamedTuple):
    """A stored face and how much another looks like it, 0 to 1, not rounded."""

    image_id: str
    subject: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Page:
    """`number` from 0; `size` is the one asked for, `total` the faces on all pages."""

    faces: tuple[StoredFace, ...]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return -(-self.total // self.size)
