"""A home that only counts, for moves whose pictures are not looked at."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

import pytest

from ostiary.errors import NoFace, SubjectExists
from ostiary.moving.values import Kept


@dataclass
class Shelf:
    """Takes every picture but those of nobody."""

    pictures: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)

    def take(self, name: str, picture: bytes) -> Kept:
        if picture.startswith(b"nobody"):
            raise NoFace
        image_id = str(uuid.uuid4())
        self.pictures[image_id] = name, picture
        return Kept(image_id, "it is odd" if picture.startswith(b"odd") else None)

    def take_name(self, name: str) -> None:
        if name in self.names:
            raise SubjectExists(name)
        self.names.append(name)

    def image_ids(self) -> frozenset[str]:
        return frozenset(self.pictures)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()
