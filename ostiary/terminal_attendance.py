"""The `ostiary attendance` command: who was here when, printed or written to a file."""

from __future__ import annotations

import argparse
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ostiary.settings import Settings

if TYPE_CHECKING:  # the command's parser must not load what only the command needs
    from ostiary.attendance.book import Person, Sheet
    from ostiary.attendance.days import Period
    from ostiary.attendance.words import Label


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Fills the parser of `ostiary attendance`; what it parses goes to `run`."""
    when = parser.add_mutually_exclusive_group()
    when.add_argument("--month", type=_month, metavar="YYYY-MM", help="this month; the current one where nothing is named")
    when.add_argument("--week", type=_day, metavar="DATE", help="the week in which this day is")
    when.add_argument("--day", type=_day, metavar="DATE")
    parser.add_argument("--person", metavar="NAME")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write a row for each person and day")
    parser.add_argument("--xlsx", type=Path, metavar="FILE", help="write a workbook of totals, days and corrections")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    from ostiary.assembly.history import open_history
    from ostiary.assembly.ledger import attendance_book, record_store
    from ostiary.assembly.stores import own_data
    from ostiary.attendance.words import Label, corrections_table, days_table, totals_table
    from ostiary.gallery.names import clean_name
    from ostiary.spreadsheet import csv_lines, write_xlsx

    labels = {name: Label(record.shown, record.group) for name, record in record_store(settings).all().items()}
    with closing(open_history(settings, own_data(settings))) as history:
        book = attendance_book(settings, history)
        sheet = book.sheet(_period(arguments, book.today()), clean_name(arguments.person) if arguments.person else None)
    if arguments.csv:
        with arguments.csv.open("wb") as file:
            file.writelines(csv_lines(days_table(sheet, labels)))
    if arguments.xlsx:
        with arguments.xlsx.open("wb") as file:
            write_xlsx(file, [totals_table(sheet, labels), days_table(sheet, labels), corrections_table(sheet)])
    if not (arguments.csv or arguments.xlsx):
        for person in sheet.people:
            _print(person, sheet, labels.get(person.name, Label(person.name)))
    return 0


def _print(person: Person, sheet: Sheet, label: Label) -> None:
    from ostiary.attendance.words import clock, hours, remark

    print(f"{label.name}{f', {label.group}' if label.group else ''}")
    zone = sheet.rules.zone
    for day in person.days:
        came, left = clock(day.first_in, day.day, zone) or "?", clock(day.last_out, day.day, zone) or "?"
        remarks = ", ".join(part for part in (remark(day, sheet.rules), "corrected" if day.corrections else "") if part)
        print(f"  {day.day:%a %Y-%m-%d}  {came:8} {left:8} {hours(day.present_s):>6}  {remarks}".rstrip())
    total = person.total
    print(f"  {total.days} {'day' if total.days == 1 else 'days'}, {hours(total.present_s)} hours, {total.incomplete} incomplete")


def _period(arguments: argparse.Namespace, today: date) -> Period:
    from ostiary.attendance.days import Length, Period

    for length in (Length.DAY, Length.WEEK):
        if day := getattr(arguments, length.value):
            return Period.around(day, length)
    return Period.around(arguments.month or today, Length.MONTH)


def _month(text: str) -> date:
    return _day(f"{text}-01", "expected a month such as 2026-07")


def _day(text: str, wanted: str = "expected a day such as 2026-07-01") -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(wanted) from None
    if not 1970 <= day.year < 9999:
        raise argparse.ArgumentTypeError(wanted)
    return day
