"""Visitors and corrections over HTTP, with a real store and a real gallery; only the encoder is left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import requests

from ostiary.domain import Reason, Status
from ostiary.encoders import ENCODERS
from ostiary.engine import FaceEngine
from ostiary.settings import ApiSettings, DecisionSettings, LimitSettings, Settings
from ostiary.visitors.reception import Reception
from ostiary.visitors.store import VisitorStore
from ostiary.visitors.values import Encounter, Look
from ostiary.web.app import Rooms, create_app

SFACE = ENCODERS["sface"].id
JPEG = b"\xff\xd8 a jpeg"


def _seen(person: int, number: int, at: float, name: str | None = None) -> Encounter:
    row = np.random.default_rng(person).normal(size=128)
    look = Look((row / np.linalg.norm(row)).astype(np.float32), 0.9)
    status, reason = (Status.PASS, None) if name else (Status.REJECT, Reason.UNKNOWN)
    return Encounter(f"event-{number}", "front", status, reason, name, 0.31236 if name else None, at, at, SFACE, (look,), None)


@pytest.fixture
def engine(tmp_path: Path) -> FaceEngine:
    eyes = SimpleNamespace(encoder=SimpleNamespace(id=SFACE))
    settings = Settings(decision=DecisionSettings(th_accept=0.5))
    return FaceEngine(faces_dir=tmp_path / "faces", settings=settings, open_eyes=lambda *_: eyes)  # type: ignore[arg-type,return-value]


@pytest.fixture
def client(tmp_path: Path, engine: FaceEngine):
    store = VisitorStore(tmp_path / "visitors")
    for number, (person, at) in enumerate([(1, 100.0), (2, 200.0), (1, 300.5)]):
        store.record(_seen(person, number, at), JPEG)
    app = create_app(engine, ApiSettings(), LimitSettings(), Rooms(reception=Reception(store, engine)))
    return app.test_client()


def test_visitors_are_listed_and_shown(client) -> None:
    assert client.get("/visitors").json == [
        {"id": 1, "label": "visitor 1", "seen": 2, "first_seen": 100, "last_seen": 300.5, "camera": "front", "ignored": False},
        {"id": 2, "label": "visitor 2", "seen": 1, "first_seen": 200, "last_seen": 200, "camera": "front", "ignored": False},
    ]
    picture = client.get("/visitors/1/face.jpg")
    assert (picture.data, picture.mimetype, picture.headers["Cache-Control"]) == (JPEG, "image/jpeg", "no-store")


def test_a_visitor_is_named_and_the_name_taken_back(client, engine: FaceEngine) -> None:
    done = client.post("/visitors/1/name", data={"name": "Катя"})
    assert done.status_code == 200
    assert done.json["success"] is True
    assert done.json["message"] == "visitor 1 is Катя"
    change = done.json["change"]
    assert (change["kind"], change["visitor"], change["name"], change["undone_at"]) == ("name", 1, "Катя", None)
    assert engine.names() == ["Катя"]
    assert [v["id"] for v in client.get("/visitors").json] == [2]
    undone = client.post(f"/corrections/{change['id']}/undo")
    assert undone.json["change"]["undone_at"] is not None
    assert engine.names() == []
    assert [c["message"] for c in client.get("/corrections").json] == ["visitor 1 is Катя"]


def test_visitors_are_merged_ignored_and_forgotten(client, engine: FaceEngine) -> None:
    assert client.post("/visitors/1/merge", data={"into": "2"}).status_code == 200
    assert [(v["id"], v["seen"]) for v in client.get("/visitors").json] == [(2, 3)]
    assert client.post("/visitors/2/ignore").status_code == 200
    assert client.get("/visitors").json == []
    assert [v["ignored"] for v in client.get("/visitors?ignored=1").json] == [True]
    assert engine.gallery.negatives.names == ("visitor 2",)
    assert client.post("/visitors/2/forget").json == {"success": True}
    assert client.get("/visitors?ignored=1").json == []
    assert len(engine.gallery.negatives) == 0


def test_a_decision_is_corrected(client, engine: FaceEngine, tmp_path: Path) -> None:
    VisitorStore(tmp_path / "visitors").record(_seen(5, 9, 400.0, name="katya"), JPEG)
    told = client.get("/corrections/decisions").json[0]
    assert told == {
        "event_id": "event-9", "timestamp": 400, "camera": "front", "status": "PASS", "reason": None, "name": "katya",
        "distance": 0.3124, "visitor": None, "corrected_by": None,
    }  # fmt: skip
    assert client.get("/corrections/decisions/event-9/face.jpg").data == JPEG
    done = client.post("/corrections", data={"event_id": "event-9"})
    assert done.json["message"] == "that was not katya"
    assert engine.gallery.negatives.names == ("not katya",)
    assert client.get("/corrections/decisions").json[0]["corrected_by"] == done.json["change"]["id"]


@pytest.mark.parametrize(
    ("path", "form", "status", "code"),
    [
        ("/visitors/9/name", {"name": "katya"}, 404, "unknown_visitor"),
        ("/visitors/1/name", {}, 400, "missing_field"),
        ("/visitors/1/name", {"name": "\n"}, 400, "bad_name"),
        ("/visitors/1/merge", {}, 400, "missing_field"),
        ("/visitors/1/merge", {"into": "two"}, 400, "bad_field"),
        ("/visitors/1/merge", {"into": "9" * 40}, 400, "bad_field"),
        ("/visitors/1/merge", {"into": "9" * 15}, 404, "unknown_visitor"),
        ("/visitors/1/merge", {"into": "1"}, 409, "conflict"),
        ("/visitors/99999999999999999999999/forget", {}, 404, "unknown_visitor"),
        ("/corrections", {}, 400, "missing_field"),
        ("/corrections", {"event_id": "none"}, 404, "unknown_decision"),
        ("/corrections", {"event_id": "event-0"}, 409, "conflict"),
        ("/corrections/7/undo", {}, 404, "unknown_change"),
    ],
)
def test_what_cannot_be_done_is_said(client, path: str, form: dict[str, str], status: int, code: str) -> None:
    answer = client.post(path, data=form)
    assert (answer.status_code, answer.json["error"], answer.json["success"]) == (status, code, False)
    assert answer.json["message"]


def test_a_picture_that_is_not_there_is_not_found(client) -> None:
    assert client.get("/visitors/9/face.jpg").json["error"] == "unknown_visitor"
    assert client.get("/corrections/decisions/none/face.jpg").json["error"] == "unknown_decision"


def test_it_is_served_with_the_rest(site: Callable[..., str], engine: FaceEngine) -> None:
    assert requests.get(f"{site(engine)}/visitors", timeout=10).status_code == 404, "there is no reception here"
