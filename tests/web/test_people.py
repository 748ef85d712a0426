"""Enrolment over real sockets: what goes in, what comes out, and every error by its code."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import requests

from ostiary.errors import (
    AlreadyKnown,
    BadImage,
    EncoderMismatch,
    GalleryDamaged,
    LowQuality,
    ManyFaces,
    ModelError,
    NoFace,
    Unlike,
    UnsupportedImage,
)
from ostiary.settings import LimitSettings

PHOTO = {"image": ("katya.jpg", b"a photo")}


def archive(**files: bytes) -> dict[str, tuple[str, bytes]]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, data in files.items():
            packed.writestr(name.replace("__", "/") + ".jpg", data)
    return {"zip": ("people.zip", buffer.getvalue())}


def test_register_then_list_then_unregister(site, engine):
    base = site(engine)
    answer = requests.post(f"{base}/register", data={"name": "katya"}, files=PHOTO)
    assert answer.status_code == 200
    content = answer.json()
    assert content["success"] is True
    assert (content["name"], content["face_id"], content["faces"]) == ("katya", "face-1", 1)
    assert content["quality"]["usable"] is True
    assert content["message"] == "katya is enrolled with one picture"
    assert engine.people == {"katya": [b"a photo"]}
    assert requests.get(f"{base}/faces").json() == ["katya"]
    assert requests.post(f"{base}/unregister", data={"name": " katya "}).json() == {"success": True, "name": "katya", "removed": 1}
    assert requests.get(f"{base}/faces").json() == []


@pytest.mark.parametrize("name", ["Катя", "王芳", "مريم", "Zoe\u0308", "O'Neil & <b>co</b>"])
def test_names_of_any_script_arrive_as_they_were_sent(site, engine, name: str):
    base = site(engine)
    requests.post(f"{base}/register", data={"name": name}, files=PHOTO)
    assert list(engine.people) == [name]
    assert name in requests.get(f"{base}/faces").content.decode()


@pytest.mark.parametrize(
    ("sent", "replaced"), [("true", True), ("1", True), ("Yes", True), ("on", True), ("false", False), ("0", False), ("", False)]
)
def test_replace_takes_the_usual_words(site, engine, sent: str, replaced: bool):
    base = site(engine)
    engine.people["katya"] = [b"old"]
    assert requests.post(f"{base}/register", data={"name": "katya", "replace": sent}, files=PHOTO).status_code == 200
    assert engine.people["katya"] == ([b"a photo"] if replaced else [b"old", b"a photo"])


def test_zip_enrols_and_one_bad_picture_does_not_spoil_the_rest(site, engine):
    small = LimitSettings(max_upload_mb=0.1)
    base = site(engine, limits=small)
    sent = archive(katya=b"1", zero__a=b"2", zero__b=b"3", huge=bytes(200_000))
    answer = requests.post(f"{base}/register-faces", files=sent)
    assert answer.status_code == 200
    content = answer.json()
    assert (content["success"], content["registered"]) == (True, 3)
    [failed] = content["failed"]
    assert (failed["file"], failed["error"]) == ("huge.jpg", "too_large")
    assert "MAX_UPLOAD_MB" in failed["message"]
    assert engine.people == {"katya": [b"1"], "zero": [b"2", b"3"]}


def test_a_picture_unlike_the_others_is_told_of(site, engine):
    engine.doubt, base = "it looks odd", site(engine)
    content = requests.post(f"{base}/register", data={"name": "katya"}, files=PHOTO).json()
    assert content["doubt"] == "it looks odd"
    assert content["message"] == "katya is enrolled with one picture, but it looks odd"
    listed = requests.post(f"{base}/register-faces", files=archive(ema=b"1")).json()
    assert (listed["registered"], listed["doubtful"]) == (1, [{"file": "ema.jpg", "message": "it looks odd"}])


def test_zip_tells_which_picture_failed_and_why(site, obeying):
    content = requests.post(f"{site(obeying(NoFace()))}/register-faces", files=archive(katya=b"1")).json()
    failed = [{"file": "katya.jpg", "error": "no_face", "message": str(NoFace())}]
    assert content == {"success": True, "registered": 0, "failed": failed, "doubtful": []}


def test_zip_stops_where_the_server_itself_is_not_ready(site, obeying):
    answer = requests.post(f"{site(obeying(ModelError('sface', 'is missing')))}/register-faces", files=archive(katya=b"1"))
    assert (answer.status_code, answer.json()["error"]) == (503, "not_ready")


@pytest.mark.parametrize(
    ("path", "data", "files", "status", "code"),
    [
        ("/register", {}, PHOTO, 400, "missing_field"),
        ("/register", {"name": "katya"}, None, 400, "missing_field"),
        ("/register", {"name": "katya", "image": "text, not a file"}, {"x": ("x", b"")}, 400, "missing_field"),
        ("/register", {"name": "katya"}, {"image": ("", b"")}, 400, "missing_field"),
        ("/register", {"name": "katya", "force": "maybe"}, PHOTO, 400, "bad_field"),
        ("/register", {"name": b"J\xfcrgen"}, PHOTO, 400, "bad_name"),
        ("/register-faces", {}, None, 400, "missing_field"),
        ("/register-faces", {}, {"zip": ("x.zip", b"no zip")}, 400, "bad_zip"),
        ("/unregister", {}, None, 400, "missing_field"),
        ("/unregister", {"name": ""}, None, 400, "bad_name"),
        ("/unregister", {"name": "a\u202eb"}, None, 400, "bad_name"),
        ("/unregister", {"name": "nobody"}, None, 404, "unknown_name"),
        ("/nowhere", {"name": "katya"}, None, 404, "not_found"),
        ("/faces", {}, None, 405, "method_not_allowed"),
    ],
)
def test_what_is_sent_wrong(site, engine, path: str, data: dict, files: dict | None, status: int, code: str):
    answer = requests.post(f"{site(engine)}{path}", data=data, files=files)
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert answer.json()["success"] is False
    assert len(answer.json()["message"]) > 10
    assert engine.people == {}


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (BadImage("it is cut off"), 400, "bad_image"),
        (AlreadyKnown("zero", 0.2), 409, "already_known_as"),
        (Unlike("katya", 0.9, 0.7), 409, "not_like_the_others"),
        (UnsupportedImage("a PDF is no picture"), 415, "unsupported_type"),
        (NoFace(), 422, "no_face"),
        (ManyFaces(3), 422, "many_faces"),
        (LowQuality("too dark: more light"), 422, "low_quality"),
        (ModelError("sface", "is missing: ostiary models fetch"), 503, "not_ready"),
        (GalleryDamaged(Path("face_db.pkl"), "cut off"), 503, "not_ready"),
        (EncoderMismatch("dlib-resnet-v1", "sface-2021dec"), 503, "not_ready"),
    ],
)
def test_what_the_engine_refuses(site, obeying, error, status: int, code: str):
    answer = requests.post(f"{site(obeying(error))}/register", data={"name": "katya"}, files=PHOTO)
    assert (answer.status_code, answer.json()) == (status, {"success": False, "error": code, "message": str(error)})


def test_a_full_disk_is_not_the_senders_fault(site, obeying):
    answer = requests.post(f"{site(obeying(OSError(28, 'No space left on device')))}/register", data={"name": "katya"}, files=PHOTO)
    assert (answer.status_code, answer.json()["error"]) == (503, "not_ready")
    assert "No space left" in answer.json()["message"]


def test_the_unforeseen_tells_nothing_of_the_inside(site, obeying, caplog):
    answer = requests.get(f"{site(obeying(ZeroDivisionError('secret of the house')))}/faces")
    assert (answer.status_code, answer.json()["error"]) == (500, "internal_error")
    assert "secret" not in answer.text
    assert "secret of the house" in caplog.text


def test_a_body_that_is_no_form(site, engine):
    answer = requests.post(f"{site(engine)}/unregister", json={"name": "katya"})
    assert (answer.status_code, answer.json()["error"]) == (415, "unsupported_type")
    assert "curl -F" in answer.json()["message"]


def test_head_and_method_errors_say_what_is_allowed(site, engine):
    base = site(engine)
    answer = requests.get(f"{base}/register")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert requests.head(f"{base}/faces").status_code == 200


def test_a_picture_of_exactly_the_limit_and_one_byte_more(site, engine):
    base = site(engine, limits=LimitSettings(max_upload_mb=0.5))
    fits = requests.post(f"{base}/register", data={"name": "katya"}, files={"image": ("a.jpg", bytes(1 << 19))})
    assert fits.status_code == 200
    answer = requests.post(f"{base}/register", data={"name": "katya"}, files={"image": ("a.jpg", bytes((1 << 19) + 1))})
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
    assert "0.5 MB" in answer.json()["message"]
