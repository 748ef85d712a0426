"""People, their pictures and how good they are, over HTTP, before a real engine with real portraits."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import cv2
import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from ostiary.album import Album
from ostiary.engine import FaceEngine
from ostiary.records.book import RecordBook
from ostiary.records.store import RecordStore
from ostiary.records.values import Record, Span
from ostiary.settings import ApiSettings, DataSettings, GallerySettings, LimitSettings, Settings
from ostiary.vision.eyes import open_eyes
from ostiary.web.album import blueprint
from ostiary.web.app import Rooms, create_app

once = functools.cache(open_eyes)  # the networks are loaded once for all tests


@pytest.fixture
def engine(tmp_path: Path, models_dir: Path) -> FaceEngine:
    gallery, data = GallerySettings(faces_dir=tmp_path / "faces"), DataSettings(data_dir=models_dir.parent)
    return FaceEngine(settings=replace(Settings(), gallery=gallery, data=data), open_eyes=once)


@pytest.fixture
def client(engine: FaceEngine) -> FlaskClient:
    return create_app(engine, ApiSettings(), LimitSettings(), Rooms(album=Album(engine))).test_client()


@pytest.fixture
def two(engine: FaceEngine, portraits: dict[str, Path]) -> FaceEngine:
    engine.register("Барак / 44", portraits["obama.jpg"])
    engine.register("Барак / 44", portraits["obama2.jpg"])
    engine.register("joe", portraits["biden.jpg"])
    return engine


def _jpeg(image: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", image)[1].tobytes()


def test_people_are_told_by_name_a_page_at_a_time(client: FlaskClient, two: FaceEngine) -> None:
    found = client.get("/people").json
    assert found["total"] == 2
    assert [(p["name"], p["faces"], p["missing"], p["alike"]) for p in found["people"]] == [
        ("joe", 1, ["2 more photos"], []),
        ("Барак / 44", 2, ["one more photo"], []),
    ]
    assert {(photo["photo"], photo["quality"]) for p in found["people"] for photo in p["photos"]} == {(True, None)}, "nobody has looked yet"
    assert all(abs(photo["at"] / 1000 - two.gallery.enrolled_at.max()) < 60 for p in found["people"] for photo in p["photos"])
    assert [p["name"] for p in client.get("/people?limit=1&offset=1").json["people"]] == ["Барак / 44"]
    assert client.get("/people", query_string={"text": "бара"}).json["total"] == 1
    assert client.get("/people?limit=0").json["error"] == "bad_field"


def test_one_person_is_looked_at_closely(client: FlaskClient, two: FaceEngine) -> None:
    path = f"/people/{quote('Барак / 44', safe='')}"
    person = client.get(path).json
    assert [photo["quality"]["usable"] for photo in person["photos"]] == [True, True]
    assert [photo["problem"] for photo in person["photos"]] == [None, None]
    assert person["missing"][0] == "one more photo"
    assert "turned a little" in person["missing"][1]
    photo = client.get(f"{path}/photos/{person['photos'][0]['face_id']}.jpg")
    assert photo.mimetype == "image/jpeg"
    assert photo.data == two.photo("Барак / 44", person["photos"][0]["face_id"])
    assert client.get("/people/joe/photos/none.jpg").json["error"] == "unknown_face"
    assert client.get("/people/nobody").json["error"] == "unknown_name"


def test_what_was_measured_at_enrolment_is_known_at_once(client: FlaskClient, portraits: dict[str, Path]) -> None:
    enrolled = client.post("/register", data={"name": "joe", "image": (portraits["biden.jpg"].open("rb"), "joe.jpg")}).json
    [person] = client.get("/people").json["people"]
    assert person["photos"][0]["quality"]["score"] == enrolled["quality"]["score"]


def test_who_may_be_one_person_twice_is_told_of_both(client: FlaskClient, two: FaceEngine, portraits: dict[str, Path]) -> None:
    two.register("barack", portraits["obama.jpg"], force=True)
    alike = {p["name"]: p["alike"] for p in client.get("/people").json["people"]}
    assert alike["joe"] == []
    assert alike["barack"] == [{"name": "Барак / 44", "distance": 0, "duplicate": True}]
    assert alike["Барак / 44"] == [{"name": "barack", "distance": 0, "duplicate": True}]
    merged = client.post("/people/barack/merge", json={"into": "Барак / 44"}).json
    assert (merged["name"], merged["faces"]) == ("Барак / 44", 3)
    assert [p["alike"] for p in client.get("/people").json["people"]] == [[], []]


def test_renaming_merging_and_dropping_say_what_stands_in_the_way(client: FlaskClient, two: FaceEngine) -> None:
    answers = {
        ("POST", "/people/joe/rename", "name", "Барак / 44"): (409, "name_taken"),
        ("POST", "/people/joe/rename", "name", "\n"): (400, "bad_name"),
        ("POST", "/people/joe/rename", "other", "x"): (400, "missing_field"),
        ("POST", "/people/nobody/rename", "name", "x"): (404, "unknown_name"),
        ("POST", "/people/joe/merge", "into", "Барак / 44"): (409, "not_alike"),
        ("POST", "/people/joe/merge", "into", "nobody"): (404, "unknown_name"),
        ("DELETE", f"/people/joe/photos/{two.gallery.examples('joe')[0].face_id}", "", ""): (409, "last_example"),
        ("DELETE", "/people/joe/photos/none", "", ""): (404, "unknown_face"),
    }
    for (method, path, field, value), expected in answers.items():
        answer = client.open(path, method=method, json={field: value})
        assert (answer.status_code, answer.json["error"]) == expected, path
    assert sorted(two.names()) == ["joe", "Барак / 44"]
    assert client.post("/people/joe/rename", json={"name": " Joe  "}).json == {"success": True, "name": "Joe"}
    face_id = two.gallery.examples("Барак / 44")[0].face_id
    assert client.delete(f"/people/{quote('Барак / 44', safe='')}/photos/{face_id}").json == {"success": True, "faces": 1}


def test_whose_dates_are_over_is_told(two: FaceEngine, tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    store.put(Record("joe", valid=Span(end=1000.0)), at=2000.0, by="olga")
    book = RecordBook(store, two.names)
    app = Flask("small")
    app.register_blueprint(blueprint(two, Album(two), book))
    assert [(p["name"], p["standing"]) for p in app.test_client().get("/people").json["people"]] == [
        ("joe", "expired"),
        ("Барак / 44", "valid"),
    ]
    assert app.test_client().get("/people/joe").json["standing"] == "expired"
    store.close()


def test_a_picture_is_judged_and_not_kept(client: FlaskClient, engine: FaceEngine, portraits: dict[str, Path]) -> None:
    def check(data: bytes) -> dict:
        from io import BytesIO

        return client.post("/check", data={"image": (BytesIO(data), "frame.jpg")}).json

    face = cv2.imread(str(portraits["obama.jpg"]))
    good = check(_jpeg(face))
    assert (good["faces"], good["usable"], good["good"], good["advice"]) == (1, True, True, "Good: hold still.")
    x1, y1, x2, y2 = good["box"]
    assert 0 <= x1 < x2 <= face.shape[1]
    assert 0 <= y1 < y2 <= face.shape[0]
    none = check(_jpeg(np.full((480, 640, 3), 127, np.uint8)))
    assert (none["faces"], none["usable"], none["box"], none["quality"]) == (0, False, None, None)
    assert "look at the camera" in none["advice"]
    two = check(_jpeg(np.hstack([cv2.resize(cv2.imread(str(portraits[n])), (600, 800)) for n in ("obama.jpg", "biden.jpg")])))
    assert (two["faces"], two["usable"]) == (2, False)
    far = np.full((1080, 1920, 3), 127, np.uint8)
    small = cv2.resize(face, (90, 90 * face.shape[0] // face.shape[1]))
    far[400 : 400 + small.shape[0], 900:990] = small
    assert "come closer" in check(_jpeg(far))["advice"].lower()
    assert check(b"no picture")["error"] in {"bad_image", "unsupported_type"}
    assert client.post("/check").json["error"] == "missing_field"
    assert engine.names() == []
