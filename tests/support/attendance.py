"""Makers of sightings, and a history that is a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ostiary.attendance.book import AttendanceBook
from ostiary.attendance.days import Length, Period
from ostiary.attendance.store import CorrectionStore
from ostiary.attendance.values import PersonDay, Rules

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True)
class Seen:
    person: str
    camera: str
    at: float


@dataclass
class Door:
    """Who passed, and the book that reads it. Hours are local texts: `2026-03-29 08:00`."""

    folder: Path
    rules: Rules = Rules(BERLIN)
    now: str = "2027-01-01 00:00"
    passed: list[Seen] = field(default_factory=list)

    def at(self, text: str) -> float:
        written = datetime.fromisoformat(text)
        return (written if written.tzinfo else written.replace(tzinfo=self.rules.zone)).timestamp()

    def saw(self, day: str, *hours: str, person: str = "katya") -> None:
        """Each of `hours` is an hour, with the camera before it where that is not `door`: `front 08:00`."""
        for hour in hours:
            camera, _, clock = hour.rpartition(" ")
            self.passed.append(Seen(person, camera or "door", self.at(f"{day} {clock}")))

    def two_ways(self, **members: float) -> None:
        self.rules = replace(self.rules, cameras_in=frozenset({"in"}), cameras_out=frozenset({"out"}), **members)

    def passes(self, start: float, end: float, person: str | None = None) -> Iterable[Seen]:
        wanted = (one for one in self.passed if start <= one.at < end and person in (None, one.person))
        return sorted(wanted, key=lambda one: one.at)

    @property
    def book(self) -> AttendanceBook:
        return AttendanceBook(self, CorrectionStore(self.folder), self.rules, clock=lambda: self.at(self.now))

    def days(self, day: str, length: Length = Length.MONTH, person: str | None = None) -> list[PersonDay]:
        sheet = self.book.sheet(Period.around(datetime.fromisoformat(day).date(), length), person)
        return [on for one in sheet.people for on in one.days]

    def told(self, day: str, length: Length = Length.MONTH) -> Iterator[str]:
        """Each day in words: `29 08:00-12:00 13:00-? missing_out`."""
        for on in self.days(day, length):
            stays = " ".join(f"{self._clock(stay.came_at)}-{self._clock(stay.left_at)}" for stay in on.stays)
            yield f"{on.day.day} {stays} {on.state}"

    def _clock(self, at: float | None) -> str:
        return "?" if at is None else datetime.fromtimestamp(at, self.rules.zone).strftime("%H:%M")
