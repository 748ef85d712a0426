"""Settings, cameras, machine and proof over HTTP, on real files."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from flask.testing import FlaskClient

from ostiary.access.store import AccessStore
from ostiary.calibrations import Calibrations
from ostiary.cameras import Cameras
from ostiary.errors import SettingsError
from ostiary.machine import Machine, disk_of
from ostiary.scopes import Scope
from ostiary.settings import ApiSettings, LimitSettings, Settings, load
from ostiary.settings_file import SettingsFile
from ostiary.stream.capture import CameraStatus
from ostiary.stream.source import SourceOptions
from ostiary.stream.trial import Trials
from ostiary.system import System
from ostiary.telemetry import Doing, Telemetry
from ostiary.web.app import Rooms, create_app
from ostiary.web.auth import Access
from ostiary.web.desk import Desk

KEY = "a key of some length"


@dataclass
class House:
    """A desk in a folder; what it was asked to do is counted."""

    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    detector: dict[str, Any] = field(default_factory=dict)
    restarts: int = 0
    statuses: list[CameraStatus] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def desk(self) -> Desk:
        loaded = load(self.environ, self.folder)
        file = SettingsFile(self.folder, self.environ, loaded, self.rehearse)
        cameras = Cameras(file, lambda: self.statuses, Trials(SourceOptions()), [self.folder], loaded.camera.video_source)
        telemetry = Telemetry(Machine(), lambda: disk_of(self.folder), lambda: Doing(12.5, 40.0), self.stop)
        system = System(
            telemetry,
            Machine(),
            {"DATA_DIR": self.folder},
            frozenset({"api"}),
            lambda: self.detector,
            {"history": lambda: 3},
            lambda: [],
            file.require_startable,
            self.restart,
        )
        return Desk(file, cameras, system, Calibrations(self.environ, self.stop), self.folder / "proof")

    def rehearse(self, after: Settings) -> None:
        if after.api.port == 1:
            raise SettingsError("API_PORT", "1", "the port is in use")

    def restart(self) -> None:
        self.restarts += 1


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def client(house: House, engine: Any) -> Iterator[FlaskClient]:
    desk = house.desk()
    yield create_app(engine, ApiSettings(), LimitSettings(), Rooms(desk=desk)).test_client()
    desk.calibrations.close()


@pytest.fixture
def locked(house: House, engine: Any) -> FlaskClient:
    return create_app(engine, ApiSettings(key=KEY), LimitSettings(), Rooms(desk=house.desk())).test_client()


def setting(client: FlaskClient, name: str) -> dict[str, Any]:
    return next(told for told in client.get("/settings").json["settings"] if told["name"] == name)


def test_every_route_of_the_desk_asks_who_one_is(locked: FlaskClient) -> None:
    for method, path in [
        ("GET", "/settings"),
        ("PUT", "/settings"),
        ("GET", "/cameras"),
        ("POST", "/cameras"),
        ("POST", "/cameras/test"),
        ("PATCH", "/cameras/1"),
        ("DELETE", "/cameras/1"),
        ("GET", "/system"),
        ("GET", "/system/samples"),
        ("GET", "/system/models"),
        ("POST", "/system/restart"),
        ("GET", "/proof"),
        ("GET", "/proof/charts/1.svg"),
        ("POST", "/proof/calibrate"),
    ]:
        assert locked.open(path, method=method).status_code == 401, (method, path)


def test_a_setting_is_told_with_its_meaning_range_and_origin(house: House, client: FlaskClient) -> None:
    told = setting(client, "COOLDOWN")
    assert (told["value"], told["default"], told["origin"], told["kind"]) == ("5", "5", "default", "number")
    assert (told["low"], told["high"], told["unit"], told["changeable"]) == (0, 86400, "seconds", True)
    assert "per person" in told["meaning"]
    answer = client.put("/settings", json={"changes": {"COOLDOWN": 9, "LIVENESS": "warn"}})
    assert answer.json == {"success": True, "pending": ["COOLDOWN", "LIVENESS"]}
    assert setting(client, "COOLDOWN")["pending"] is True
    assert (setting(client, "COOLDOWN")["value"], setting(client, "COOLDOWN")["next"]) == ("5", "9")  # in force until the next start
    assert load({}, house.folder).decision.cooldown_s == 9


@pytest.mark.parametrize(
    "changes", [{"API_KEY": "of my own"}, {"COOLDOWN": 9, "DATA_DIR": "elsewhere"}, {"AUDIT_DAYS": 1}, {"WS_URL": "ws://evil.example/"},
                {"TRUSTED_PROXIES": None}, {"VIDEO_SOURCE": "/home"}],
)  # fmt: skip
def test_an_administrator_cannot_become_owner_by_the_settings(
    house: House, engine: Any, store: AccessStore, changes: dict[str, object]
) -> None:
    shown = {"x-api-key": store.keys.create("helper", frozenset({Scope.ADMIN}), by="katya").secret}
    api = ApiSettings(key=KEY)
    client = create_app(engine, api, LimitSettings(), Rooms(desk=house.desk(), access=Access(KEY, store))).test_client()
    answer = client.put("/settings", json={"changes": changes}, headers=shown)
    assert (answer.status_code, answer.json["error"]) == (403, "owners_only")
    assert not (house.folder / "ostiary.toml").exists()
    told = {one["name"]: one for one in client.get("/settings", headers=shown).json["settings"]}
    assert [told[name]["changeable"] for name in ("API_KEY", "COOLDOWN")] == [False, True]
    assert client.put("/settings", json={"changes": {"COOLDOWN": 9}}, headers=shown).status_code == 200
    assert client.put("/settings", json={"changes": changes}, headers={"x-api-key": KEY}).status_code == 200


def test_secrets_can_be_set_and_never_read(house: House, client: FlaskClient) -> None:
    assert client.put("/settings", json={"changes": {"WS_TOKEN": "s3cret-of-mine"}}).status_code == 200
    assert "s3cret" not in client.get("/settings").text
    assert load({}, house.folder).stream.token == "s3cret-of-mine"
    answer = client.put("/settings", json={"changes": {"WEBHOOK_SECRET": "s3cret\x00"}})
    assert (answer.status_code, answer.json["error"]) == (400, "bad_field")
    assert "s3cret" not in answer.text


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"changes": {"COOLDOWN": -1}}, 400, "bad_field"),
        ({"changes": {"NO_SUCH": 1}}, 400, "bad_field"),
        ({"changes": {"COOLDOWN": {"a": 1}}}, 400, "bad_field"),
        ({"changes": {}}, 400, "bad_field"),
        ({}, 400, "missing_field"),
        ({"changes": {"MARGIN": 0.1}}, 409, "setting_overridden"),
    ],
)
def test_what_cannot_be_set_is_said(tmp_path: Path, engine: Any, body: dict[str, Any], status: int, error: str) -> None:
    desk = House(tmp_path, {"MARGIN": "0.2"}).desk()
    answer = create_app(engine, ApiSettings(), LimitSettings(), Rooms(desk=desk)).test_client().put("/settings", json=body)
    assert (answer.status_code, answer.json["error"]) == (status, error)
    assert not (tmp_path / "ostiary.toml").exists()


def test_a_file_that_broke_since_the_start_is_told(house: House, client: FlaskClient) -> None:
    (house.folder / "ostiary.toml").write_text("COOLDOWN = \n")
    assert "cannot be read" in client.get("/settings").json["problem"]
    assert client.put("/settings", json={"changes": {"COOLDOWN": 9}}).json["error"] == "bad_field"


def test_cameras_are_told_with_their_state(house: House, client: FlaskClient) -> None:
    assert client.get("/cameras").json["cameras"][0]["state"] is None  # another program runs it
    house.statuses = [CameraStatus("camera1", "0", "lost", "no answer", 7, 1, 0, 12.34, 1700000000.5, 2)]
    told = client.get("/cameras").json
    assert told["overridden"] is None
    assert told["cameras"] == [
        {
            "name": "camera1", "source": "0", "state": "lost", "problem": "no answer", "fps": 12.3, "frames": 7, "dropped": 1,
            "repeated": 0, "reconnects": 2, "last_frame_at": 1700000000500, "pending": None,
        }
    ]  # fmt: skip


def test_cameras_are_added_changed_and_removed(house: House, client: FlaskClient) -> None:
    assert client.post("/cameras", json={"name": "gate", "source": "rtsp://u:secret@cam/1"}).status_code == 200
    assert client.patch("/cameras/gate", json={"name": "front"}).status_code == 200
    told = client.get("/cameras").json["cameras"]
    assert [(camera["name"], camera["source"], camera["pending"]) for camera in told] == [
        ("camera1", "0", "removed"),
        ("front", "rtsp://***@cam/1", "added"),
    ]
    assert load({}, house.folder).camera.video_source == "front=rtsp://u:secret@cam/1"
    assert client.delete("/cameras/front").status_code == 200
    assert client.delete("/cameras/front").json["error"] == "unknown_camera"


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"name": "a b", "source": "0"}, 400, "bad_field"),
        ({"name": "gate"}, 400, "missing_field"),
        ({"name": "gate", "source": "ftp://cam/"}, 400, "bad_field"),
        ({"name": "gate", "source": "/etc/passwd"}, 422, "bad_source"),
    ],
)
def test_what_cannot_be_a_camera(client: FlaskClient, body: dict[str, str], status: int, error: str) -> None:
    answer = client.post("/cameras", json=body)
    assert (answer.status_code, answer.json["error"]) == (status, error)


def test_a_source_is_tried(house: House, client: FlaskClient) -> None:
    (house.folder / "shots").mkdir()
    cv2.imwrite(str(house.folder / "shots" / "a.png"), np.full((120, 160, 3), 90, np.uint8))
    answer = client.post("/cameras/test", json={"source": str(house.folder / "shots")}).json
    assert (answer["width"], answer["height"]) == (160, 120)
    assert base64.b64decode(answer["jpeg"]).startswith(b"\xff\xd8")
    assert client.post("/cameras/test", json={"source": str(house.folder / "none.mp4")}).json["error"] == "bad_source"
    answer = client.post("/cameras/test", json={"source": "http://katya:s3,cret@[::1"})
    assert answer.json["error"] == "bad_source"
    assert "cret" not in answer.text
    assert client.post("/cameras/test", json={}).json["error"] == "missing_field"
    assert client.post("/cameras/test", json={"source": "ftp://127.0.0.1/x"}).json["error"] == "bad_field"
    assert client.post("/cameras/test", json={"name": "nobody"}).json["error"] == "unknown_camera"


def test_the_system_tells_of_machine_and_door(house: House, client: FlaskClient) -> None:
    told = client.get("/system").json
    assert told["pipeline"] is told["webhooks"] is None
    assert told["losses"] == [{"name": "history", "lost": 3}]
    assert told["versions"]["Ostiary"]
    assert told["backup"] is False  # none was wired
    assert (told["now"]["fps"], told["now"]["latency_ms"], told["roles"]) == (12.5, 40.0, ["api"])
    house.detector = {
        "pipeline": {"processed": 5, "rested": 1, "skipped": 0, "stale": 0, "passes": 2, "latency_s": 0.1},
        "webhooks": {"delivered": 1, "expired": 0, "failed": 0, "recent": []},
        "problems": ["p"],
        "warnings": ["w"],
    }
    (house.folder / "history.db").write_bytes(b"12345")
    (house.folder / "history.db-wal").write_bytes(b"678")
    told = client.get("/system").json
    assert (told["pipeline"]["passes"], told["webhooks"]["delivered"], told["problems"], told["warnings"]) == (2, 1, ["p"], ["w"])
    assert {"name": "DATA_DIR/history.db", "size": 8} in told["stored"]


def test_samples_are_columns(client: FlaskClient) -> None:
    client.get("/system")
    series = client.get("/system/samples").json
    assert len(series["at"]) == len(series["cpu"]) == 1
    assert client.get("/system/samples?span=day").json["at"] == []
    assert client.get("/system/samples?span=year").status_code == 400


def test_the_program_is_started_anew_once_the_answer_is_sent(house: House, client: FlaskClient) -> None:
    with client.post("/system/restart", buffered=False) as answer:
        assert answer.json == {"success": True}
    assert house.restarts == 1


def test_what_would_not_start_is_neither_written_nor_started(house: House, client: FlaskClient) -> None:
    answer = client.put("/settings", json={"changes": {"API_PORT": 1}})
    assert (answer.status_code, answer.json["error"]) == (400, "bad_field")
    assert "in use" in answer.json["message"]
    (house.folder / "ostiary.toml").write_text("API_PORT = 1\n")
    answer = client.post("/system/restart")
    assert (answer.status_code, answer.json["error"]) == (409, "would_not_start")
    assert house.restarts == 0


def test_results_of_the_commands_that_measure(house: House, client: FlaskClient) -> None:
    empty = {"calibration": None, "prove": None, "charts": [], "running": False, "finished": None}
    assert client.get("/proof").json == empty
    (house.folder / "proof").mkdir()
    (house.folder / "proof" / "calibration.json").write_text("[]")  # nothing of ours
    (house.folder / "proof" / "report.json").write_text("{")
    assert client.get("/proof").json == empty
    share = {"count": 1, "of": 10}
    quorum = {"frames": 3, "strangers_are": "strangers", "refused": share, "mistaken": share, "strangers_let_in": share}
    report = {"encoder": "sface", "people": 3, "threshold": 0.6, "margin": 0.05, "files": 12, "quorums": [quorum]}
    (house.folder / "proof" / "report.json").write_text(json.dumps(report))
    (house.folder / "proof" / "report-1.svg").write_text("<svg/>")
    told = client.get("/proof").json
    assert told["prove"]["quorums"][0]["refused"] == share
    assert told["charts"] == ["report-1"]
    chart = client.get("/proof/charts/report-1.svg")
    assert (chart.mimetype, chart.data) == ("image/svg+xml", b"<svg/>")
    for name in ("none", "..%2F..%2Fostiary", "report-1.svg"):
        assert client.get(f"/proof/charts/{name}.svg").status_code == 404


def test_one_calibration_at_a_time(tmp_path: Path, engine: Any) -> None:
    house = House(tmp_path, {"FACES_DIR": str(tmp_path / "faces"), "DATA_DIR": "/proc/nowhere"})
    desk = house.desk()
    client = create_app(engine, ApiSettings(), LimitSettings(), Rooms(desk=desk)).test_client()
    try:
        assert client.post("/proof/calibrate").status_code == 200
        assert client.post("/proof/calibrate").json["error"] == "already_running"
        assert client.get("/proof").json["running"] is True
        while desk.calibrations.running:
            desk.calibrations.step()
        finished = client.get("/proof").json["finished"]
        assert finished["status"] == 2
        assert "DATA_DIR" in finished["words"]
    finally:
        desk.calibrations.close()
