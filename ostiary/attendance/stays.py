"""From stamps to stays: pairs of coming and going, or a day's first and last sighting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from ostiary.attendance.days import Days
from ostiary.attendance.values import PersonDay, Rules, Stamp, Stay, Way


def days_of(person: str, stamps: Sequence[Stamp], rules: Rules, days: Days, now: float) -> Iterator[PersonDay]:
    """The days on which something is known of a person, in their order. A stay through midnight belongs to the day it began on."""
    if rules.two_way:
        stays: list[Stay] = list(_pairs(stamps, rules.longest_s))
    else:
        stays = [_first_to_last(list(of_day), rules.gap_s) for _, of_day in groupby(stamps, lambda stamp: days.of(stamp.at))]
    for day, of_day in groupby(stays, lambda stay: days.of(stay.at)):
        on_it = tuple(of_day)
        yield PersonDay(person, day, on_it, _here(on_it[-1], day, stays[-1], rules, days, now))


def _pairs(stamps: Sequence[Stamp], longest_s: float) -> Iterator[Stay]:
    came: Stamp | None = None
    for stamp in stamps:
        belongs = came is not None and stamp.way is Way.OUT and stamp.at - came.at <= longest_s
        if came is not None and not belongs:
            yield Stay(came, None)
        if stamp.way is Way.OUT:
            yield Stay(came if belongs else None, stamp)
        came = stamp if stamp.way is Way.IN else None
    if came is not None:
        yield Stay(came, None)


def _first_to_last(stamps: Sequence[Stamp], gap_s: float) -> Stay:
    """A day's one stay; who was seen but once was not seen going. What was said of coming and going counts more."""
    told_in = [stamp for stamp in stamps if stamp.way is Way.IN]
    told_out = [stamp for stamp in stamps if stamp.way is Way.OUT]
    seen = [stamp for stamp in stamps if stamp.way is Way.SEEN]
    came = told_in[0] if told_in else seen[0] if seen else None
    left = told_out[-1] if told_out else seen[-1] if seen else None
    if came is not None and left is not None and left.until - came.at <= (0 if told_in or told_out else gap_s):
        if told_out and not told_in:
            return Stay(None, left)
        left = None
    return Stay(came, left)


def _here(stay: Stay, day: date, newest: Stay, rules: Rules, days: Days, now: float) -> bool:
    """Whether what looks like the end of a day may only be that it goes on."""
    if stay is not newest or stay.came is None or now < stay.came.at:
        return False
    if rules.two_way:
        return stay.left is None and now - stay.came.at <= rules.longest_s
    told = stay.left is not None and stay.left.way is Way.OUT
    return not told and days.of(now) == day and now < days.end
