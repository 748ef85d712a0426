from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from support.attendance import Door

from ostiary.attendance.days import Length, Period
from ostiary.attendance.values import State, Way
from ostiary.attendance.words import remark
from ostiary.errors import BadField, UnknownCorrection


def test_without_ways_a_day_is_from_the_first_sighting_to_the_last(door: Door) -> None:
    door.saw("2026-07-01", "08:00", "08:00:30", "12:00", "17:30")
    door.saw("2026-07-02", "09:00")
    door.saw("2026-07-03", "09:00", "09:00:50")
    assert list(door.told("2026-07-01")) == ["1 08:00-17:30 complete", "2 09:00-? missing_out", "3 09:00-? missing_out"]


def test_a_day_that_goes_on_is_not_yet_over(door: Door) -> None:
    door.saw("2026-07-01", "08:00", "12:00")
    door.now = "2026-07-01 13:00"
    (day,) = door.days("2026-07-01")
    assert (day.state, day.here, day.present_s) == (State.HERE, True, 4 * 3600)
    door.now = "2026-07-02 00:00"
    assert door.days("2026-07-01")[0].state is State.COMPLETE


def test_pairs_by_cameras_with_breaks(door: Door) -> None:
    door.two_ways()
    door.saw("2026-07-01", "in 08:00", "out 12:00", "in 12:45", "yard 14:00", "out 17:00")
    (day,) = door.days("2026-07-01")
    assert list(door.told("2026-07-01")) == ["1 08:00-12:00 12:45-17:00 complete"]
    assert (day.present_s, day.breaks_s) == (8.25 * 3600, 0.75 * 3600)


def test_double_reads_are_one(door: Door) -> None:
    """Coming counts from the first read, going to the last."""
    door.two_ways()
    door.saw("2026-07-01", "in 08:00", "in 08:00:40", "in 08:01:20", "out 17:00", "out 17:00:10")
    (day,) = door.days("2026-07-01")
    (stay,) = day.stays
    assert (stay.came.reads, stay.left.reads) == (3, 2)
    assert (stay.came_at, stay.left_at) == (door.at("2026-07-01 08:00"), door.at("2026-07-01 17:00:10"))


def test_missing_comings_and_goings_are_told_and_not_made_up(door: Door) -> None:
    door.two_ways()
    door.saw("2026-07-01", "in 08:00", "in 12:30", "out 17:00")
    door.saw("2026-07-02", "out 17:00")
    door.saw("2026-07-03", "in 08:00")
    door.saw("2026-07-04", "out 08:30", "in 08:40", "out 09:00")
    assert list(door.told("2026-07-01")) == [
        "1 08:00-? 12:30-17:00 missing_out",
        "2 ?-17:00 missing_in",
        "3 08:00-? missing_out",
        "4 ?-08:30 08:40-09:00 missing_in",
    ]
    assert door.book.sheet(Period(date(2026, 7, 1), date(2026, 7, 4))).people[0].total.incomplete == 4


def test_who_came_and_has_not_left_is_here_for_as_long_as_anybody_stays(door: Door) -> None:
    door.two_ways()
    door.saw("2026-07-01", "in 20:00")
    for now, state in (("2026-07-02 11:59", State.HERE), ("2026-07-02 12:01", State.MISSING_OUT)):
        door.now = now
        assert door.days("2026-07-01")[0].state is state
    door.saw("2026-07-02", "in 06:00")
    door.now = "2026-07-02 07:00"
    assert [day.state for day in door.days("2026-07-01")] == [State.MISSING_OUT, State.HERE]


def test_a_night_belongs_to_the_day_on_which_it_began(door: Door) -> None:
    door.two_ways()
    door.saw("2026-07-31", "in 22:00")
    door.saw("2026-08-01", "out 06:00", "in 22:00")
    door.saw("2026-08-02", "out 06:00")
    assert list(door.told("2026-07-01")) == ["31 22:00-06:00 complete"]
    assert list(door.told("2026-08-01")) == ["1 22:00-06:00 complete"]


def test_a_later_beginning_of_the_day_keeps_nights_together_without_ways(door: Door) -> None:
    door.rules = replace(door.rules, day_start=time(12))
    door.saw("2026-07-01", "22:00")
    door.saw("2026-07-02", "06:00", "22:10")
    door.saw("2026-07-03", "06:05")
    assert list(door.told("2026-07-01")) == ["1 22:00-06:00 complete", "2 22:10-06:05 complete"]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", 7), ("2026-10-24", 9), ("2026-07-01", 8)])
def test_the_time_of_a_night_is_what_truly_passed(door: Door, day: str, hours: int) -> None:
    door.two_ways()
    door.saw(day, "in 22:00")
    door.saw(str(date.fromisoformat(day) + timedelta(days=1)), "out 06:00")
    assert [on.present_s / 3600 for on in door.days(day)] == [hours]


def test_going_after_a_stay_too_long_to_be_one_is_another_one(door: Door) -> None:
    door.two_ways()
    door.saw("2026-07-01", "in 08:00")
    door.saw("2026-07-02", "out 01:00")
    assert list(door.told("2026-07-01")) == ["1 08:00-? missing_out", "2 ?-01:00 missing_in"]


def test_who_sits_in_view_all_night_is_there_on_both_days(door: Door) -> None:
    door.rules = replace(door.rules, gap_s=3600)
    door.saw("2026-07-01", "22:00", "22:30", "23:15")
    door.saw("2026-07-02", "00:05", "00:50", "05:00")
    assert list(door.told("2026-07-01")) == ["1 22:00-23:15 complete", "2 00:05-05:00 complete"]


