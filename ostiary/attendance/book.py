"""The attendance book: reads the history, takes corrections, and says who was here when."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from ostiary.attendance.days import Days, Period, week_of
from ostiary.attendance.stamps import stamps_of
from ostiary.attendance.stays import days_of
from ostiary.attendance.store import CorrectionStore
from ostiary.attendance.values import Act, Correction, History, PersonDay, Rules, Total, Way
from ostiary.errors import BadField
from ostiary.local_time import local

MOST_DAYS = 366
LONGEST_REASON = 500

_FIRST, _LAST = date(1970, 1, 1), date(9998, 12, 31)  # beyond, there are no days around them

_DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class Person:
    """One person's days of a period, those on which they were seen, in their order."""

    name: str
    days: tuple[PersonDay, ...]

    @property
    def total(self) -> Total:
        return Total.of(self.days)

    def weeks(self) -> list[tuple[str, Total]]:
        """The total of each week, by its ISO 8601 name."""
        return [(week, Total.of(days)) for week, days in groupby(self.days, lambda day: week_of(day.day))]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Who was here in a period, as it was known at `made_at`, and what was said about it, undone or not.

    `days` are the period's and those around it.
    """

    period: Period
    days: Days
    rules: Rules
    made_at: float
    today: date
    people: tuple[Person, ...]
    corrections: tuple[Correction, ...]


class AttendanceBook:
    """Corrections are kept with who made them and why, and never change what the history says."""

    def __init__(self, history: History, corrections: CorrectionStore, rules: Rules, clock: Callable[[], float] = time.time):
        self._history, self._corrections, self.rules, self._clock = history, corrections, rules, clock

    def today(self) -> date:
        """The day of now."""
        now = self._clock()
        at = local(now, self.rules.zone).date()
        return Days(Period(at, at), self.rules, around=1).of(now)

    def sheet(self, period: Period, person: str | None = None) -> Sheet:
        """Everybody's days in `period`, or `person`'s, by name. Raises BadField where the period is too long."""
        if not 0 <= (period.last - period.first).days < MOST_DAYS:
            raise BadField("from", f"a period has 1 to {MOST_DAYS} days")
        if not (period.first >= _FIRST and period.last <= _LAST):
            raise BadField("day", f"expected one from {_FIRST} to {_LAST}")
        now, wanted = self._clock(), set(period.days())
        days = Days(period, self.rules, around=1 + math.ceil(self.rules.longest_s / _DAY_S))  # a stay may reach in from outside, and out
        said = self._corrections.between(days.start, days.end, person)
        stamps = stamps_of(self._history.passes(days.start, days.end, person), said, self.rules, days)
        people = []
        for name in sorted(stamps, key=lambda name: (name.casefold(), name)):
            on = tuple(day for day in days_of(name, stamps[name], self.rules, days, now) if day.day in wanted)
            if on:
                people.append(Person(name, on))
        return Sheet(period, days, self.rules, now, self.today(), tuple(people), tuple(one for one in said if days.of(one.at) in wanted))

    def add(self, person: str, way: Way, at: float, *, reason: str, by: str) -> Correction:
        """Says that somebody came or went, whatever the cameras saw. Raises BadField."""
        if way is Way.SEEN:
            raise BadField("way", "expected in or out")
        if at > self._clock():
            raise BadField("at", "that is still to come")
        return self._corrections.keep(Correction(0, Act.ADD, person, at, at, way, _worded(reason), self._clock(), by))

    def strike(self, person: str, at: float, until: float, *, reason: str, by: str) -> Correction:
        """Says that what was seen of somebody from `at` to `until` does not count. Raises BadField."""
        if not at <= until <= at + _DAY_S:
            raise BadField("until", "it must not be before 'at', nor more than a day after it")
        return self._corrections.keep(Correction(0, Act.STRIKE, person, at, until, None, _worded(reason), self._clock(), by))

    def undo(self, correction: int, *, by: str) -> Correction:
        """Takes a correction back; it is still kept. Raises UnknownCorrection."""
        return self._corrections.undo(correction, self._clock(), by)


def _worded(reason: str) -> str:
    reason = " ".join(reason.split())
    if not reason:
        raise BadField("reason", "say why: it is kept with the correction")
    if len(reason) > LONGEST_REASON:
        raise BadField("reason", f"it has {len(reason)} characters, at most {LONGEST_REASON} are possible")
    return reason
