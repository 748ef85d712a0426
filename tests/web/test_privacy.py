"""Forgetting, backup and restore over HTTP, with real stores behind."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import numpy as np
import pytest

from ostiary.assembly import stores
from ostiary.assembly.backups import Backups
from ostiary.engine import FaceEngine
from ostiary.gallery.lessons import Face
from ostiary.settings import ApiSettings, DataSettings, GallerySettings, LimitSettings, Settings
from ostiary.web.app import Rooms, create_app

SFACE = "sface-2021dec"


@pytest.fixture
def engine(tmp_path: Path) -> FaceEngine:
    engine = stores.engine_of(stores.prepared(Settings(data=DataSettings(tmp_path / "data"), gallery=GallerySettings(tmp_path / "faces"))))
    engine._open_eyes = lambda *_: SimpleNamespace(encoder=SimpleNamespace(id=SFACE))  # type: ignore[assignment,return-value]
    engine.learn("katya", [Face(np.eye(1, 128, 0, np.float32)[0], b"photo of katya")], encoder_id=SFACE)
    return engine


@pytest.fixture
def client(engine: FaceEngine):
    return create_app(engine, ApiSettings(), LimitSettings(), Rooms(backups=Backups(engine.settings))).test_client()


def test_a_person_is_forgotten_and_told_how_much_there_was(client, engine: FaceEngine) -> None:
    answer = client.post("/people/katya/forget")
    assert answer.status_code == 200
    assert (answer.json["erased"]["examples"], answer.json["erased"]["photos"]) == (1, 1)
    assert engine.names() == []
    assert client.post("/people/katya/forget").json["error"] == "unknown_name"


def test_whoever_may_be_enrolled_can_be_forgotten(client, engine: FaceEngine) -> None:
    names = ["a/b", "../../etc/passwd", "b/forget", '=HYPERLINK("http://evil")', "<b>x</b>", "50 %", "a?b#c", "%2f"]
    for number, name in enumerate(names, start=1):
        engine.learn(name, [Face(np.eye(1, 128, number, np.float32)[0], b"photo")], encoder_id=SFACE)
    for name in names:
        assert client.post(f"/people/{quote(name, safe='')}/forget").status_code == 200, name
    assert engine.names() == ["katya"]


def test_the_house_is_packed_and_put_back(client, engine: FaceEngine) -> None:
    packed = client.get("/backup", buffered=True)
    assert (packed.status_code, packed.content_type) == (200, "application/x-tar")
    assert packed.headers["cache-control"] == "no-store"
    engine.learn("zero", [Face(np.eye(1, 128, 1, np.float32)[0], b"photo of zero")], encoder_id=SFACE)
    answer = client.post("/restore", data={"backup": (io.BytesIO(packed.data), "b.tar")})
    assert answer.status_code == 200
    assert answer.json["restart"] is True
    assert engine.names() == ["katya"]


def test_what_is_no_backup_is_refused(client, engine: FaceEngine) -> None:
    answer = client.post("/restore", data={"backup": (io.BytesIO(b"no tar" * 1000), "b.tar")})
    assert (answer.status_code, answer.json["error"]) == (400, "bad_backup")
    assert client.post("/restore", data={}).json["error"] == "missing_field"
    assert engine.names() == ["katya"]