def test_people_are_listed_by_name_and_apart(door: Door) -> None:
    for person in ("zero", "Ema", "katya"):
        door.saw("2026-07-01", "08:00", "17:00", person=person)
    assert [day.person for day in door.days("2026-07-01")] == ["Ema", "katya", "zero"]
    assert [day.person for day in door.days("2026-07-01", person="zero")] == ["zero"]


def test_weeks_and_months_are_summed(door: Door) -> None:
    for day in range(1, 32):
        door.saw(f"2026-07-{day:02}", "08:00", "16:00")
    (katya,) = door.book.sheet(Period.around(date(2026, 7, 15), Length.MONTH)).people
    assert (katya.total.days, katya.total.present_s) == (31, 31 * 8 * 3600)
    assert [(week, total.days) for week, total in katya.weeks()] == [
        ("2026-W27", 5), ("2026-W28", 7), ("2026-W29", 7), ("2026-W30", 7), ("2026-W31", 5),
    ]  # fmt: skip


def test_a_coming_that_was_missed_is_added_and_taken_back(door: Door) -> None:
    door.two_ways()
    door.saw("2026-07-01", "out 17:00")
    added = door.book.add("katya", Way.IN, door.at("2026-07-01 08:00"), reason="  the camera\nwas off ", by="anna")
    assert (added.reason, added.made_by, added.undone_at) == ("the camera was off", "anna", None)
    (day,) = door.days("2026-07-01")
    assert (day.present_s, day.state, day.corrections) == (9 * 3600, State.COMPLETE, (added.id,))
    undone = door.book.undo(added.id, by="boris")
    assert door.book.undo(added.id, by="somebody else") == undone
    assert undone.undone_by == "boris"
    assert list(door.told("2026-07-01")) == ["1 ?-17:00 missing_in"]
    assert door.book.sheet(Period.around(date(2026, 7, 1), Length.DAY)).corrections == (undone,)


def test_a_sighting_is_struck_out(door: Door) -> None:
    door.two_ways()
    door.saw("2026-07-01", "in 08:00", "out 08:05", "out 17:00")
    at = door.at("2026-07-01 08:05")
    struck = door.book.strike("katya", at, at, reason="only held the door open", by="anna")
    assert list(door.told("2026-07-01")) == ["1 08:00-17:00 complete"]
    door.book.undo(struck.id, by="anna")
    assert list(door.told("2026-07-01")) == ["1 08:00-08:05 ?-17:00 missing_in"]


@pytest.mark.parametrize("two_ways", [True, False])
def test_what_was_said_counts_more_than_what_was_seen_that_day(door: Door, two_ways: bool) -> None:
    if two_ways:
        door.two_ways()
    door.saw("2026-07-01", "in 08:00", "out 17:00")
    for way, hour in ((Way.IN, "07:30"), (Way.OUT, "16:45")):
        door.book.add("katya", way, door.at(f"2026-07-01 {hour}"), reason="said so", by="anna")
    assert list(door.told("2026-07-01")) == ["1 07:30-16:45 complete"]
    for way, hour in ((Way.IN, "08:15"), (Way.OUT, "17:10")):
        door.book.add("katya", way, door.at(f"2026-07-01 {hour}"), reason="no, later", by="anna")
    assert next(door.told("2026-07-01")).startswith("1 07:30-17:10")


def test_a_day_nobody_saw_can_be_added(door: Door) -> None:
    for way, hour in ((Way.IN, "08:00"), (Way.OUT, "16:00")):
        door.book.add("katya", way, door.at(f"2026-07-01 {hour}"), reason="was with a client", by="anna")
    assert list(door.told("2026-07-01")) == ["1 08:00-16:00 complete"]
    door.book.add("ema", Way.OUT, door.at("2026-07-01 16:00"), reason="was with a client", by="anna")
    assert door.days("2026-07-01")[0].state is State.MISSING_IN


def test_corrections_follow_a_name_and_are_forgotten_with_it(door: Door) -> None:
    from ostiary.attendance.store import CorrectionStore

    kept = door.book.add("katya", Way.IN, door.at("2026-07-01 08:00"), reason="x", by="anna")
    store = CorrectionStore(door.folder)
    store.rename("katya", "kate")
    assert [day.person for day in door.days("2026-07-01")] == ["kate"]
    assert store.forget("kate") == 1
    assert door.days("2026-07-01") == []
    with pytest.raises(UnknownCorrection):
        door.book.undo(kept.id, by="anna")


def test_what_cannot_be_is_refused(door: Door) -> None:
    at, book = door.at("2026-07-01 08:00"), door.book
    with pytest.raises(BadField, match="'reason'"):
        book.add("katya", Way.IN, at, reason="  ", by="anna")
    with pytest.raises(BadField, match="'reason'"):
        book.add("katya", Way.IN, at, reason="x" * 501, by="anna")
    with pytest.raises(BadField, match="'way'"):
        book.add("katya", Way.SEEN, at, reason="x", by="anna")
    with pytest.raises(BadField, match="'at'"):
        book.add("katya", Way.IN, door.at("2027-01-01 00:01"), reason="x", by="anna")
    with pytest.raises(BadField, match="'until'"):
        book.strike("katya", at, at - 1, reason="x", by="anna")
    with pytest.raises(BadField, match="'from'"):
        book.sheet(Period(date(2026, 1, 1), date(2027, 1, 2)))
    assert not (door.folder / "attendance.db").exists()


@pytest.mark.parametrize(("two_ways", "words"), [(True, "still here"), (False, "so far")])
def test_of_a_day_that_goes_on_only_what_is_known_is_said(door: Door, two_ways: bool, words: str) -> None:
    if two_ways:
        door.two_ways()
    door.saw("2026-07-01", "in 08:00", "yard 09:00")
    door.now = "2026-07-01 12:00"
    (day,) = door.days("2026-07-01")
    assert remark(day, door.rules) == words
