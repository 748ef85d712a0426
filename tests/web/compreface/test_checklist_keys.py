"""Points 1, 2, 36 and 39 of the contract's checklist: keys, other pages, and how requests may be written."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import requests

IMAGE = {"file": ("a.jpg", b"\xff\xd8")}
FAMILIES = [("recognition/recognize", "Recognition"), ("detection/detect", "Detection"), ("verification/verify", "Verification")]


@pytest.mark.parametrize(("path", "word"), FAMILIES)
def test_01_a_key_is_asked_for_and_must_be_of_the_family(server: Any, path: str, word: str) -> None:
    def refused(key: str | None) -> tuple[int, Any]:
        answer = server.ask("POST", f"/{path}", key, files=IMAGE)
        return answer.status_code, answer.json()

    assert refused(None) == (400, {"message": "Missing header: x-api-key", "code": 20})
    for key in ("", "abc", "x" * 36, "{" + str(uuid.uuid4())[:-2] + "}"):
        assert refused(key) == (400, {"message": "Service API key should be UUID", "code": 26})
    keys = {"Recognition": server.key(), "Detection": server.detection, "Verification": server.verification}
    for key in [str(uuid.uuid4()), *(key for kind, key in keys.items() if kind != word)]:
        assert refused(key) == (404, {"message": f"{word} service with API Key {key} not found", "code": 10})
    assert refused(keys[word].upper())[0] == 400  # known: it is the picture that is wrong


def test_01_a_key_opens_nothing_else(server: Any) -> None:
    for headers in ({"x-api-key": server.detection}, {"Authorization": f"Bearer {server.detection}"}):
        assert requests.get(f"{server.base}/people", headers=headers, timeout=30).status_code == 401
    assert server.ask("GET", "/recognition/subjects", "the key of the house").json()["code"] == 26


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "abc"}, {"x-api-key": str(uuid.uuid4())}])
def test_01_a_large_body_is_not_taken_in_for_an_unknown_key(server: Any, exchange: Any, headers: dict[str, str]) -> None:
    head = "POST /api/v1/recognition/recognize HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9000000\r\n"
    sent = head + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
    answer = exchange(server.base, sent.encode()).decode()
    assert answer.startswith(("HTTP/1.1 400", "HTTP/1.1 404"))
    assert "Access-Control-Allow-Origin: *" in answer
    assert '"code"' in answer


@pytest.mark.parametrize("path", ["/recognition/recognize", "/recognition/subjects/a%20b", "/static/a/images/b", "/nowhere"])
def test_02_pages_of_any_origin_may_ask(server: Any, path: str) -> None:
    page = {"Origin": "https://other.example", "Access-Control-Request-Method": "POST", "Sec-Fetch-Site": "cross-site"}
    answer = server.ask("OPTIONS", path, None, headers=page)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS, PUT, DELETE"
    assert answer.headers["Access-Control-Max-Age"] == "1728000"
    assert "x-api-key" in answer.headers["Access-Control-Allow-Headers"].split(",")


def test_02_the_header_in_any_case_and_answers_with_leave(server: Any, pictures: Any) -> None:
    page = {"Origin": "https://other.example", "Sec-Fetch-Site": "cross-site"}
    for name in ("X-API-KEY", "x-Api-Key"):
        answer = server.ask(
            "POST", "/detection/detect", None, headers={name: server.detection, **page}, files={"file": ("a.jpg", pictures.obama)}
        )
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "*")
    for answer in (server.ask("POST", "/detection/detect", None, headers=page), server.ask("GET", "/nowhere", None, headers=page)):
        assert answer.status_code in {400, 404}
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert set(answer.json()) == {"message", "code"}


def test_36_services_do_not_see_each_other(service: Any, another: Any, pictures: Any) -> None:
    image_id = service.added("Barack", pictures.obama)
    assert another.subjects() == []
    assert another.faces()["total_elements"] == 0
    assert another.recognize(pictures.obama).json()["result"][0]["subjects"] == []
    assert another.ask("DELETE", f"/faces/{image_id}").json()["code"] == 44
    assert another.ask("POST", f"/faces/{image_id}/verify", files={"file": ("a.jpg", pictures.obama)}).json()["code"] == 44
    assert another.ask("POST", "/faces/delete", json=[image_id]).json() == []
    assert another.ask("GET", f"/faces/{image_id}/img").content == b""
    assert another.ask("DELETE", "/subjects/Barack").json()["code"] == 42
    assert another.ask("DELETE", "/subjects").json() == {"deleted": 0}
    assert service.ask("GET", f"/faces/{image_id}/img").content == pictures.obama


def chunked(body: bytes):
    yield body


def form(boundary: str, picture: bytes) -> bytes:
    """A part without a Content-Type, as the Python SDK sends it."""
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    return head.encode() + picture + f"\r\n--{boundary}--\r\n".encode()


def test_39_requests_may_be_written_in_many_ways(server: Any, known: Any, pictures: Any) -> None:
    detect, file = f"{server.base}/api/v1/detection/detect", {"file": ("a.jpg", pictures.two)}
    headers = {"x-api-key": server.detection, "Accept-Encoding": "gzip, deflate"}

    def faces(url: str, **request: Any) -> int:
        answer = requests.post(url, headers={**headers, **request.pop("headers", {})}, timeout=30, **request)
        assert answer.status_code == 200, answer.text
        return len(answer.json()["result"])

    assert faces(detect, files=file) == 2
    for query in (
        "?&limit=1",
        "?limit=1&limit=2",
        "/?limit=1&whatever=x",
        "?limit=1&det_prob_threshold=",
        "?det_prob_threshold=0.5?limit=1",
    ):
        assert faces(detect + query, files=file) == 1, query
    for query in ("?limit=", "?status=&face_plugins=", "/"):
        assert faces(detect + query, files=file) == 2, query
    assert faces(detect, files=file, data={"limit": "1"}) == 1
    content_type = {"Content-Type": "multipart/form-data; boundary=b0undary"}
    assert faces(detect, data=chunked(form("b0undary", pictures.two)), headers=content_type) == 2
    encoded = known.site.ask("POST", "/detection/detect", server.detection, json={"file": "", "more": 1})
    assert encoded.json()["code"] == 28
    assert known.ask("GET", "/subjects/", headers={"Content-Type": "application/json"}).status_code == 200
    assert known.ask("GET", "/faces/", params={"page": "0"}).status_code == 200
    plugins = requests.post(detect + "?face_plugins=landmarks&face_plugins=calculator", headers=headers, files=file, timeout=30)
    assert {"landmarks", "embedding"} <= set(plugins.json()["result"][0])


def test_39_json_with_a_charset(service: Any) -> None:
    body = '{"subject": "Zoë", "more": null}'.encode()
    answer = service.ask("POST", "/subjects", data=body, headers={"Content-Type": "application/json; charset=utf-8"})
    assert (answer.status_code, answer.json()) == (201, {"subject": "Zoë"})


@pytest.mark.parametrize(
    ("method", "path", "request_", "status"),
    [
        ("PATCH", "/recognition/subjects", {}, 404),
        ("TRACE", "/recognition/subjects", {}, 404),
        ("POST", "/config", {"data": b" " * 90000}, 413),
        ("POST", "/migrate", {}, 404),
        ("GET", "//recognition/subjects", {}, 404),
        ("GET", "/recognition/recognize", {}, 404),
        ("GET", "/recognition/no/such", {}, 404),
        ("POST", "/recognition/faces/1%2F2/verify", {}, 404),
        ("POST", "/recognition/subjects", {"data": b"subject=a", "headers": {"Content-Type": "text/plain"}}, 415),
        ("POST", "/recognition/recognize", {"data": b"x", "headers": {"Content-Type": "text/plain"}}, 415),
        ("POST", "/recognition/recognize", {"data": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400),
        ("POST", "/recognition/faces?subject=a", {"data": b"x", "headers": {"Content-Type": "text/plain"}}, 400),
        ("POST", "/recognition/subjects", {"data": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ("POST", "/recognition/subjects", {"data": b"[" * 9000, "headers": {"Content-Type": "application/json"}}, 400),
        ("POST", "/recognition/subjects", {"data": b" " * 90000, "headers": {"Content-Type": "application/json"}}, 413),
        ("POST", "/recognition/subjects", {"data": b'{"subject": "\\ud800"}', "headers": {"Content-Type": "application/json"}}, 400),
        ("DELETE", "/recognition/faces/no-uuid", {}, 400),
    ],
)
def test_39_whatever_is_wrong_is_told_in_one_shape(service: Any, method: str, path: str, request_: Any, status: int) -> None:
    answer = service.site.ask(method, path, service.key, **request_)
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"message", "code"}
    assert answer.json()["code"] == 0


def test_39_what_clients_ask_without_a_key(server: Any) -> None:
    assert server.ask("GET", "/config", None).json() == {"clientMaxFileSize": 5242880, "clientMaxBodySize": 10485760}
    status = server.ask("GET", "/consistence/status", None).json()
    assert status == {"demoFaceCollectionIsInconsistent": False, "dbIsInconsistent": False, "saveImagesToDB": True, "status": "OK"}


@pytest.mark.parametrize(
    "body", ['{"file":[' + "{}," * 20_000 + "0]}", '{"embeddings":[' + "[]," * 20_000 + "[0]]}", f"[{'0,' * 700_000}0]"]
)
def test_json_of_very_many_parts_is_not_made_anything_of(server: Any, body: str) -> None:
    json = {"content-type": "application/json"}
    for path in ("/recognition/recognize", "/recognition/embeddings/recognize", "/recognition/faces/delete"):
        answer = server.ask("POST", path, server.key(), data=body, headers=json)
        assert answer.status_code == 400
        assert "malformed" in answer.json()["message"]
