"""The API before the real engine, with real portraits: what the table of errors promises, and what is on disk after it."""

from __future__ import annotations

import functools
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from PIL import Image, ImageOps

from ostiary.engine import FaceEngine
from ostiary.gallery.store import GalleryStore
from ostiary.settings import DataSettings, GallerySettings, LimitSettings, Settings
from ostiary.vision.eyes import open_eyes

once = functools.cache(open_eyes)  # the networks are loaded once for all tests


@pytest.fixture
def settings(tmp_path: Path, models_dir: Path) -> Settings:
    limits = LimitSettings(max_pixels=20e6)
    return replace(
        Settings(), gallery=GallerySettings(faces_dir=tmp_path / "faces"), data=DataSettings(data_dir=models_dir.parent), limits=limits
    )


@pytest.fixture
def base(site, settings: Settings) -> str:
    return site(FaceEngine(settings=settings, open_eyes=once), limits=settings.limits)


def register(base: str, name: str, photo: Path | bytes, **fields: str) -> requests.Response:
    data = photo if isinstance(photo, bytes) else photo.read_bytes()
    return requests.post(f"{base}/register", data={"name": name, **fields}, files={"image": ("photo.jpg", data)})


def examples(settings: Settings) -> dict[str, int]:
    """What a process that starts now would find."""
    gallery = GalleryStore(settings.gallery.db_path).read()
    return {name: len(gallery.examples(name)) for name in gallery.names}


def as_jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


def two_people(portraits: dict[str, Path]) -> bytes:
    both = Image.new("RGB", (1600, 900))
    for left, name in ((0, "obama.jpg"), (800, "biden.jpg")):
        both.paste(ImageOps.fit(Image.open(portraits[name]).convert("RGB"), (800, 900), centering=(0.5, 0.1)), (left, 0))
    return as_jpeg(both)


def test_a_person_is_enrolled_added_to_replaced_and_forgotten(base, settings, portraits):
    answer = register(base, "Барак", portraits["obama.jpg"])
    assert answer.status_code == 200
    content = answer.json()
    assert (content["success"], content["name"], content["faces"]) == (True, "Барак", 1)
    assert len(content["face_id"]) > 8
    assert content["quality"]["usable"] is True
    assert 0 < content["quality"]["score"] <= 1
    assert examples(settings) == {"Барак": 1}
    assert register(base, "Барак", portraits["obama2.jpg"]).json()["faces"] == 2
    assert register(base, "biden", portraits["biden.jpg"]).json()["faces"] == 1
    assert sorted(requests.get(f"{base}/faces").json()) == ["biden", "Барак"]
    assert register(base, "Барак", portraits["obama.jpg"], replace="true").json()["faces"] == 1
    assert examples(settings) == {"Барак": 1, "biden": 1}
    assert requests.post(f"{base}/unregister", data={"name": "Барак"}).json() == {"success": True, "name": "Барак", "removed": 1}
    assert examples(settings) == {"biden": 1}
    assert requests.post(f"{base}/unregister", data={"name": "Барак"}).json()["error"] == "unknown_name"


def test_who_is_in_a_picture(base, settings, portraits):
    register(base, "Барак", portraits["obama.jpg"])
    found = requests.post(f"{base}/recognize", files={"image": two_people(portraits)}, data={"attributes": "landmarks5"}).json()["faces"]
    known, stranger = sorted(found, key=lambda face: face["box"][0])
    assert known["name"] == "Барак"
    assert (stranger["name"], stranger["reason"]) == (None, "unknown")
    assert known["distance"] < stranger["distance"]
    (x1, y1, x2, y2), nose = known["box"], known["attributes"]["landmarks5"][2]
    assert x1 < nose[0] < x2
    assert y1 < nose[1] < y2
    assert requests.post(f"{base}/recognize", files={"image": as_jpeg(Image.new("RGB", (640, 480)))}).json()["faces"] == []


def test_one_spelling_of_a_name(base, settings, portraits):
    assert register(base, " Zoe\u0308 ", portraits["obama.jpg"]).json()["name"] == "Zo\u00eb"
    assert register(base, "Zo\u00eb", portraits["obama2.jpg"]).json()["faces"] == 2
    assert requests.post(f"{base}/unregister", data={"name": "Zoe\u0308"}).json()["removed"] == 2


