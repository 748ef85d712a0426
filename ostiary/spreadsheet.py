"""Tables for spreadsheet programs, as CSV and XLSX, written a row at a time. What people typed is never taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

Cell = str | int | float | date | datetime | None
"""Dates and times are local ones, without an offset, which these programs do not know."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_DAY, _MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"


@dataclass(frozen=True)
class Table:
    """`rows` may be an iterator, which is read once. `widths` are in characters; 12 where none is given."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = ()


def csv_lines(table: Table) -> Iterator[bytes]:
    """The table as CSV in UTF-8, marked as such, which some programs need to know it by."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(table.header)
    yield ("\ufeff" + _taken(buffer)).encode()
    for row in table.rows:
        writer.writerow([_text(cell) for cell in row])
        yield _taken(buffer).encode("utf-8", "replace")


def write_xlsx(file: BinaryIO, tables: Iterable[Table]) -> None:
    """A workbook with a sheet for each table, its header in sight while one scrolls. Holds one row in memory."""
    from xlsxwriter import Workbook

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(file, options) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        formats: dict[type, Any] = {date: book.add_format({"num_format": _DAY}), datetime: book.add_format({"num_format": _MOMENT})}
        for table in tables:
            sheet = book.add_worksheet(table.name)
            sheet.freeze_panes(1, 0)
            for column, title in enumerate(table.header):
                sheet.set_column(column, column, table.widths[column] if column < len(table.widths) else 12)
                sheet.write_string(0, column, title, bold)
            for number, row in enumerate(table.rows, start=1):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(number, column, cell)
                    elif cell is not None:
                        sheet.write(number, column, cell, formats.get(type(cell)))


def _text(cell: Cell) -> object:
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULAS):
        return f"'{cell}"
    return cell


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
