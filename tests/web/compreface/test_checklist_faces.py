"""Points 9 to 22 of the contract's checklist: stored faces."""

from __future__ import annotations

import base64
import io
import uuid
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image

from ostiary.compreface.keeper import Keeper
from ostiary.compreface.values import Kind


def base64_of(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


def refused(answer: requests.Response, status: int, code: int, message: str | None = None) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert message in (None, answer.json()["message"])


def test_09_a_face_is_added_by_file_and_by_base64(service: Any, pictures: Any) -> None:
    answer = service.add("Barack", pictures.obama)
    assert answer.status_code == 201
    assert set(answer.json()) == {"image_id", "subject"}
    assert str(uuid.UUID(answer.json()["image_id"])) == answer.json()["image_id"]
    lines = "\n".join(base64_of(pictures.obama2)[start : start + 76] for start in range(0, len(pictures.obama2) * 4 // 3 + 4, 76))
    answer = service.ask("POST", "/faces", params={"subject": "BARACK"}, json={"file": lines})
    assert (answer.status_code, answer.json()["subject"]) == (201, "BARACK")
    assert service.subjects() == ["Barack"]
    assert service.faces()["total_elements"] == 2


def test_10_only_a_picture_with_one_face_is_stored(service: Any, pictures: Any) -> None:
    refused(service.add("a", pictures.nobody), 400, 28, "No face is found in the given image")
    refused(service.add("a", pictures.two), 400, 31, "More than one face in the source image")
    assert service.subjects() == []
    assert service.faces()["total_elements"] == 0


def test_11_what_is_missing_is_named_in_order(service: Any, pictures: Any) -> None:
    file = {"file": ("a.jpg", pictures.obama)}
    refused(service.ask("POST", "/faces", files=file), 400, 33, "Required parameter subject is missing")
    for blank in ("", "  "):
        refused(service.add(blank, pictures.obama), 400, 26, "Subject name is empty; ")
    no_file = {"another": ("a.jpg", b"1")}
    refused(service.ask("POST", "/faces", params={"subject": "a"}, files=no_file), 400, 34, "Required part file is missing")
    refused(service.ask("POST", "/faces", files=no_file), 400, 34)
    refused(service.ask("POST", "/faces", params={"subject": "a"}, files={"file": (None, pictures.obama)}), 400, 34)
    refused(service.ask("POST", "/faces", json={}), 400, 33)


def test_12_options_may_be_fields_of_the_form(service: Any, pictures: Any) -> None:
    file = {"file": ("a.jpg", pictures.obama)}
    assert service.ask("POST", "/faces", files=file, data={"subject": "Barack"}).status_code == 201
    refused(service.ask("POST", "/faces", files=file, data={"subject": "Barack", "det_prob_threshold": "1.0"}), 400, 28)


@pytest.mark.parametrize("name", ["x.txt", "x", "", "jpg", "x.jpg.exe"])
def test_13_names_of_files_that_are_no_pictures(service: Any, pictures: Any, exchange: Any, name: str) -> None:
    parts = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode() + pictures.obama + b"\r\n--b--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = service.ask("POST", "/faces", params={"subject": "a"}, data=parts, headers=headers)
    refused(answer, 400, 21, f"File [{name}] has an unavailable extension")


@pytest.mark.parametrize(("name", "form"), [("X.JPG", "JPEG"), ("x.webp", "WEBP"), ("x.tiff", "TIFF"), ("x.gif", "GIF"), ("x.bmp", "BMP"),
                                            ("x.ico", "ICO"), ("x.tif", "TIFF"), ("x.jpeg", "JPEG"), ("png.jpg", "PNG")])  # fmt: skip
def test_13_all_the_kinds_of_pictures(server: Any, pictures: Any, name: str, form: str) -> None:
    image = Image.open(io.BytesIO(pictures.obama)).convert("RGB")
    if form == "ICO":
        image = image.resize((256, 256))
    image.save(file := io.BytesIO(), form)
    answer = server.ask("POST", "/detection/detect", server.detection, files={"file": (name, file.getvalue())})
    assert len(answer.json()["result"]) == 1


def test_14_base64_that_is_none(service: Any, pictures: Any) -> None:
    def sent(body: Any) -> requests.Response:
        return service.ask("POST", "/recognize", json=body)

    for text in ("%%%", f"data:image/jpeg;base64,{base64_of(pictures.obama)}", "абв", "a"):
        refused(sent({"file": text}), 400, 21, "Provided value is not Base64")
    for body in ({}, {"file": None}):
        refused(sent(body), 400, 5, "Field content cannot be empty")
    refused(sent({"file": 5}), 400, 0)
    refused(sent([1]), 400, 0)
    refused(sent({"file": ""}), 400, 28)
    url_safe = base64_of(pictures.obama).replace("+", "-").replace("/", "_").rstrip("=")
    assert sent({"file": url_safe}).status_code == 200


def test_15_garbage_is_no_face_and_a_cut_photo_is_still_one(service: Any, pictures: Any) -> None:
    for garbage in (b"", b"garbage" * 50, pictures.obama[:30], b"\0\0\1\0", b"\x89PNG\r\n\x1a\n" + b"x" * 99):
        refused(service.add("a", garbage), 400, 28, "No face is found in the given image")
        refused(service.ask("POST", "/recognize", json={"file": base64_of(garbage)}), 400, 28)
    assert service.add("Barack", pictures.obama[: len(pictures.obama) * 9 // 10]).status_code == 201


def test_15_more_pixels_than_allowed_are_not_read(service: Any) -> None:
    Image.new("1", (9000, 9000)).save(file := io.BytesIO(), "PNG")
    answer = service.add("a", file.getvalue(), "a.png")
    assert (answer.status_code, answer.json()["code"]) == (413, 0)
    assert "MAX_PIXELS" in answer.json()["message"]


def test_16_files_of_five_megabytes_and_no_more(service: Any, pictures: Any) -> None:
    most = 5 * 1024 * 1024
    assert service.add("Barack", pictures.obama + bytes(most - len(pictures.obama))).status_code == 201
    refused(service.add("Barack", pictures.obama + bytes(most - len(pictures.obama) + 1)), 400, 0, "Something went wrong, please try again")
    answer = service.add("Barack", pictures.obama + bytes(2 * most + 200_000))
    assert (answer.status_code, answer.json()["code"]) == (413, 0)


@pytest.fixture(scope="module")
def crowded(server: Any, pictures: Any) -> Any:
    """A service with 25 faces, 5 of them of B. They are copies, as it is the pages that are looked at."""
    keeper: Keeper = server.keeper
    service = keeper.register.create_service(1, Kind.RECOGNITION, "crowded")
    collection, face = keeper.collection(service), Seen()
    for number in range(25):
        collection.add("B" if number % 5 == 0 else "A", pictures.obama, face)
    return lambda **options: server.ask("GET", "/recognition/faces", service.key, params=options).json()


class Seen:
    embedding = np.eye(1, 128, dtype=np.float32)[0]


def test_17_the_list_comes_in_pages(crowded: Any) -> None:
    first = crowded()
    assert {name: first[name] for name in first if name != "faces"} == {
        "page_number": 0, "page_size": 20, "total_pages": 2, "total_elements": 25,
    }  # fmt: skip
    assert len(first["faces"]) == 20
    assert set(first["faces"][0]) == {"image_id", "subject"}
    pages = [crowded(size=10, page=number) for number in range(3)]
    assert [len(page["faces"]) for page in pages] == [10, 10, 5]
    assert len({face["image_id"] for page in pages for face in page["faces"]}) == 25
    beyond = crowded(page=99)
    assert (beyond["faces"], beyond["total_elements"], beyond["total_pages"], beyond["page_number"]) == ([], 25, 2, 99)
    assert [crowded(size=size)["page_size"] for size in (0, -1, "x", "", 99999, 9**99)] == [20, 20, 20, 20, 2000, 20]
    assert [crowded(page=page)["page_number"] for page in (-1, "x", "")] == [0, 0, 0]


def test_18_the_list_of_one_subject_spelt_exactly(crowded: Any) -> None:
    found = crowded(subject="B", size=2, page=2)
    assert (len(found["faces"]), found["total_elements"], found["total_pages"]) == (1, 5, 3)
    for other in ("b", "C", ""):
        assert (crowded(subject=other)["faces"], crowded(subject=other)["total_elements"]) == ([], 0)


def test_19_a_face_is_deleted_and_its_subject_stays(service: Any, pictures: Any) -> None:
    image_id = service.added("Barack", pictures.obama)
    answer = service.ask("DELETE", f"/faces/{image_id.upper()}")
    assert (answer.status_code, answer.json()) == (200, {"image_id": image_id, "subject": "Barack"})
    refused(service.ask("DELETE", f"/faces/{image_id}"), 404, 44, f"Image {image_id} not found")
    refused(service.ask("DELETE", "/faces/not-a-uuid"), 400, 0)
    assert service.subjects() == ["Barack"]


def test_20_several_faces_are_deleted(service: Any, pictures: Any) -> None:
    one, other = service.added("Barack", pictures.obama), service.added("Joe", pictures.biden)
    answer = service.ask("POST", "/faces/delete", json=[one, str(uuid.uuid4()), other])
    assert answer.status_code == 200
    assert answer.json() == [{"image_id": one, "subject": "Barack"}, {"image_id": other, "subject": "Joe"}]
    assert service.ask("POST", "/faces/delete", json=[]).json() == []
    refused(service.ask("POST", "/faces/delete", json=["no uuid"]), 400, 0)
    refused(service.ask("POST", "/faces/delete", json={"a": 1}), 400, 0)
    assert service.ask("GET", f"/faces/{one}/img").content == b""


def test_21_the_faces_of_a_subject_or_of_all(service: Any, pictures: Any) -> None:
    for subject, picture in (("Barack", pictures.obama), ("Barack", pictures.obama2), ("Joe", pictures.biden)):
        service.added(subject, picture)
    assert service.ask("DELETE", "/faces", params={"subject": "barack"}).json() == {"deleted": 2}
    assert service.subjects() == ["Joe"]
    answer = service.ask("DELETE", "/faces", params={"subject": "Barack"})
    assert (answer.status_code, answer.json()) == (200, {"deleted": 0})
    refused(service.ask("DELETE", "/faces", params={"subject": ""}), 400, 26, "Subject name is empty; ")
    assert service.ask("DELETE", "/faces").json() == {"deleted": 1}
    assert service.subjects() == []


def test_a_disk_that_is_nearly_full_is_left_to_the_door(service: Any, pictures: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ostiary.compreface.keeper.shutil.disk_usage", lambda path: SimpleNamespace(free=199_000_000))
    answer = service.add("Barack", pictures.obama)
    assert (answer.status_code, answer.json()["code"]) == (500, 41)
    assert "free" in answer.json()["message"]
    assert service.subjects() == []
    assert service.recognize(pictures.obama).status_code == 200


def test_22_pictures_are_served_as_they_came(service: Any, another: Any, pictures: Any) -> None:
    image_id = service.added("Barack", pictures.obama)
    base = f"{service.site.base}/api/v1/static"
    for answer in (service.ask("GET", f"/faces/{image_id}/img"), requests.get(f"{base}/{service.key}/images/{image_id}", timeout=30)):
        assert (answer.status_code, answer.content) == (200, pictures.obama)
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert service.ask("GET", f"/faces/{image_id}/img").headers["Vary"].lower() == "x-api-key"
    unknown = (
        service.ask("GET", f"/faces/{uuid.uuid4()}/img"),
        another.ask("GET", f"/faces/{image_id}/img"),
        *(requests.get(f"{base}/{key}/images/{image_id}", timeout=30) for key in (another.key, service.site.detection, "no-key")),
        requests.get(f"{base}/{service.key}/images/no-uuid", timeout=30),
    )
    for answer in unknown:
        assert (answer.status_code, answer.content) == (200, b"")
        assert "max-age" not in answer.headers["Cache-Control"]
    refused(service.ask("GET", "/faces/no-uuid/img"), 400, 0)
