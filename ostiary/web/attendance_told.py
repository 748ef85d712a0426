"""Attendance as the API tells it. Times are ms since 1970, of a stamp from its beginning to its end, and ISO 8601 by the door's clock."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, tzinfo
from typing import Any

from pydantic import Field

from ostiary.attendance.book import Person, Sheet
from ostiary.attendance.values import Act, Correction, PersonDay, Stamp, State, Total, Way
from ostiary.attendance.words import Label
from ostiary.local_time import local
from ostiary.web.describe import Model


class StampTold(Model):
    """One coming or going. Several reads without a gap are one stamp, from `at` to `until`; `local` is which of them counts."""

    at: int
    until: int
    local: str
    camera: str
    reads: int
    correction: int | None = Field(description="the correction that added it")


class StayTold(Model):
    came: StampTold | None
    left: StampTold | None
    seconds: float | None


class DayTold(Model):
    day: date
    state: State
    first_in: int | None
    last_out: int | None
    present_s: float
    breaks_s: float | None
    corrections: list[int]
    stays: list[StayTold]


class TotalTold(Model):
    days: int
    present_s: float
    incomplete: int = Field(description="days on which a coming or going is missing")


class WeekTold(TotalTold):
    week: str = Field(description="ISO 8601, such as 2026-W13")


class PersonTold(Model):
    name: str
    display_name: str
    group: str
    total: TotalTold
    weeks: list[WeekTold]
    days: list[DayTold]


class CorrectionTold(Model):
    id: int
    act: Act
    person: str
    at: int
    until: int
    local: str
    way: Way | None
    reason: str
    made_at: int
    made_by: str
    undone_at: int | None
    undone_by: str


class SheetTold(Model):
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    today: date
    zone: str = Field(description="whose days and hours are meant")
    day_start: str
    two_way: bool = Field(description="whether cameras tell coming from going; else a day is from the first sighting to the last")
    people: list[PersonTold]
    corrections: list[CorrectionTold]


def sheet_told(sheet: Sheet, labels: Mapping[str, Label]) -> dict[str, Any]:
    rules = sheet.rules
    return {
        "from": str(sheet.period.first),
        "to": str(sheet.period.last),
        "today": str(sheet.today),
        "zone": str(rules.zone),
        "day_start": f"{rules.day_start:%H:%M}",
        "two_way": rules.two_way,
        "people": [_person_told(person, labels.get(person.name, Label(person.name)), rules.zone) for person in sheet.people],
        "corrections": [correction_told(correction, rules.zone) for correction in sheet.corrections],
    }


def _person_told(person: Person, label: Label, zone: tzinfo) -> dict[str, Any]:
    return {
        "name": person.name,
        "display_name": label.name,
        "group": label.group,
        "total": _total_told(person.total),
        "weeks": [{"week": week, **_total_told(total)} for week, total in person.weeks()],
        "days": [_day_told(day, zone) for day in person.days],
    }


def _day_told(day: PersonDay, zone: tzinfo) -> dict[str, Any]:
    return {
        "day": str(day.day),
        "state": day.state.value,
        "first_in": _ms(day.first_in),
        "last_out": _ms(day.last_out),
        "present_s": round(day.present_s, 3),
        "breaks_s": None if day.breaks_s is None else round(day.breaks_s, 3),
        "corrections": list(day.corrections),
        "stays": [
            {"came": _stamp_told(stay.came, zone), "left": _stamp_told(stay.left, zone, end=True), "seconds": stay.seconds}
            for stay in day.stays
        ],
    }


def _stamp_told(stamp: Stamp | None, zone: tzinfo, *, end: bool = False) -> dict[str, Any] | None:
    if stamp is None:
        return None
    return {
        "at": math.floor(stamp.at * 1000),
        "until": math.ceil(stamp.until * 1000),
        "local": local(stamp.until if end else stamp.at, zone).isoformat(timespec="seconds"),
        "camera": stamp.camera,
        "reads": stamp.reads,
        "correction": stamp.correction,
    }


def _total_told(total: Total) -> dict[str, Any]:
    return {"days": total.days, "present_s": round(total.present_s, 3), "incomplete": total.incomplete}


def correction_told(correction: Correction, zone: tzinfo) -> dict[str, Any]:
    return {
        "id": correction.id,
        "act": correction.act.value,
        "person": correction.person,
        "at": _ms(correction.at),
        "until": _ms(correction.until),
        "local": local(correction.at, zone).isoformat(timespec="seconds"),
        "way": correction.way and correction.way.value,
        "reason": correction.reason,
        "made_at": _ms(correction.made_at),
        "made_by": correction.made_by,
        "undone_at": _ms(correction.undone_at),
        "undone_by": correction.undone_by,
    }


def _ms(at: float | None) -> int | None:
    return None if at is None else round(at * 1000)
