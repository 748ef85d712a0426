"""The door's own gallery through CompreFace's API, and what the rest of the house knows of its clients."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from ostiary.access.store import AccessStore
from ostiary.compreface.keeper import Keeper
from ostiary.compreface.register import Register
from ostiary.compreface.values import Kind
from ostiary.engine import FaceEngine
from ostiary.settings import AccessSettings, ApiSettings, GallerySettings, LimitSettings
from ostiary.web import docs
from ostiary.web.app import Rooms, create_app
from ostiary.web.auth import Access
from ostiary.web.server import serve


@pytest.fixture
def house(server: Any, tmp_path: Path) -> Iterator[Any]:
    """A house of its own that sees with the networks of the other, which serves twelve requests a minute to each key."""
    settings = server.keeper.engine.settings
    settings = type(settings)(data=settings.data, gallery=GallerySettings(faces_dir=tmp_path / "faces"))
    engine = FaceEngine(settings=settings, open_eyes=lambda *_: server.keeper.engine.eyes)
    register, store = Register(tmp_path / "data"), AccessStore(tmp_path / "access")
    register.open()
    api, limits = ApiSettings(port=0, key="the key of the house"), LimitSettings()
    app = create_app(
        engine, api, limits, Rooms(access=Access(api.key, store), keeper=Keeper(register, engine),
        doors=AccessSettings(rate_limit="12/minute")
))  # fmt: skip
    running = serve(app, api, limits)
    thread = threading.Thread(target=running.run)
    thread.start()
    site = type(server)(f"http://127.0.0.1:{running.port}", Keeper(register, engine))
    site.store = store
    site.app = app
    site.door = next(one.key for one in register.services() if one.kind is Kind.RECOGNITION)
    yield site
    running.close()
    thread.join(5)
    register.close()
    store.close()


def add(house: Any, subject: str, picture: bytes) -> requests.Response:
    return house.ask("POST", "/recognition/faces", house.door, params={"subject": subject}, files={"file": ("a.jpg", picture)})


def test_whoever_is_added_can_enter_and_whoever_can_enter_is_there(house: Any, pictures: Any) -> None:
    assert add(house, "Barack", pictures.obama).status_code == 201
    assert house.keeper.engine.names() == ["Barack"]
    [seen] = house.keeper.engine.recognize(pictures.obama2)
    assert seen.name == "Barack"

    house.keeper.engine.register("Joe", pictures.biden)
    answer = house.ask("POST", "/recognition/recognize", house.door, files={"file": ("a.jpg", pictures.biden)})
    assert answer.json()["result"][0]["subjects"] == [{"subject": "Joe", "similarity": 1.0}]
    assert house.ask("DELETE", "/recognition/subjects/joe", house.door).json() == {"subject": "Joe"}
    assert house.keeper.engine.names() == ["Barack"]


def test_the_door_s_rules_hold_and_say_why_they_refuse(house: Any, pictures: Any) -> None:
    add(house, "Barack", pictures.obama)
    known = add(house, "Somebody Else", pictures.obama2)
    assert (known.status_code, known.json()["code"]) == (400, 0)
    assert known.json()["message"] == "This face is enrolled as Barack already"
    small = Image.new("RGB", (300, 300))
    small.paste(Image.open(io.BytesIO(pictures.biden)).resize((46, 52)), (100, 100))
    small.save(file := io.BytesIO(), "PNG")
    unclear = add(house, "Joe", file.getvalue())
    assert (unclear.status_code, unclear.json()["code"]) == (400, 28)
    assert "small" in unclear.json()["message"]
    assert house.keeper.engine.names() == ["Barack"]
    add(house, "Joe", pictures.biden)
    unlike = house.ask("PUT", "/recognition/subjects/Joe", house.door, json={"subject": "Barack"})
    assert (unlike.status_code, unlike.json()) == (400, {"message": "Joe and Barack do not look like one person", "code": 0})


def test_pictures_are_read_as_leniently_as_elsewhere(house: Any, pictures: Any) -> None:
    Image.open(io.BytesIO(pictures.biden)).resize((256, 256)).save(icon := io.BytesIO(), "ICO", sizes=[(256, 256)])
    short = pictures.obama[: len(pictures.obama) * 9 // 10]
    for subject, picture in (("Barack", short), ("Joe", icon.getvalue())):
        added = add(house, subject, picture)
        assert added.status_code == 201, added.text
        kept = house.ask("GET", f"/recognition/faces/{added.json()['image_id']}/img", house.door)
        assert kept.content == picture


def test_changes_are_noted_as_the_service_s_own(house: Any, pictures: Any) -> None:
    image_id = add(house, "Barack", pictures.obama).json()["image_id"]
    house.ask("GET", "/recognition/subjects", house.door)
    house.ask("POST", "/recognition/recognize", house.door, files={"file": ("a.jpg", pictures.biden)})
    house.ask("PUT", "/recognition/subjects/Barack", house.door, json={"subject": "President"})
    house.ask("DELETE", "/recognition/subjects/President", house.door)
    noted = [(one.who, one.action, one.target, one.details) for one in house.store.audit.entries()]
    assert [(action, target) for _, action, target, _ in reversed(noted)] == [
        ("compreface.face.add", image_id), ("compreface.subject.rename", ""), ("compreface.subject.delete", ""),
    ]  # fmt: skip
    assert {who for who, *_ in noted} == {"recognition 1"}
    assert not any(name in str(noted) for name in ("Barack", "President"))  # whoever is deleted here leaves no name


def test_a_key_may_not_ask_too_often(house: Any) -> None:
    answers = [house.ask("GET", "/recognition/subjects", house.door) for _ in range(13)]
    assert [answer.status_code for answer in answers] == [200] * 12 + [429]
    assert (answers[-1].json()["code"], "Retry-After" in answers[-1].headers) == (0, True)
    assert house.ask("GET", "/config", None).status_code == 200


def test_all_of_it_is_described(house: Any) -> None:
    paths = docs.document(house.app)["paths"]
    described = {(path, method) for path, operations in paths.items() if path.startswith("/api/v1") for method in operations}
    assert len(described) == 21
    recognize = paths["/api/v1/recognition/recognize"]["post"]
    assert {one["name"] for one in recognize["parameters"]} >= {"limit", "prediction_count", "detect_faces", "face_plugins"}
    assert set(recognize["requestBody"]["content"]) == {"multipart/form-data", "application/json"}
    assert recognize["security"] == [{"key": []}]
    assert "CompreFaceProblem" in str(recognize["responses"]["400"])
    assert {"201", "400", "404", "413", "429", "500"} <= set(paths["/api/v1/recognition/subjects"]["post"]["responses"])
