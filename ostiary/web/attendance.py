"""Who was here when: as JSON, as a table for spreadsheets, and on paper; and what people say about it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import date, tzinfo
from typing import Literal, Protocol

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import Field

from ostiary.attendance.book import LONGEST_REASON, Sheet
from ostiary.attendance.days import Length, Period
from ostiary.attendance.paper import pages_of
from ostiary.attendance.values import Act, Correction, Rules, Way
from ostiary.attendance.words import Label, corrections_table, days_table, in_words, totals_table
from ostiary.errors import BadField, UnknownName
from ostiary.gallery.names import clean_name
from ostiary.local_time import local, moment
from ostiary.scopes import Scope
from ostiary.spreadsheet import XLSX, csv_lines, write_xlsx
from ostiary.web.attendance_told import CorrectionTold, SheetTold, correction_told, sheet_told
from ostiary.web.audit import about, audited
from ostiary.web.auth import asking, needs
from ostiary.web.describe import Model, described


class Book(Protocol):
    """What this room needs of the attendance book."""

    @property
    def rules(self) -> Rules: ...

    def today(self) -> date: ...

    def sheet(self, period: Period, person: str | None = None) -> Sheet: ...

    def add(self, person: str, way: Way, at: float, *, reason: str, by: str) -> Correction: ...

    def strike(self, person: str, at: float, until: float, *, reason: str, by: str) -> Correction: ...

    def undo(self, correction: int, *, by: str) -> Correction: ...


class PeriodQuery(Model):
    length: Length = Field(Length.MONTH, description="the day, week (from Monday) or month")
    day: date | None = Field(None, description="in which this day is; by default today")
    first: date | None = Field(None, alias="from", description="instead: from this day ...")
    last: date | None = Field(None, alias="to", description="... to this one, both included")
    person: str | None = Field(None, description="of one person only")


class CorrectionBody(Model):
    act: Act = Field(Act.ADD, description="add a coming or going, or strike out what was seen from `at` to `until`")
    person: str
    at: int | str = Field(description="ms since 1970, or a local time in ISO 8601, with an offset where the clocks go back")
    until: int | str | None = Field(None, description="of what is struck out; by default a second later")
    way: Literal["in", "out"] | None = Field(None, description="of what is added")
    reason: str = Field(min_length=1, max_length=LONGEST_REASON)


class Corrected(Model):
    success: bool
    correction: CorrectionTold


def blueprint(book: Book, labels: Callable[[], Mapping[str, Label]], names: Callable[[], list[str]]) -> Blueprint:
    """`labels` are how people are shown, `names` who is enrolled."""
    pages = Blueprint("attendance", __name__)
    zone = book.rules.zone

    def asked() -> Sheet:
        query: PeriodQuery = request.context.query  # type: ignore[attr-defined]
        return book.sheet(_period(query, book.today()), clean_name(query.person) if query.person else None)

    @pages.get("/attendance")
    @needs(Scope.READ)
    @described("attendance", query=PeriodQuery, answer=SheetTold, errors=("bad_name",))
    def sheet() -> ResponseReturnValue:
        """Who was here in a day, a week or a month, with what was corrected."""
        return jsonify(sheet_told(asked(), labels()))

    @pages.get("/attendance/export.csv")
    @needs(Scope.READ)
    @audited("attendance.export")
    @described("attendance", query=PeriodQuery, media="text/csv", errors=("bad_name",))
    def as_csv() -> ResponseReturnValue:
        """A row for each person and day."""
        found = asked()
        return Response(csv_lines(days_table(found, labels())), mimetype="text/csv", headers=_saved_as(found, "csv"))

    @pages.get("/attendance/export.xlsx")
    @needs(Scope.READ)
    @audited("attendance.export")
    @described("attendance", query=PeriodQuery, media=XLSX, errors=("bad_name",))
    def as_xlsx() -> ResponseReturnValue:
        """A workbook: totals, days, corrections."""
        found, shown = asked(), labels()
        file = io.BytesIO()  # packed, a year of a hundred people takes a megabyte or two
        write_xlsx(file, [totals_table(found, shown), days_table(found, shown), corrections_table(found)])
        return Response(file.getvalue(), mimetype=XLSX, headers=_saved_as(found, "xlsx"))

    @pages.get("/attendance/print")
    @needs(Scope.READ)
    @described("attendance", query=PeriodQuery, media="text/html", errors=("bad_name",))
    def on_paper() -> ResponseReturnValue:
        """A page to print: who was here, and a sheet for each person where it is more than a day."""
        return render_template("attendance.html", paper=pages_of(asked(), labels()))

    @pages.post("/attendance/corrections")
    @needs(Scope.ENROL)
    @audited("attendance.correct")
    @described("attendance", json=CorrectionBody, answer=Corrected, errors=("bad_name", "unknown_name"))
    def correct() -> ResponseReturnValue:
        """Says what the cameras did not see, or saw wrongly, and why. The history stays as it is; this is kept beside it."""
        body: CorrectionBody = request.context.json  # type: ignore[attr-defined]
        name = clean_name(body.person)
        if name not in names():
            raise UnknownName(name)
        at = _at(body.at, zone, "at")
        if body.act is Act.ADD:
            if body.way is None:
                raise BadField("way", "expected in or out")
            made = book.add(name, Way(body.way), at, reason=body.reason, by=asking().name)
        else:
            until = at + 1 if body.until is None else _at(body.until, zone, "until")
            made = book.strike(name, at, until, reason=body.reason, by=asking().name)
        about(name, f"{made.id}: {in_words(made, zone)} on {local(made.at, zone):%Y-%m-%d}: {made.reason}")
        return jsonify({"success": True, "correction": correction_told(made, zone)})

    @pages.delete("/attendance/corrections/<int:correction>")
    @needs(Scope.ENROL)
    @audited("attendance.undo")
    @described("attendance", answer=Corrected, errors=("unknown_correction",))
    def undo(correction: int) -> ResponseReturnValue:
        """Takes a correction back. That it was made, and by whom, is still kept."""
        undone = book.undo(correction, by=asking().name)
        about(undone.person, str(undone.id))
        return jsonify({"success": True, "correction": correction_told(undone, zone)})

    return pages


def _period(query: PeriodQuery, today: date) -> Period:
    if query.first is not None or query.last is not None:
        return Period(query.first or query.last or today, query.last or today)
    try:
        return Period.around(query.day or today, query.length)
    except ValueError as error:
        raise BadField("day", str(error)) from None


def _at(value: int | str, zone: tzinfo, field: str) -> float:
    if isinstance(value, str):
        return moment(value, zone, field=field)
    if not 0 <= value < 1e14:
        raise BadField(field, "expected milliseconds since 1970")
    return value / 1000


def _saved_as(sheet: Sheet, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f"attachment; filename=attendance_{sheet.period.first}_{sheet.period.last}.{ending}"}
