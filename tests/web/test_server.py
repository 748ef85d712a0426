"""The server on real sockets: early refusals that are heard, overload, addresses, start and stop."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import threading
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
import requests
from waitress.channel import ClientDisconnected

from ostiary.access.store import AccessStore
from ostiary.errors import AddressError
from ostiary.settings import ApiSettings, LimitSettings
from ostiary.web.app import Rooms, create_app
from ostiary.web.auth import Access
from ostiary.web.server import Only, serve

SMALL = LimitSettings(max_upload_mb=1, max_zip_mb=2)


def head(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


def parsed(answer: bytes) -> tuple[int, dict]:
    top, _, content = answer.partition(b"\r\n\r\n")
    assert b"application/json" in top
    return int(top.split()[1]), json.loads(content)


@pytest.mark.parametrize("path", ["/register", "/register-faces", "/unregister"])
@pytest.mark.parametrize("expect", [[], ["Expect: 100-continue"]])
def test_a_body_declared_too_long_is_refused_before_it_comes(site, engine, exchange, path: str, expect: list[str]):
    answer = exchange(site(engine, limits=SMALL), head(path, "Content-Length: 5000000000", *expect))
    status, content = parsed(answer)
    assert (status, content["error"]) == (413, "too_large")


def test_a_body_of_undeclared_length_is_refused_when_it_grows_too_long(site, engine):
    base = site(engine, limits=SMALL)
    sent = 0

    def body():
        nonlocal sent
        while True:
            sent += 1 << 16
            yield bytes(1 << 16)

    try:
        answer = requests.post(f"{base}/register", data=body(), headers={"Content-Type": "multipart/form-data; boundary=x"})
        assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
    except requests.ConnectionError:
        pass  # http.client may notice the closed connection before it reads the answer
    assert sent < 64 << 20


def test_who_still_sends_hears_the_refusal(site, engine):
    base = site(engine, limits=SMALL)
    for _ in range(5):
        answer = requests.post(f"{base}/register", data={"name": "katya"}, files={"image": ("a.jpg", bytes(6 << 20))})
        assert (answer.status_code, answer.json()["error"]) == (413, "too_large")


def test_a_body_without_the_key_is_not_taken_in(site, engine, exchange):
    base = site(engine, key="key", limits=SMALL)
    status, content = parsed(exchange(base, head("/register-faces", "Content-Length: 1000000")))
    assert (status, content["error"]) == (401, "unauthorized")
    status, content = parsed(exchange(base, head("/register-faces", "Transfer-Encoding: chunked")))
    assert (status, content["error"]) == (401, "unauthorized")


def test_a_page_elsewhere_is_refused_before_its_body(site, engine, exchange):
    status, content = parsed(exchange(site(engine), head("/register", "Content-Length: 1000000", "Origin: http://evil.example")))
    assert (status, content["error"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "sent", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nBad header\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"]
)
def test_what_is_no_http_is_answered_in_json(site, engine, exchange, sent: bytes):
    status, content = parsed(exchange(site(engine), sent))
    assert (status, content["error"]) == (400, "bad_request")


def test_endless_headers_are_refused(site, engine, exchange):
    status, content = parsed(exchange(site(engine), b"GET / HTTP/1.1\r\nX: " + b"x" * 300_000))
    assert (status, content["error"]) == (431, "http_431")


def test_more_requests_than_may_wait_are_told_to_come_back(site, engine):
    engine.go = threading.Event()
    base = site(engine, threads=1)
    connections = [http.client.HTTPConnection(base.removeprefix("http://"), timeout=10) for _ in range(8)]
    for connection in connections:
        connection.request("GET", "/faces")
        time.sleep(0.05)  # so that they queue up in this order
    refused = connections[-1].getresponse()
    assert refused.status == 429
    assert refused.headers["Retry-After"] == "1"
    assert json.loads(refused.read())["error"] == "too_many_requests"
    engine.go.set()
    statuses = [connection.getresponse().status for connection in connections[:-1]]
    assert statuses == [200] * 5 + [429] * 2  # one in work, four waiting
    for connection in connections:
        connection.close()


def test_however_many_say_nothing_the_next_is_served(site, engine):
    address = urlsplit(site(engine))
    with ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(socket.create_connection((address.hostname, address.port), timeout=10))
        assert requests.get(f"{address.geturl()}/healthz", timeout=15).status_code == 200  # a silent line is kept for twice as long


def test_a_backup_may_be_larger_than_a_zip(site, engine):
    base = site(engine, limits=LimitSettings(max_zip_mb=1, max_restore_mb=3))
    answers = [requests.post(f"{base}/restore", files={"backup": b"x" * int(size * 1e6)}).status_code for size in (2, 4)]
    assert answers == [404, 413]  # there is nothing to restore here, but it was taken in


def test_a_taken_port_says_so(engine):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        api = ApiSettings(port=taken.getsockname()[1])
        with pytest.raises(AddressError, match="API_PORT"):
            serve(create_app(engine, api, SMALL), api, SMALL)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_where_nobody_can_tell_who_may_ask_it_serves_and_lets_nobody_in(engine, tmp_path, host):
    (tmp_path / "access.db").write_bytes(b"no database" * 1000)
    api = ApiSettings(host=host, port=0)
    app = create_app(engine, api, SMALL, Rooms(access=Access("", AccessStore(tmp_path))))
    server = serve(app, api, SMALL)
    try:
        client = app.test_client()
        assert [client.get(path).status_code for path in ("/faces", "/healthz")] == [503, 503]
        assert "access.db" in client.get("/healthz").json["message"]
    finally:
        server.close()


def test_an_address_that_is_not_ours(engine):
    api = ApiSettings(host="203.0.113.7", port=0, key="key")
    with pytest.raises(AddressError):
        serve(create_app(engine, api, SMALL), api, SMALL)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "door.local"])
def test_without_a_key_only_loopback_is_served(engine, host: str):
    api = ApiSettings(host=host, port=0)
    with pytest.raises(AddressError, match="API_KEY"):
        serve(create_app(engine, api, SMALL), api, SMALL)


def test_close_ends_run_soon_even_with_idle_connections(engine):
    api = ApiSettings(port=0)
    server = serve(create_app(engine, api, SMALL), api, SMALL)
    thread = threading.Thread(target=server.run)
    thread.start()
    with requests.Session() as session:
        assert session.get(f"http://127.0.0.1:{server.port}/faces").status_code == 200
        server.close()
        server.close()
        thread.join(5)
    assert not thread.is_alive()
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=1):  # noqa: PT011
        pass


@pytest.mark.parametrize("problem", [ClientDisconnected, ZeroDivisionError])
def test_a_connection_that_ends_early_tells_the_log_no_path(engine, caplog, problem):
    def ends(environ, start_response):
        raise problem

    caplog.set_level(logging.INFO)
    app = create_app(engine, ApiSettings(port=0), SMALL)
    app.wsgi_app = ends
    server = serve(app, ApiSettings(port=0), SMALL)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            connection.sendall(b"GET /api/v1/static/the-secret-key/images/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            while connection.recv(65536):
                pass
    finally:
        server.close()
        thread.join(60)
    assert [record.getMessage() for record in caplog.records if record.name == "ostiary.web.intake.channel"]
    assert "the-secret-key" not in caplog.text


def test_close_before_run(engine):
    api = ApiSettings(port=0)
    server = serve(create_app(engine, api, SMALL), api, SMALL)
    server.close()
    server.run()
    with socket.create_server(("127.0.0.1", server.port)):
        pass


def test_a_port_can_serve_a_part_alone(engine, free_port: int):
    app = create_app(engine, ApiSettings(port=0), SMALL)
    server = serve(app, ApiSettings(port=0), SMALL, only=Only(("/faces",), free_port, "COMPREFACE_PORT"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        base = f"http://127.0.0.1:{free_port}"
        assert requests.get(f"{base}/faces").json() == []
        for path in ("/", "/healthz", "/facesaid/../people"):
            elsewhere = requests.get(f"{base}{path}")
            assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, 0)
        with pytest.raises(AddressError, match="COMPREFACE_PORT"):
            serve(app, ApiSettings(port=0), SMALL, only=Only(("/faces",), free_port, "COMPREFACE_PORT"))
    finally:
        server.close()
        thread.join(5)


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]
