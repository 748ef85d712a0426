"""Local days, weeks and months, and which of them a moment is on: also where clocks leap, or a day has 23 or 25 hours."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ostiary.attendance.values import Rules
from ostiary.local_time import day_start

_DAY = timedelta(days=1)


class Length(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @classmethod
    def around(cls, day: date, length: Length) -> Period:
        """The day, week (from Monday) or month in which `day` is. Raises ValueError at the calendar's very ends."""
        try:
            if length is Length.DAY:
                return cls(day, day)
            if length is Length.WEEK:
                monday = day - timedelta(days=day.weekday())
                return cls(monday, monday + 6 * _DAY)
            first = day.replace(day=1)
            return cls(first, (first + 31 * _DAY).replace(day=1) - _DAY)
        except OverflowError:
            raise ValueError("too early or too late") from None

    def days(self) -> Iterator[date]:
        for number in range((self.last - self.first).days + 1):
            yield self.first + number * _DAY


class Days:
    """The days of a period, and so many `around` it, as stretches of time under the rules' zone and hour."""

    def __init__(self, period: Period, rules: Rules, around: int = 0):
        self._first = period.first - around * _DAY
        self._count = (period.last - period.first).days + 1 + 2 * around
        self._bounds = [day_start(self._first + number * _DAY, rules.zone, rules.day_start) for number in range(self._count + 1)]

    @property
    def start(self) -> float:
        return self._bounds[0]

    @property
    def end(self) -> float:
        return self._bounds[-1]

    def of(self, at: float) -> date:
        """The day on which `at` is; the nearest there is where it lies outside."""
        number = bisect_right(self._bounds, at) - 1
        return self._first + min(max(number, 0), self._count - 1) * _DAY

    def begin(self, day: date) -> float:
        return self._bounds[(day - self._first).days]


def week_of(day: date) -> str:
    """As ISO 8601 names it: 2026-W13."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"
