"""Records and attendance over HTTP."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from support.attendance import Door

from ostiary.access.store import AccessStore
from ostiary.records.book import RecordBook
from ostiary.records.store import RecordStore
from ostiary.settings import ApiSettings, LimitSettings
from ostiary.web.app import Rooms, create_app
from ostiary.web.auth import Access
from ostiary.web.ledger import Ledger


@pytest.fixture
def door(tmp_path: Path) -> Door:
    door = Door(tmp_path, now="2026-07-31 12:00")
    door.two_ways()
    return door


@pytest.fixture
def client(engine: Any, door: Door, tmp_path: Path) -> FlaskClient:
    engine.people = {"katya": [b""], "a/b": [b""], "ema": [b""]}
    ledger = Ledger(RecordBook(RecordStore(tmp_path), engine.names), door.book, engine.names)
    return create_app(engine, ApiSettings(), LimitSettings(), Rooms(ledger=ledger)).test_client()


def _put(client: FlaskClient, name: str, **members: object) -> dict[str, Any]:
    answer = client.put(f"/people/{name}/record", json=members)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_a_record_begins_empty_and_changes_by_what_is_sent(client: FlaskClient, door: Door) -> None:
    empty = client.get("/people/katya/record").get_json()
    assert (empty["display_name"], empty["expires_at"], empty["consent"], empty["standing"]) == ("", None, None, "valid")
    assert client.get("/records").get_json() == []
    _put(client, "katya", display_name=" Екатерина ", notes="lost her card", expires_at="2026-07-31")
    told = _put(client, "katya", group="night", consent={"text": "signed on paper", "given_at": "2026-07-01T08:00"})
    assert (told["display_name"], told["group"], told["notes"]) == ("Екатерина", "night", "lost her card")
    assert told["expires_at"] == door.at("2026-08-01 00:00") * 1000
    assert told["consent"] == {"given_at": door.at("2026-07-01 08:00") * 1000, "by": "this machine", "text": "signed on paper"}
    assert _put(client, "katya", expires_at=None, valid_from=told["expires_at"])["expires_at"] is None
    assert [one["name"] for one in client.get("/records").get_json()] == ["katya"]


def test_consent_keeps_its_date_until_it_says_something_else(client: FlaskClient) -> None:
    first = _put(client, "katya", consent={"text": "photos"})["consent"]
    assert _put(client, "katya", consent={"text": "photos"}, notes="x")["consent"] == first
    assert _put(client, "katya", consent={"text": "photos", "given_at": 1000})["consent"]["given_at"] == 1000
    assert _put(client, "katya", consent=None)["consent"] is None


def test_who_is_expired_is_said_to_be(client: FlaskClient) -> None:
    assert _put(client, "katya", expires_at=1000)["standing"] == "expired"
    assert _put(client, "katya", expires_at=None, valid_from=4102444800000)["standing"] == "not_yet"
    assert _put(client, "a/b", notes="a name with a slash")["name"] == "a/b"


@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("nobody", {"notes": "x"}, 404, "unknown_name"),
        ("%07", {"notes": "x"}, 400, "bad_name"),
        ("katya", {"expires_at": "soon"}, 400, "bad_field"),
        ("katya", {"expires_at": -5}, 400, "bad_field"),
        ("katya", {"expires_at": 10**20}, 400, "bad_field"),
        ("katya", {"valid_from": 2000, "expires_at": 2000}, 400, "bad_field"),
        ("katya", {"notes": "x" * 5000}, 400, "bad_field"),
        ("katya", {"consent": {}}, 400, "missing_field"),
        ("katya", {"consent": {"text": ""}}, 400, "bad_field"),
        ("katya", {"notes": 5}, 400, "bad_field"),
    ],
)
def test_what_cannot_be_written_is_refused(client: FlaskClient, name: str, body: dict[str, Any], status: int, code: str) -> None:
    answer = client.put(f"/people/{name}/record", json=body)
    assert (answer.status_code, answer.get_json()["error"]) == (status, code)
    assert client.get("/records").get_json() == []


def test_a_month_is_told_with_totals_weeks_and_names(client: FlaskClient, door: Door) -> None:
    _put(client, "katya", display_name="Екатерина", group="night")
    door.saw("2026-07-01", "in 08:00", "out 12:00", "in 12:45", "out 17:00")
    door.saw("2026-07-31", "in 08:00")
    told = client.get("/attendance").get_json()
    assert (told["from"], told["to"], told["zone"], told["two_way"]) == ("2026-07-01", "2026-07-31", "Europe/Berlin", True)
    (katya,) = told["people"]
    assert (katya["name"], katya["display_name"], katya["group"]) == ("katya", "Екатерина", "night")
    assert katya["total"] == {"days": 2, "present_s": 8.25 * 3600, "incomplete": 0}
    assert [week["week"] for week in katya["weeks"]] == ["2026-W27", "2026-W31"]
    first, last = katya["days"]
    assert (first["day"], first["state"], first["breaks_s"]) == ("2026-07-01", "complete", 2700)
    assert first["stays"][0]["came"]["local"] == "2026-07-01T08:00:00+02:00"
    assert (last["state"], last["last_out"]) == ("here", None)


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("length=day&day=2026-07-07", ("2026-07-07", "2026-07-07")),
        ("length=week&day=2026-07-07", ("2026-07-06", "2026-07-12")),
        ("from=2026-07-02&to=2026-07-05", ("2026-07-02", "2026-07-05")),
        ("from=2026-07-02", ("2026-07-02", "2026-07-31")),
    ],
)
def test_periods_are_asked_for(client: FlaskClient, query: str, days: tuple[str, str]) -> None:
    told = client.get(f"/attendance?{query}").get_json()
    assert (told["from"], told["to"]) == days


@pytest.mark.parametrize(
    "query",
    [
        "length=year",
        "day=tomorrow",
        "from=2026-07-02&to=2026-07-01",
        "from=2020-01-01&to=2026-01-01",
        "day=9999-12-31",
        "person=%00",
        "from=0001-01-01&to=0001-01-01",
        "from=9999-12-30&to=9999-12-31",
        "length=week&day=0001-01-01",
    ],
)
def test_periods_that_cannot_be_are_refused(client: FlaskClient, query: str) -> None:
    for path in ("/attendance", "/attendance/print", "/attendance/export.csv", "/attendance/export.xlsx"):
        assert client.get(f"{path}?{query}").status_code == 400, path


def test_of_one_person_only(client: FlaskClient, door: Door) -> None:
    for person in ("katya", "ema"):
        door.saw("2026-07-01", "in 08:00", "out 12:00", person=person)
    assert [one["name"] for one in client.get("/attendance?person=ema").get_json()["people"]] == ["ema"]


def _correct(client: FlaskClient, **members: object) -> dict[str, Any]:
    answer = client.post("/attendance/corrections", json={"person": "katya", "reason": "the camera was off", **members})
    assert answer.status_code == 200, answer.text
    return answer.get_json()["correction"]


def test_a_correction_is_made_told_and_undone(client: FlaskClient, door: Door) -> None:
    door.saw("2026-07-01", "out 17:00")
    made = _correct(client, at="2026-07-01T08:00", way="in")
    assert (made["act"], made["made_by"], made["local"]) == ("add", "this machine", "2026-07-01T08:00:00+02:00")
    told = client.get("/attendance").get_json()
    assert told["people"][0]["total"]["present_s"] == 9 * 3600
    assert [one["id"] for one in told["corrections"]] == [made["id"]]
    assert client.delete(f"/attendance/corrections/{made['id']}").get_json()["correction"]["undone_by"] == "this machine"
    assert client.get("/attendance").get_json()["people"][0]["total"]["incomplete"] == 1
    assert client.delete("/attendance/corrections/999").status_code == 404


def test_a_stamp_as_it_was_told_is_struck_out_whole(client: FlaskClient, door: Door) -> None:
    """Though it was read between two milliseconds."""
    door.saw("2026-07-01", "in 08:00", "out 08:05:00.123456", "out 08:05:30.654321", "out 17:00")
    wrong = client.get("/attendance").get_json()["people"][0]["days"][0]["stays"][0]["left"]
    _correct(client, act="strike", at=wrong["at"], until=wrong["until"])
    (stay,) = client.get("/attendance").get_json()["people"][0]["days"][0]["stays"]
    assert stay["seconds"] == 9 * 3600


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"person": "nobody", "at": 1000, "way": "in", "reason": "x"}, 404, "unknown_name"),
        ({"person": "katya", "at": 1000, "reason": "x"}, 400, "bad_field"),
        ({"person": "katya", "at": 1000, "way": "in", "reason": " "}, 400, "bad_field"),
        ({"person": "katya", "at": 1000, "way": "in"}, 400, "missing_field"),
        ({"person": "katya", "at": 1000, "way": "seen", "reason": "x"}, 400, "bad_field"),
        ({"person": "katya", "at": "2026-03-29T02:30", "way": "in", "reason": "x"}, 400, "bad_field"),
        ({"person": "katya", "at": 10**18, "way": "in", "reason": "x"}, 400, "bad_field"),
        ({"person": "katya", "at": 5000, "until": 4000, "act": "strike", "reason": "x"}, 400, "bad_field"),
    ],
)
def test_corrections_that_cannot_be_are_refused(client: FlaskClient, body: dict[str, Any], status: int, code: str) -> None:
    answer = client.post("/attendance/corrections", json=body)
    assert (answer.status_code, answer.get_json()["error"]) == (status, code)


def test_tables_for_spreadsheets(client: FlaskClient, door: Door) -> None:
    _put(client, "katya", display_name="=SUM(A1)", group="night")
    door.saw("2026-07-01", "in 08:00", "out 16:30")
    _correct(client, at="2026-07-02T08:00", way="in")
    answer = client.get("/attendance/export.csv")
    assert "attendance_2026-07-01_2026-07-31.csv" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[1] == ["katya", "'=SUM(A1)", "night", "2026-07-01", "2026-07-01 08:00:00", "2026-07-01 16:30:00", "8.5", "0.0", "1", "", ""]
    assert rows[2][9:] == ["going is missing", "yes"]
    book = client.get("/attendance/export.xlsx")
    with zipfile.ZipFile(io.BytesIO(book.data)) as file:
        assert len([name for name in file.namelist() if "worksheets/sheet" in name]) == 3


def test_a_page_to_print_has_a_sheet_for_each_person_and_shows_texts_as_texts(client: FlaskClient, door: Door) -> None:
    _put(client, "katya", display_name="<b>Katya</b>")
    for person in ("katya", "ema"):
        door.saw("2026-07-01", "in 08:00", "out 12:00", "in 13:00", "out 17:00", person=person)
        door.saw("2026-07-04", "in 22:00", person=person)
        door.saw("2026-07-05", "out 06:00", person=person)
    _correct(client, at="2026-07-02T08:00", way="in")
    page = client.get("/attendance/print").text
    assert page.count('class="sheet"') == 3
    assert "<b>Katya</b>" not in page
    assert "&lt;b&gt;Katya" in page
    assert re.search(r"Wed 1 Jul.*?08:00.*?17:00.*?1:00.*?8:00.*?08:00–12:00, 13:00–17:00", page, re.DOTALL)
    assert "06:00 +1" in page
    assert "2 Jul, came at 08:00: the camera was off (this machine, 31 July 2026, 12:00)" in page
    assert "style=" not in page
    assert client.get("/attendance/print?length=day&day=2026-07-01").text.count('class="sheet"') == 1
    assert "Nobody was seen" in client.get("/attendance/print?day=2026-06-01").text


def test_a_table_is_sent_while_it_is_made(client: FlaskClient, door: Door) -> None:
    for day in range(1, 31):
        door.saw(f"2026-07-{day:02}", "in 08:00", "out 16:30")
    answer = client.get("/attendance/export.csv", buffered=False)
    assert answer.is_streamed
    assert next(answer.response).startswith(b"\xef\xbb\xbfPerson,")  # type: ignore[call-overload]
    assert len(list(answer.response)) == 30


def test_changes_stand_in_the_audit_log_with_their_reason(engine: Any, door: Door, tmp_path: Path, store: AccessStore) -> None:
    engine.people = {"katya": [b""]}
    ledger = Ledger(RecordBook(RecordStore(tmp_path), engine.names), door.book, engine.names)
    client = create_app(engine, ApiSettings(), LimitSettings(), Rooms(ledger=ledger, access=Access("", store))).test_client()
    _put(client, "katya", notes="secret", group="night")
    made = _correct(client, at="2026-07-01T08:00", way="in")
    client.delete(f"/attendance/corrections/{made['id']}")
    for kind in ("csv", "xlsx"):
        client.get(f"/attendance/export.{kind}", buffered=True)
    assert [(entry.action, entry.target, entry.details) for entry in store.audit.entries()] == [
        ("attendance.export", "", ""),
        ("attendance.export", "", ""),
        ("attendance.undo", "katya", str(made["id"])),
        ("attendance.correct", "katya", f"{made['id']}: came at 08:00 on 2026-07-01: the camera was off"),
        ("person.record", "katya", "group, notes"),
    ]
