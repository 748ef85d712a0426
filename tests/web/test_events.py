from __future__ import annotations

import csv
import io
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import requests

from ostiary.assembly.history import correcting
from ostiary.domain import Status
from ostiary.history.history import History
from ostiary.history.recorder import Recorder
from ostiary.history.store import HistoryStore
from ostiary.history.values import Entry, Event, Grounds, Kind, Pictures
from ostiary.settings import ApiSettings, LimitSettings, Settings
from ostiary.visitors.reception import Reception
from ostiary.visitors.store import VisitorStore
from ostiary.visitors.values import Encounter, Look
from ostiary.web.app import Rooms, create_app
from ostiary.web.server import serve

NOON = 1_774_782_000.0  # 2026-03-29T13:00+02:00 in Berlin, the day on which the clocks leap at 2


@dataclass
class House:
    url: str
    history: History
    visitors: VisitorStore
    taught: list[tuple[str, str | None]]

    def get(self, path: str, **params: Any) -> Any:
        answer = requests.get(self.url + path, params=params, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()


class Teacher:
    """Learns whatever it is taught."""

    def __init__(self, taught: list[tuple[str, str | None]]):
        self._taught = taught

    def learn(self, name: str, faces: Any, *, encoder_id: str, force: bool = False, mistaken_for: str | None = None) -> tuple[str, ...]:
        self._taught.append((name, mistaken_for))
        return tuple(f"face-{i}" for i, _ in enumerate(faces))

    def keep_out(self, label: str, faces: Any, *, encoder_id: str) -> tuple[str, ...]:
        self._taught.append((label, None))
        return ("kept",)

    def take_back(self, face_ids: Any) -> None:
        self._taught.clear()


@pytest.fixture
def house(tmp_path: Path, engine: Any) -> Iterator[House]:
    store = HistoryStore(tmp_path / "history.db")
    history = History(store, Recorder(store, 10))
    visitors, taught = VisitorStore(tmp_path / "visitors"), list[tuple[str, str | None]]()
    reception = Reception(visitors, Teacher(taught), corrected=correcting(history, Settings(), lambda: "anna"))  # type: ignore[arg-type]
    api, limits = ApiSettings(port=0), LimitSettings()
    app = create_app(engine, api, limits, Rooms(reception=reception, history=history, zone=ZoneInfo("Europe/Berlin")))
    server = serve(app, api, limits)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield House(f"http://127.0.0.1:{server.port}", history, visitors, taught)
    server.close()
    thread.join(5)
    history.close()


def fill(house: House) -> None:
    grounds = Grounds(0.41, "Zero", 0.78, 0.5, 0.05, 3, 3, 0.8, 0.98, track_id=1, seen_s=1.5, frames=12)
    house.history.store.add(
        [
            Entry(Event("p1", NOON, Kind.PASS, None, "door", "Катя", grounds), Pictures(b"a face", b"a frame")),
            Entry(Event("r1", NOON + 60, Kind.REJECT, "spoof", "door", "Катя", grounds), Pictures(b"face 2")),
            Entry(Event("v1", NOON + 3600, Kind.VISITOR, "unknown", "gate", None, Grounds())),
            Entry(Event("c1", NOON + 86400, Kind.CAMERA, "lost", "gate", words="=cmd|'/c calc'!A1")),
        ]
    )


def test_an_event_tells_all_that_is_known(house: House) -> None:
    fill(house)
    told = house.get("/events/p1")
    assert told == {
        "id": "p1", "seq": 1, "at": 1_774_782_000_000, "time": "2026-03-29T13:00:00+02:00", "kind": "pass", "status": "PASS",
        "reason": None, "camera": "door", "name": "Катя", "words": None, "about": None, "by": None, "face": True, "frame": True,
        "correction": None,
        "grounds": {
            "distance": 0.41, "runner_up": "Zero", "runner_up_distance": 0.78, "threshold": 0.5, "margin": 0.05, "votes": 3,
            "usable": 3, "quality": 0.8, "liveness": 0.98, "spoof": False, "challenge": None, "problem": None, "track_id": 1,
            "seen_s": 1.5, "frames": 12,
        },
    }  # fmt: skip
    assert house.get("/events/c1")["grounds"] is None
    for path, body in (("/events/p1/face.jpg", b"a face"), ("/events/p1/frame.jpg", b"a frame")):
        answer = requests.get(house.url + path, timeout=10)
        assert (answer.content, answer.headers["content-type"], answer.headers["cache-control"]) == (body, "image/jpeg", "no-store")
    assert requests.get(house.url + "/events/r1/frame.jpg", timeout=10).status_code == 404
    assert requests.get(house.url + "/events/none", timeout=10).json()["error"] == "unknown_event"


def test_pages_and_conditions(house: House) -> None:
    fill(house)

    def ids(**params: Any) -> list[str]:
        return [event["id"] for event in house.get("/events", **params)["events"]]

    assert ids() == ["c1", "v1", "r1", "p1"]
    assert ids(kind="reject, visitor") == ["v1", "r1"]
    assert ids(reason="spoof,lost") == ["c1", "r1"]
    assert ids(name="Катя", camera="door", kind="pass") == ["p1"]
    assert ids(text="катя") == ["r1", "p1"]
    assert ids(start="2026-03-29", end="2026-03-29") == ["v1", "r1", "p1"]
    assert ids(start="2026-03-29T13:01", end="2026-03-29T12:00:00Z") == ["r1"]
    first = house.get("/events", limit=3)
    assert (first["newer"], first["last_seq"]) == (None, 4)
    second = house.get("/events", limit=3, before=first["older"])
    assert ([event["id"] for event in second["events"]], second["older"]) == (["p1"], None)
    assert [event["id"] for event in house.get("/events", limit=3, after=second["newer"])["events"]] == ["c1", "v1", "r1"]


def test_what_happens_is_followed_at_once(house: House) -> None:
    fill(house)
    last = house.get("/events", limit=1)["last_seq"]
    house.history.note(Event("new", NOON - 5, Kind.CAMERA, "found", "gate"))
    followed = house.get("/events", since=last)
    assert ([event["id"] for event in followed["events"]], followed["last_seq"]) == (["new"], 5)
    assert house.get("/events", since=followed["last_seq"])["events"] == []


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"kind": "party"}, "kind"), ({"start": "yesterday"}, "start"), ({"before": "x"}, "before"), ({"limit": "0"}, "limit"),
        ({"before": "1_1", "after": "1_1"}, "after"), ({"since": "-1"}, "since"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(house: House, params: dict[str, str], field: str) -> None:
    answer = requests.get(house.url + "/events", params=params, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_field")
    assert f"'{field}'" in answer.json()["message"]


def test_a_summary_counts_local_days_and_hours(house: House) -> None:
    fill(house)
    days = house.get("/events/summary", start="2026-03-28", end="2026-03-30")
    assert [(day["time"], day["passes"], day["rejects"], day["visitors"], day["cameras"]) for day in days["counts"]] == [
        ("2026-03-28T00:00:00+01:00", 0, 0, 0, 0),
        ("2026-03-29T00:00:00+01:00", 1, 1, 1, 0),
        ("2026-03-30T00:00:00+02:00", 0, 0, 0, 1),
    ]
    hours = house.get("/events/summary", by="hour", start="2026-03-29", end="2026-03-29")["counts"]
    assert len(hours) == 23  # one was leapt over
    assert [hour["time"][11:16] for hour in hours if hour["passes"] or hour["visitors"]] == ["13:00", "14:00"]
    answer = requests.get(house.url + "/events/summary", params={"by": "hour", "start": "2020-01-01"}, timeout=10)
    assert answer.json()["error"] == "bad_field"


def test_exports_hold_everything_and_no_formula(house: House) -> None:
    fill(house)
    rows = list(csv.reader(io.StringIO(requests.get(house.url + "/events/export.csv", timeout=10).content.decode("utf-8-sig"))))
    assert rows[0][:5] == ["time", "kind", "reason", "name", "camera"]
    assert rows[1][:6] == ["2026-03-29 13:00:00", "pass", "", "Катя", "door", "0.41"]
    assert [row[1] for row in rows[1:]] == ["pass", "reject", "visitor", "camera"]
    assert rows[4][14].startswith("'=cmd")
    assert [event["id"] for event in house.get("/events/export.json", kind="pass")] == ["p1"]
    assert house.get("/events/export.json", name="nobody") == []
    workbook = zipfile.ZipFile(io.BytesIO(requests.get(house.url + "/events/export.xlsx", timeout=10).content))
    sheet = workbook.read("xl/worksheets/sheet1.xml").decode()
    assert "Катя" in sheet
    assert "<f>" not in sheet


def test_a_decision_is_corrected_by_the_id_of_its_event(house: House) -> None:
    fill(house)
    look = Look(np.ones(128, np.float32), 0.9)
    house.visitors.record(Encounter("p1", "door", Status.PASS, None, "Катя", 0.4, NOON, NOON, "sface", (look,), None), b"jpeg")
    answer = requests.post(house.url + "/events/p1/wrong", json={"name": "Zero"}, timeout=10).json()
    assert (answer["success"], answer["change"]["event_id"], answer["message"]) == (True, "p1", "it was Zero")
    assert house.taught == [("Zero", "Катя")]
    said = house.get("/events/p1")["correction"]
    assert (said["name"], said["by"], said["change"]) == ("Zero", "anna", answer["change"]["id"])
    assert [passed.person for passed in house.history.passes(0, 2e9)] == ["Zero"]
    row = list(csv.reader(io.StringIO(requests.get(house.url + "/events/export.csv", timeout=10).content.decode("utf-8-sig"))))[1]
    assert row[-3:-1] == ["it was Zero", "anna"]
    again = requests.post(house.url + "/events/p1/wrong", json={}, timeout=10)
    assert (again.status_code, again.json()["error"]) == (409, "conflict")
    assert requests.post(house.url + "/events/r1/wrong", json={}, timeout=10).json()["error"] == "unknown_decision"
    assert requests.post(house.url + f"/corrections/{said['change']}/undo", timeout=10).json()["success"]
    assert house.get("/events/p1")["correction"] is None
    assert [passed.person for passed in house.history.passes(0, 2e9)] == ["Катя"]


def test_a_correction_that_the_history_cannot_keep_is_not_made(house: House, tmp_path: Path) -> None:
    look = Look(np.ones(128, np.float32), 0.9)
    house.visitors.record(Encounter("p1", "door", Status.PASS, None, "Катя", 0.4, NOON, NOON, "sface", (look,), None), b"jpeg")
    (tmp_path / "history.db").write_bytes(b"no database" * 1000)
    assert requests.post(house.url + "/events/p1/wrong", json={"name": "Zero"}, timeout=10).status_code == 503
    assert (house.taught, house.visitors.decisions()[0].corrected_by) == ([], None)


def test_a_deleted_event_is_gone(house: House) -> None:
    fill(house)
    assert requests.delete(house.url + "/events/p1", timeout=10).json() == {"success": True}
    assert requests.delete(house.url + "/events/p1", timeout=10).status_code == 404
    assert requests.get(house.url + "/events/p1/face.jpg", timeout=10).status_code == 404


def test_a_damaged_file_is_told_to_whoever_asks_and_to_nobody_else(house: House, tmp_path: Path) -> None:
    (tmp_path / "history.db").write_bytes(b"no database" * 1000)
    answer = requests.get(house.url + "/events", timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (503, "not_ready")
    house.history.note(Event("x", NOON, Kind.CAMERA, "lost", "gate"))
    assert requests.get(house.url + "/faces", timeout=10).status_code == 200