def test_a_face_known_under_another_name(base, settings, portraits):
    register(base, "barack", portraits["obama.jpg"])
    answer = register(base, "somebody else", portraits["obama2.jpg"])
    assert (answer.status_code, answer.json()["error"]) == (409, "already_known_as")
    assert "barack" in answer.json()["message"]
    assert examples(settings) == {"barack": 1}
    assert register(base, "somebody else", portraits["obama2.jpg"], force="true").status_code == 200


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb", "a\u202eb", "\u200b", "bell\x07"])
def test_names_that_are_none(base, settings, portraits, name: str):
    answer = register(base, name, portraits["obama.jpg"])
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_name")
    assert examples(settings) == {}


def test_pictures_that_cannot_be_used(base, settings, portraits):
    whole = portraits["obama.jpg"].read_bytes()
    face = Image.open(portraits["obama.jpg"])
    bad = {
        b"": (400, "bad_image"),
        whole[: len(whole) // 3]: (400, "bad_image"),
        b"%PDF-1.4 no picture": (415, "unsupported_type"),
        as_jpeg(Image.new("RGB", (640, 480), "grey")): (422, "no_face"),
        two_people(portraits): (422, "many_faces"),
        as_jpeg(face.resize((face.width // 24, face.height // 24)).resize(face.size)): (422, "low_quality"),
        as_jpeg(Image.new("L", (5000, 4100))): (413, "too_large"),
    }
    for photo, expected in bad.items():
        answer = register(base, "katya", photo)
        assert (answer.status_code, answer.json()["error"]) == expected, answer.json()
    assert examples(settings) == {}


def test_a_zip_of_portraits_with_bad_ones_among_them(base, settings, portraits):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("barack/1.jpg", portraits["obama.jpg"].read_bytes())
        archive.writestr("barack/2.jpg", portraits["obama2.jpg"].read_bytes())
        archive.writestr("notes.txt", b"to do")
        archive.writestr("empty.jpg", b"")
        archive.writestr("barack/3.jpg", portraits["biden.jpg"].read_bytes())
        archive.writestr("two.jpg", two_people(portraits))
        archive.writestr("x" * 65 + ".jpg", portraits["biden.jpg"].read_bytes())
        archive.writestr("Джо.jpg", portraits["biden.jpg"].read_bytes())
        archive.writestr("again.jpg", portraits["biden.jpg"].read_bytes())
    content = requests.post(f"{base}/register-faces", files={"zip": ("people.zip", buffer.getvalue())}).json()
    assert (content["success"], content["registered"]) == (True, 3)
    assert {failed["file"]: failed["error"] for failed in content["failed"]} == {
        "notes.txt": "unsupported_type",
        "empty.jpg": "bad_image",
        "barack/3.jpg": "not_like_the_others",
        "two.jpg": "many_faces",
        "x" * 65 + ".jpg": "bad_name",
        "again.jpg": "already_known_as",
    }
    assert examples(settings) == {"barack": 2, "Джо": 1}


def test_a_damaged_gallery_is_neither_served_nor_overwritten(base, settings, portraits):
    register(base, "barack", portraits["obama.jpg"])
    assert requests.get(f"{base}/faces").json() == ["barack"]
    settings.gallery.db_path.write_bytes(b"garbage")
    answer = register(base, "joe", portraits["biden.jpg"])
    assert (answer.status_code, answer.json()["error"]) == (503, "not_ready")
    assert settings.gallery.db_path.read_bytes() == b"garbage"
    assert requests.get(f"{base}/faces").json() == ["barack"]  # the last good one stays in force
    assert requests.get(f"{base}/readyz").status_code == 503
    health = requests.get(f"{base}/healthz")
    assert health.status_code == 503
    assert "face_db.pkl" in health.json()["problems"][0]


def test_missing_models_are_not_ready(site, settings, portraits):
    wrong = replace(settings, vision=replace(settings.vision, provider="tensorrt"))
    base = site(FaceEngine(settings=wrong), limits=settings.limits)
    answer = register(base, "barack", portraits["obama.jpg"])
    assert (answer.status_code, answer.json()["error"]) == (503, "not_ready")
    assert requests.get(f"{base}/readyz").status_code == 503
