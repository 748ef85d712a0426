"""What sources offer, where it goes, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


class Offer(Protocol):
    """One picture of a person. `origin` is what a report calls it."""

    @property
    def origin(self) -> str: ...

    @property
    def name(self) -> str: ...

    def key(self) -> str:
        """The same whenever this picture is offered, and of no other one. Raises InputError."""

    def read(self) -> bytes:
        """Raises InputError where this one cannot be had, ImportFailed where no other can either."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What could not be taken, and why."""

    origin: str
    reason: str


@dataclass(frozen=True, slots=True)
class Source:
    """Pictures, what is known from the start not to be usable, and names without a single picture."""

    offers: Sequence[Offer]
    left_out: tuple[Refused, ...] = ()
    names_alone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture that was taken in. `doubt` says what speaks against it, where something does."""

    image_id: str
    doubt: str | None = None


class Home(Protocol):
    """Where people move in."""

    def take(self, name: str, picture: bytes) -> Kept:
        """What returned is on the disk. Raises InputError and CollectionError for this picture, other errors for all."""

    def take_name(self, name: str) -> None:
        """Somebody without a picture. Raises as `take` does."""

    def image_ids(self) -> frozenset[str]:
        """Of all that is there."""


@dataclass(slots=True)
class Report:
    """Filled while the move goes on, so that it tells what was done even where that ended early."""

    taken: int = 0
    there_already: int = 0
    refused: list[Refused] = field(default_factory=list)
    doubtful: list[Refused] = field(default_factory=list)
