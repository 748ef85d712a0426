"""The local days and hours that a chart counts by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta, tzinfo
from itertools import islice
from typing import Literal

from ostiary.errors import BadField
from ostiary.local_time import day_start, local

Span = Literal["hour", "day"]

MOST = 1000


def edges(start: float, end: float, by: Span, zone: tzinfo) -> list[float]:
    """Where each local hour or day begins that holds any of the time from `start` to `end`, and where the last one ends.

    Raises BadField where these are too many.
    """
    found = list(islice(_days(start, end, zone) if by == "day" else _hours(start, end, zone), MOST + 2))
    if len(found) > MOST + 1:
        raise BadField("start", f"more than {MOST} {by}s before the end: ask for less time")
    return found


def _days(start: float, end: float, zone: tzinfo) -> Iterator[float]:
    day = local(start, zone).date()
    while (begins := day_start(day, zone)) < end:
        yield begins
        day += timedelta(days=1)
    yield begins


def _hours(start: float, end: float, zone: tzinfo) -> Iterator[float]:
    """Each 3600 s long: a day in which the clocks change has one more or less."""
    offset = local(start, zone).utcoffset() or timedelta()
    begins = start - (start + offset.total_seconds()) % 3600
    while begins < end:
        yield begins
        begins += 3600
    yield begins
