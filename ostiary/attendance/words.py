"""Attendance for people to read: hours and clocks in words, and the tables that spreadsheets take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from ostiary.attendance.book import Sheet
from ostiary.attendance.values import Act, Correction, PersonDay, Rules, State, Total
from ostiary.local_time import local
from ostiary.spreadsheet import Cell, Table

_REMARKS = {State.COMPLETE: "", State.HERE: "still here", State.MISSING_IN: "coming is missing", State.MISSING_OUT: "going is missing"}


@dataclass(frozen=True, slots=True)
class Label:
    """How a person is shown."""

    name: str
    group: str = ""


def remark(day: PersonDay, rules: Rules) -> str:
    """What is to be said of a day, empty where all is there. Without ways nobody knows who is still here: the day goes on."""
    return "so far" if day.state is State.HERE and not rules.two_way else _REMARKS[day.state]


def hours(seconds: float | None) -> str:
    """`7:45`, to the nearest minute; empty where it is not known."""
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02}"


def clock(at: float | None, day: date, zone: tzinfo) -> str:
    """`06:00 +1` for the morning after `day`; empty where it is not known."""
    if at is None:
        return ""
    when = local(at, zone)
    after = (when.date() - day).days
    return f"{when:%H:%M} {after:+}" if after else f"{when:%H:%M}"


def in_words(correction: Correction, zone: tzinfo) -> str:
    """What a correction does, in words, without the reason."""
    at = local(correction.at, zone)
    if correction.act is Act.ADD:
        return f"{'came' if correction.way == 'in' else 'went'} at {at:%H:%M}"
    until = local(correction.until, zone)
    return f"seen at {at:%H:%M:%S} struck out" if until == at else f"seen {at:%H:%M:%S} to {until:%H:%M:%S} struck out"


def days_table(sheet: Sheet, labels: Mapping[str, Label]) -> Table:
    header = ("Person", "Name", "Group", "Day", "Came", "Left", "Present (hours)", "Breaks (hours)", "Stays", "Remark", "Corrected")
    return Table("Days", header, _day_rows(sheet, labels), (18, 22, 16, 11, 17, 17, 16, 16, 7, 20, 10))


def totals_table(sheet: Sheet, labels: Mapping[str, Label]) -> Table:
    rows = (_named(person.name, labels) + _total(person.total) for person in sheet.people)
    return Table("Totals", ("Person", "Name", "Group", "Days", "Present (hours)", "Days incomplete"), rows, (18, 22, 16, 7, 16, 16))


def corrections_table(sheet: Sheet) -> Table:
    zone = sheet.rules.zone
    rows = (
        (
            c.person,
            _naive(c.at, zone),
            in_words(c, zone),
            c.reason,
            c.made_by,
            _naive(c.made_at, zone),
            c.undone_by,
            _naive(c.undone_at, zone),
        )
        for c in sheet.corrections
    )
    header = ("Person", "About", "Correction", "Reason", "By", "Made", "Undone by", "Undone")
    return Table("Corrections", header, rows, (18, 17, 30, 40, 16, 17, 16, 17))


def _day_rows(sheet: Sheet, labels: Mapping[str, Label]) -> Iterator[tuple[Cell, ...]]:
    for person in sheet.people:
        for day in person.days:
            yield _named(person.name, labels) + _day(day, sheet.rules)


def _named(person: str, labels: Mapping[str, Label]) -> tuple[Cell, ...]:
    label = labels.get(person, Label(person))
    return person, label.name, label.group


def _day(day: PersonDay, rules: Rules) -> tuple[Cell, ...]:
    zone = rules.zone
    ends = (_naive(day.first_in, zone), _naive(day.last_out, zone))
    breaks = None if day.breaks_s is None else _hours(day.breaks_s)
    return (day.day, *ends, _hours(day.present_s), breaks, len(day.stays), remark(day, rules), "yes" if day.corrections else "")


def _total(total: Total) -> tuple[Cell, ...]:
    return total.days, _hours(total.present_s), total.incomplete


def _hours(seconds: float) -> float:
    return round(seconds / 3600, 2)


def _naive(at: float | None, zone: tzinfo) -> datetime | None:
    return None if at is None else local(at, zone).replace(tzinfo=None, microsecond=0)
