"""What holds whatever people do: hundreds of random lives, in zones whose clocks change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from support.attendance import Seen

from ostiary.attendance.book import AttendanceBook, Sheet
from ostiary.attendance.days import Days, Period
from ostiary.attendance.stamps import stamps_of
from ostiary.attendance.stays import days_of
from ostiary.attendance.values import Act, Correction, PersonDay, Rules, Way

PERIOD = Period(date(2026, 3, 26), date(2026, 4, 1))  # with Berlin's short day in its middle
START = datetime(2026, 3, 26, tzinfo=UTC).timestamp()

rules = st.builds(
    Rules,
    st.sampled_from([ZoneInfo("Europe/Berlin"), ZoneInfo("UTC"), ZoneInfo("Pacific/Auckland")]),
    st.sampled_from([time(), time(4), time(2, 30)]),
    st.just(frozenset({"in"})),
    st.just(frozenset({"out"})),
    st.sampled_from([0.0, 60.0, 300.0]),
    st.sampled_from([8 * 3600.0, 16 * 3600.0, 30 * 3600.0]),
)
one_way = rules.map(lambda rule: replace(rule, cameras_in=frozenset(), cameras_out=frozenset()))
lives = st.lists(
    st.builds(Seen, st.sampled_from(["katya", "ema"]), st.sampled_from(["in", "out", "yard"]), st.integers(-1000, 9000).map(lambda m: START + 60 * m)),
    max_size=60,
).map(lambda seen: sorted(seen, key=lambda one: (one.at, one.camera)))  # fmt: skip


class Said(list[Correction]):
    """Corrections in memory."""

    def between(self, start: float, end: float, person: str | None = None) -> list[Correction]:
        return list(self)


class Life(list[Seen]):
    def passes(self, start: float, end: float, person: str | None = None) -> Iterable[Seen]:
        return [one for one in self if start <= one.at < end and person in (None, one.person)]


def _sheet(life: Sequence[Seen], rule: Rules, period: Period = PERIOD, said: Sequence[Correction] = ()) -> Sheet:
    return AttendanceBook(Life(life), Said(said), rule, clock=lambda: START + 90 * 86400).sheet(period)  # type: ignore[arg-type]


def _days(sheet: Sheet) -> list[PersonDay]:
    return [day for person in sheet.people for day in person.days]


@settings(max_examples=150, deadline=None)
@given(lives, rules | one_way)
def test_a_week_is_its_days(life: list[Seen], rule: Rules) -> None:
    """However far one looks, a day is the same: nights, gaps and the clocks' leap do not depend on where one begins to read."""
    singly = [day for on in PERIOD.days() for day in _days(_sheet(life, rule, Period(on, on)))]
    assert sorted(singly, key=lambda day: (day.person, day.day)) == _days(_sheet(life, rule))


@settings(max_examples=150, deadline=None)
@given(lives, rules)
def test_stays_are_in_order_and_apart_and_no_longer_than_may_be(life: list[Seen], rule: Rules) -> None:
    for person in _sheet(life, rule).people:
        stays = [stay for day in person.days for stay in day.stays]
        bounds = [at for stay in stays for at in (stay.came_at, stay.left_at) if at is not None]
        assert bounds == sorted(bounds)
        for stay in stays:
            if stay.came is not None and stay.left is not None:
                assert 0 <= stay.left.at - stay.came.at <= rule.longest_s


@settings(max_examples=150, deadline=None)
@given(lives, rules)
def test_no_sighting_is_lost_or_made_up(life: list[Seen], rule: Rules) -> None:
    days = Days(PERIOD, rule, around=12)
    stamps = stamps_of(life, (), rule, days)
    for person in ("katya", "ema"):
        stays = [stay for day in days_of(person, stamps.get(person, []), rule, days, START + 90 * 86400) for stay in day.stays]
        reads = Counter[str]()
        for stay in stays:
            reads["in"] += stay.came.reads if stay.came else 0
            reads["out"] += stay.left.reads if stay.left else 0
        assert reads == Counter(one.camera for one in life if one.person == person and one.camera != "yard")


@settings(max_examples=150, deadline=None)
@given(lives, rules | one_way, st.integers(0, 59), st.floats(0, 1))
def test_a_double_read_changes_no_coming(life: list[Seen], rule: Rules, which: int, share: float) -> None:
    """Another read within the gap after one, with nothing else between, moves no coming, and no going but its own."""
    if not life:
        return
    read = life[which % len(life)]
    again = replace(read, at=read.at + share * rule.gap_s)
    if any(read.at < one.at <= again.at or (one.at == read.at and one is not read) for one in life if one.person == read.person):
        return
    before, after = _days(_sheet(life, rule)), _days(_sheet(sorted([*life, again], key=lambda one: (one.at, one.camera)), rule))
    if not rule.two_way:  # what is new may be the first sighting of the next day, or the last of this
        after = [day for day in after if day.day in {one.day for one in before}]
    assert [stay.came_at for day in after for stay in day.stays] == [stay.came_at for day in before for stay in day.stays]


@settings(max_examples=100, deadline=None)
@given(lives, rules | one_way)
def test_what_is_struck_out_was_never_there_and_what_is_undone_was_never_said(life: list[Seen], rule: Rules) -> None:
    strike = Correction(1, Act.STRIKE, "katya", START - 1e7, START + 1e7, None, "x", 0.0, "anna")
    came = Correction(2, Act.ADD, "ema", START + 3600, START + 3600, Way.IN, "x", 0.0, "anna")
    assert all(day.person == "ema" for day in _days(_sheet(life, rule, said=[strike])))
    undone = [replace(one, undone_at=1.0) for one in (strike, came)]
    assert _days(_sheet(life, rule, said=undone)) == _days(_sheet(life, rule))


@settings(max_examples=100, deadline=None)
@given(lives, one_way)
def test_without_ways_there_is_one_stay_for_each_day_that_anybody_was_seen(life: list[Seen], rule: Rules) -> None:
    days = Days(PERIOD, rule)
    seen = {(one.person, days.of(one.at)) for one in life if days.start <= one.at < days.end}
    found = _days(_sheet(life, rule))
    assert {(day.person, day.day) for day in found} == seen
    assert all(len(day.stays) == 1 for day in found)
    for day in found:
        if day.last_out is not None and day.first_in is not None:
            assert rule.gap_s < day.last_out - day.first_in < 26 * 3600
            assert day.day <= days.of(day.last_out - 0.001) <= day.day + timedelta(days=0)
