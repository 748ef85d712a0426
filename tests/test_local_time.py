from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from ostiary.errors import BadField
from ostiary.local_time import day_start, local, moment, zone

BERLIN = ZoneInfo("Europe/Berlin")


def _utc(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[arg-type, misc]


def test_the_systems_zone_needs_no_name() -> None:
    assert local(0.0, zone("")).utcoffset() is not None


@pytest.mark.parametrize("name", ["Mars/Phobos", "../etc/passwd", "Europe", "a\0b"])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected a time zone"):
        zone(name)


def test_a_day_begins_at_its_hour_also_where_the_clocks_leap_over_it() -> None:
    assert day_start(date(2026, 3, 29), BERLIN) == _utc(2026, 3, 28, 23)
    assert day_start(date(2026, 3, 29), BERLIN, time(2, 30)) == _utc(2026, 3, 29, 1)
    assert day_start(date(2026, 10, 25), BERLIN, time(2, 30)) == _utc(2026, 10, 25, 0, 30)


def test_a_day_that_was_left_out_is_empty() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert day_start(date(2011, 12, 30), apia) == day_start(date(2011, 12, 31), apia) == _utc(2011, 12, 30, 10)


def test_texts_are_read_in_the_local_zone_or_with_their_own_offset() -> None:
    assert moment("2026-07-01T08:00", BERLIN, field="at") == _utc(2026, 7, 1, 6)
    assert moment("2026-07-01 08:00:30+00:00", BERLIN, field="at") == _utc(2026, 7, 1, 8, 0) + 30
    assert moment("2026-10-25T02:30+01:00", BERLIN, field="at") == _utc(2026, 10, 25, 1, 30)
    assert moment("2026-07-01", BERLIN, field="at") == _utc(2026, 6, 30, 22)
    assert moment("2026-07-01", BERLIN, field="at", end_of_day=True) == _utc(2026, 7, 1, 22)


@pytest.mark.parametrize(
    "text", ["2026-03-29T02:30", "tomorrow", "2026-13-01", "", "9999-12-31", "0001-01-01T00:00", "0001-01-03", "1900-01-01"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(BadField, match="'at'"):
        moment(text, BERLIN, field="at", end_of_day=True)
