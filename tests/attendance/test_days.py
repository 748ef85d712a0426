from __future__ import annotations

from datetime import date, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ostiary.attendance.days import Days, Length, Period, week_of
from ostiary.attendance.values import Rules

ZONES = ["Europe/Berlin", "America/New_York", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "UTC"]
HOURS = st.sampled_from([time(), time(2, 30), time(4), time(23, 59)])
DAYS = st.dates(date(2005, 1, 1), date(2035, 1, 1))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ZONES), HOURS, DAYS, st.floats(0, 1, exclude_max=True))
def test_every_moment_is_on_exactly_one_day(zone: str, hour: time, first: date, share: float) -> None:
    days = Days(Period(first, first + timedelta(days=40)), Rules(ZoneInfo(zone), hour))
    at = min(days.start + share * (days.end - days.start), days.end - 0.001)
    day = days.of(at)
    assert days.begin(day) <= at < days.begin(day + timedelta(days=1))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ZONES), HOURS, DAYS)
def test_days_have_no_gaps_and_keep_their_length_but_for_the_clocks(zone: str, hour: time, first: date) -> None:
    days = Days(Period(first, first + timedelta(days=40)), Rules(ZoneInfo(zone), hour))
    bounds = [days.begin(first + timedelta(days=n)) for n in range(42)]
    hours = [(after - before) / 3600 for before, after in pairwise(bounds)]
    shortest = 0 if zone == "Pacific/Apia" else 23  # which left out a day
    assert all(shortest <= length <= 25 for length in hours), hours


def test_days_on_which_the_clocks_change() -> None:
    rules = Rules(ZoneInfo("Europe/Berlin"))
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24)):
        days = Days(Period(day, day), rules)
        assert (days.end - days.start) / 3600 == hours
        assert days.of(days.end - 1) == day


def test_what_lies_outside_is_on_the_nearest_day() -> None:
    days = Days(Period(date(2026, 7, 1), date(2026, 7, 2)), Rules(ZoneInfo("UTC")))
    assert (days.of(0.0), days.of(1e11)) == (date(2026, 7, 1), date(2026, 7, 2))


@given(DAYS)
def test_periods_hold_their_day(day: date) -> None:
    week, month = Period.around(day, Length.WEEK), Period.around(day, Length.MONTH)
    assert (week.first.weekday(), week.last.weekday(), len(list(week.days()))) == (0, 6, 7)
    assert (month.first.day, (month.last + timedelta(days=1)).day) == (1, 1)
    for period in (week, month, Period.around(day, Length.DAY)):
        assert day in set(period.days())
    assert {week_of(on) for on in week.days()} == {week_of(day)}


def test_weeks_belong_to_the_year_of_their_thursday() -> None:
    assert (week_of(date(2026, 12, 31)), week_of(date(2027, 1, 3)), week_of(date(2027, 1, 4))) == ("2026-W53", "2026-W53", "2027-W01")


@pytest.mark.parametrize("length", [Length.WEEK, Length.MONTH])
def test_the_calendars_end_is_told(length: Length) -> None:
    with pytest.raises(ValueError, match="too early or too late"):
        Period.around(date.max, length)
