"""Attendance as it is laid out on paper: an overview, and a sheet with every day for each person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ostiary.attendance.book import Person, Sheet
from ostiary.attendance.values import Correction, PersonDay
from ostiary.attendance.words import Label, clock, hours, in_words, remark
from ostiary.local_time import local

_EVERY_DAY = 31
"""In periods of at most so many days, those on which nobody was seen are lines too."""


@dataclass(frozen=True, slots=True)
class Line:
    """A day, or on the overview a person. `notes` are the numbers of the corrections below."""

    title: str
    came: str = ""
    left: str = ""
    breaks: str = ""
    present: str = ""
    stays: tuple[str, ...] = ()
    remark: str = ""
    notes: tuple[int, ...] = ()
    weekend: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class PersonPage:
    label: Label
    lines: tuple[Line, ...]
    weeks: tuple[tuple[str, str], ...]
    days: int
    present: str
    incomplete: int
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    label: Label
    days: int
    present: str
    incomplete: int


@dataclass(frozen=True, slots=True)
class Paper:
    """Of a single day `today` has a line for each person, and there are no pages; else there is one for each, and of several a `summary`."""

    title: str
    made: str
    zone: str
    how: str
    today: tuple[Line, ...]
    notes: tuple[Note, ...]
    summary: tuple[Summary, ...]
    total: str
    pages: tuple[PersonPage, ...]


def pages_of(sheet: Sheet, labels: Mapping[str, Label]) -> Paper:
    single = sheet.period.first == sheet.period.last
    counted = [correction for correction in sheet.corrections if correction.undone_at is None]
    numbers = {correction.id: number for number, correction in enumerate(counted, start=1)}
    made = local(sheet.made_at, sheet.rules.zone)
    return Paper(
        title=_title(sheet),
        made=f"{_date(made)}, {made:%H:%M}",
        zone=str(sheet.rules.zone),
        how=_how(sheet),
        today=tuple(_today(person, sheet, labels, numbers) for person in sheet.people) if single else (),
        notes=tuple(_note(correction, numbers, sheet, labels) for correction in counted) if single else (),
        summary=tuple(_summary(person, labels) for person in sheet.people) if not single and len(sheet.people) > 1 else (),
        total=hours(sum(person.total.present_s for person in sheet.people)),
        pages=() if single else tuple(_page(person, sheet, labels) for person in sheet.people),
    )


def _title(sheet: Sheet) -> str:
    first, last = sheet.period.first, sheet.period.last
    if first == last:
        return f"{first:%A}, {_date(first)}"
    days = (last - first).days + 1
    if first.day == 1 and (first.month, days > 27) == (last.month, True) and last.day == days:
        return f"{first:%B %Y}"
    if days == 7 and first.weekday() == 0:
        return f"Week {first.isocalendar().week}, {first.day} {first:%B} to {_date(last)}"
    return f"{_date(first)} to {_date(last)}"


def _date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _how(sheet: Sheet) -> str:
    rules = sheet.rules
    by = "by the cameras for coming and going" if rules.two_way else "from the first sighting of a day to its last"
    return f"{by}; days begin at {rules.day_start:%H:%M}" if rules.day_start.hour or rules.day_start.minute else by


def _today(person: Person, sheet: Sheet, labels: Mapping[str, Label], numbers: Mapping[int, int]) -> Line:
    told = _line(person.days[0], _label(person.name, labels).name, sheet)
    notes = sorted(numbers[one.id] for one in sheet.corrections if one.person == person.name and one.id in numbers)
    return Line(told.title, told.came, told.left, told.breaks, told.present, told.stays, told.remark, tuple(notes))


def _summary(person: Person, labels: Mapping[str, Label]) -> Summary:
    total = person.total
    return Summary(_label(person.name, labels), total.days, hours(total.present_s), total.incomplete)


def _page(person: Person, sheet: Sheet, labels: Mapping[str, Label]) -> PersonPage:
    mine = [one for one in sheet.corrections if one.person == person.name and one.undone_at is None]
    numbers = {correction.id: number for number, correction in enumerate(mine, start=1)}
    found = {day.day: day for day in person.days}
    every = (sheet.period.last - sheet.period.first).days < _EVERY_DAY
    lines = []
    for day in sheet.period.days() if every else found:
        notes = tuple(numbers[one.id] for one in mine if sheet.days.of(one.at) == day)
        lines.append(_line(found.get(day), f"{day:%a} {day.day} {day:%b}", sheet, notes, weekend=day.weekday() > 4))
    total = person.total
    return PersonPage(
        _label(person.name, labels),
        tuple(lines),
        tuple((f"Week {int(week[-2:])}", hours(total.present_s)) for week, total in person.weeks()),
        total.days,
        hours(total.present_s),
        total.incomplete,
        tuple(_note(one, numbers, sheet, None) for one in mine),
    )


def _line(day: PersonDay | None, title: str, sheet: Sheet, notes: tuple[int, ...] = (), *, weekend: bool = False) -> Line:
    if day is None:
        return Line(title, notes=notes, weekend=weekend)
    zone = sheet.rules.zone
    stays = [f"{clock(s.came_at, day.day, zone) or '?'}–{clock(s.left_at, day.day, zone) or '?'}" for s in day.stays]
    return Line(
        title,
        clock(day.first_in, day.day, zone),
        clock(day.last_out, day.day, zone),
        hours(day.breaks_s) if day.breaks_s else "",
        hours(day.present_s) if any(stay.seconds is not None for stay in day.stays) else "",
        tuple(stays) if len(stays) > 1 else (),
        remark(day, sheet.rules),
        notes,
        weekend,
    )


def _note(correction: Correction, numbers: Mapping[int, int], sheet: Sheet, labels: Mapping[str, Label] | None) -> Note:
    zone = sheet.rules.zone
    whom = f"{_label(correction.person, labels).name}, " if labels is not None else ""
    at, made = local(correction.at, zone), local(correction.made_at, zone)
    text = f"{whom}{at.day} {at:%b}, {in_words(correction, zone)}: {correction.reason} ({correction.made_by}, {_date(made)}, {made:%H:%M})"
    return Note(numbers[correction.id], text)


def _label(person: str, labels: Mapping[str, Label]) -> Label:
    return labels.get(person, Label(person))
