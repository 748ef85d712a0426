"""Attendance as an operator meets it: from a month to a person's day, a correction, the paper."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect
from support.attendance import Door
from support.browser import DESKTOP, PHONE, faults_of

from ostiary.records.book import RecordBook
from ostiary.records.store import RecordStore
from ostiary.records.values import Record
from ostiary.settings import ApiSettings, LimitSettings
from ostiary.web.app import Rooms, create_app
from ostiary.web.ledger import Ledger
from ostiary.web.server import serve


@pytest.fixture
def door(tmp_path: Path) -> Door:
    door = Door(tmp_path, now="2026-07-31 12:00")
    door.two_ways()
    for day in range(1, 4):
        door.saw(f"2026-07-{day:02}", "in 08:00", "out 12:00", "in 12:45", "out 17:00")
    door.saw("2026-07-06", "out 17:00")
    door.saw("2026-07-07", "in 22:00", person="ema")
    door.saw("2026-07-08", "out 06:00", person="ema")
    return door


@pytest.fixture
def address(door: Door, tmp_path: Path) -> Iterator[str]:
    engine = SimpleNamespace(names=lambda: ["katya", "ema"], gallery_problem=None, model_problem=None)
    records = RecordStore(tmp_path)
    records.put(Record("katya", "Екатерина", "night shift"), at=1.0, by="anna")
    api, limits = ApiSettings(port=0), LimitSettings()
    server = serve(
        create_app(engine, api, limits, Rooms(ledger=Ledger(RecordBook(records, engine.names), door.book, engine.names))), api, limits
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.close()
    thread.join(5)


def test_a_missing_coming_is_found_added_and_taken_back(address: str, visit) -> None:
    page = visit(f"{address}/#/attendance?day=2026-07-06")
    expect(page.get_by_role("row", name="Екатерина")).to_contain_text("24:45")
    page.get_by_role("button", name="Екатерина").click()
    row = page.get_by_role("table", name="Days").get_by_role("row", name="Mon 6 Jul")
    expect(row).to_contain_text("coming is missing")

    page.get_by_role("button", name="Correct 2026-07-06").click()
    page.get_by_label("Time", exact=True).fill("08:00")
    page.get_by_label("Reason").fill("the camera was off")
    page.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("9:00")
    expect(row).to_contain_text("corrected")
    page.get_by_role("button", name="Undo").click()
    expect(row).to_contain_text("coming is missing")
    expect(page.get_by_text("undone by this machine")).to_be_visible()

    page.get_by_role("button", name="Correct 2026-07-06").click()
    page.get_by_label("What is to be said").select_option(label="strike out: went 17:00 at out")
    page.get_by_label("Reason").fill("it was somebody else")
    page.get_by_role("button", name="Save").click()
    expect(row).to_have_count(0)


def test_periods_and_the_way_back(address: str, visit) -> None:
    page = visit(f"{address}/#/attendance?day=2026-07-07&length=day")
    expect(page.get_by_role("row", name=re.compile("^ema"))).to_contain_text("06:00 +1")
    page.get_by_role("button", name="Week").click()
    expect(page.get_by_role("heading", name="6 Jul 2026 to 12 Jul 2026")).to_be_visible()
    page.get_by_role("button", name="Later").click()
    expect(page.get_by_text("Nobody was seen")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("row", name=re.compile("^ema"))).to_contain_text("8:00")
    with page.expect_download() as saved:
        page.get_by_role("link", name="XLSX").click()
    assert saved.value.suggested_filename == "attendance_2026-07-06_2026-07-12.xlsx"


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_all_of_it_is_accessible_and_fits(address: str, visit, size, scheme: str) -> None:
    page = visit(f"{address}/#/attendance?day=2026-07-06&person=katya", size, scheme)
    expect(page.get_by_text("coming is missing")).to_be_visible()
    _check(page, size)
    page.goto(f"{address}/attendance/print?day=2026-07-06")
    expect(page.get_by_role("heading", name="July 2026", exact=True)).to_be_visible()
    _check(page, size)


def test_on_paper_each_person_has_one_sheet_after_the_overview(address: str, visit) -> None:
    page = visit(f"{address}/attendance/print?day=2026-07-06")
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 3


def _check(page, size) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert faults_of(page) == []
