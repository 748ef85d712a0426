from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime

from ostiary.spreadsheet import Table, csv_lines, write_xlsx

ROWS = [
    ("Катя", date(2026, 7, 1), datetime(2026, 7, 1, 8, 0, 30), 7.75, 3, None),
    ('=HYPERLINK("http://evil")', None, None, -1.5, 0, "a, \"b\"\nc"),
    (" +1", None, None, None, None, "@x"),
]  # fmt: skip
HEADER = ("Name", "Day", "Came", "Hours", "Stays", "Remark")


def test_csv_is_read_back_and_holds_no_formula() -> None:
    data = b"".join(csv_lines(Table("Days", HEADER, iter(ROWS))))
    assert data.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert read[:2] == [list(HEADER), ["Катя", "2026-07-01", "2026-07-01 08:00:30", "7.75", "3", ""]]
    assert read[2] == ['\'=HYPERLINK("http://evil")', "", "", "-1.5", "0", 'a, "b"\nc']
    assert read[3][0] == "' +1"
    assert read[3][5] == "'@x"


def test_csv_takes_a_row_when_it_gives_one() -> None:
    taken = []

    def rows():
        for number in range(3):
            taken.append(number)
            yield (number,)

    lines = csv_lines(Table("Days", ("Number",), rows()))
    assert (next(lines), taken) == (b"\xef\xbb\xbfNumber\r\n", [])
    assert (next(lines), taken) == (b"0\r\n", [0])


def test_xlsx_holds_texts_as_texts_and_times_as_times() -> None:
    file = io.BytesIO()
    write_xlsx(file, [Table("Days", HEADER, iter(ROWS), (18,)), Table("Totals", ("A",), ())])
    with zipfile.ZipFile(file) as book:
        assert book.testzip() is None
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert [name for name in book.namelist() if "worksheets/sheet" in name] == ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"]
    assert "<f>" not in sheet
    assert "HYPERLINK" in sheet
    assert "Катя" in sheet
    assert "<v>46204.3336" in sheet  # 1 July 2026, 08:00:30, as spreadsheets count
