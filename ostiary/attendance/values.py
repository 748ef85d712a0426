"""What this room speaks of. Times are seconds since 1970; a `day` is a local one, that begins at the rules' hour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, tzinfo
from enum import StrEnum
from typing import Protocol


class Sighted(Protocol):
    """A person passed a camera: what the history tells."""

    @property
    def person(self) -> str: ...

    @property
    def camera(self) -> str: ...

    @property
    def at(self) -> float: ...


class History(Protocol):
    def passes(self, start: float, end: float, person: str | None = None) -> Iterable[Sighted]:
        """Who passed from `start` to before `end`, in the order of time."""
        ...


class Way(StrEnum):
    """What a sighting says: that somebody came, or went, or only that they were there."""

    IN = "in"
    OUT = "out"
    SEEN = "seen"


class Act(StrEnum):
    """What a correction does: adds a coming or going that no camera saw, or strikes out sightings."""

    ADD = "add"
    STRIKE = "strike"


@dataclass(frozen=True, slots=True)
class Rules:
    """How sightings are read. Without cameras for in and out a day lasts from the first sighting to the last."""

    zone: tzinfo
    day_start: time = time()
    cameras_in: frozenset[str] = frozenset()
    cameras_out: frozenset[str] = frozenset()
    gap_s: float = 60.0
    longest_s: float = 16 * 3600.0

    @property
    def two_way(self) -> bool:
        return bool(self.cameras_in)

    def way(self, camera: str) -> Way | None:
        """What a sighting there says; None where it says nothing."""
        if not self.two_way:
            return Way.SEEN
        return Way.IN if camera in self.cameras_in else Way.OUT if camera in self.cameras_out else None


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody said about a person's time, and why. It is kept for good; once `undone_at` is set it no longer counts.

    An addition is the coming or going (`way`) at `at`; what is struck out are the sightings from `at` to `until`, both included.
    """

    id: int
    act: Act
    person: str
    at: float
    until: float
    way: Way | None
    reason: str
    made_at: float
    made_by: str
    undone_at: float | None = None
    undone_by: str = ""


@dataclass(frozen=True, slots=True)
class Stamp:
    """One coming, going or sighting, read so many times from `at` to `until` without a gap. `correction` is by which it was added."""

    way: Way
    at: float
    until: float
    camera: str
    reads: int = 1
    correction: int | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """From coming to going; one of them may be missing. Who is seen coming again and again came the first time, and went the last."""

    came: Stamp | None
    left: Stamp | None

    @property
    def came_at(self) -> float | None:
        return None if self.came is None else self.came.at

    @property
    def left_at(self) -> float | None:
        return None if self.left is None else self.left.until

    @property
    def at(self) -> float:
        """When it belongs to: its beginning, as far as that is known."""
        stamp = self.came or self.left
        assert stamp is not None
        return stamp.at

    @property
    def seconds(self) -> float | None:
        """How long it truly lasted, summer time or not; None where an end is missing."""
        return None if self.came is None or self.left is None else self.left.until - self.came.at


class State(StrEnum):
    """What is to be said of a day: all is there, it is not over for this person, or a coming or going is missing."""

    COMPLETE = "complete"
    HERE = "here"
    MISSING_IN = "missing_in"
    MISSING_OUT = "missing_out"


@dataclass(frozen=True, slots=True)
class PersonDay:
    """One person's day: the stays that began on it, in their order, at least one. `here` is that the last may still end."""

    person: str
    day: date
    stays: tuple[Stay, ...]
    here: bool = False

    @property
    def first_in(self) -> float | None:
        return self.stays[0].came_at

    @property
    def last_out(self) -> float | None:
        return self.stays[-1].left_at

    @property
    def present_s(self) -> float:
        """All stays whose ends are known."""
        return sum(stay.seconds or 0.0 for stay in self.stays)

    @property
    def breaks_s(self) -> float | None:
        """Between the stays; None where an end is missing."""
        if self.state is not State.COMPLETE or self.first_in is None or self.last_out is None:
            return None
        return self.last_out - self.first_in - self.present_s

    @property
    def state(self) -> State:
        last = len(self.stays) - 1
        for number, stay in enumerate(self.stays):
            if stay.came is None:
                return State.MISSING_IN
            if stay.left is None and not (self.here and number == last):
                return State.MISSING_OUT
        return State.HERE if self.here else State.COMPLETE

    @property
    def corrections(self) -> tuple[int, ...]:
        """The additions that it rests on."""
        stamps = [stamp for stay in self.stays for stamp in (stay.came, stay.left) if stamp]
        return tuple(sorted({stamp.correction for stamp in stamps if stamp.correction is not None}))


@dataclass(frozen=True, slots=True)
class Total:
    """What days come to: how many, the time of the stays that are complete, and on how many days something is missing."""

    days: int
    present_s: float
    incomplete: int

    @classmethod
    def of(cls, days: Iterable[PersonDay]) -> Total:
        days = list(days)
        missing = sum(day.state in (State.MISSING_IN, State.MISSING_OUT) for day in days)
        return cls(len({day.day for day in days}), sum(day.present_s for day in days), missing)
