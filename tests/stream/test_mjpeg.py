"""MJPEG over HTTP against a real server on a real socket."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest

from ostiary.errors import SourceError
from ostiary.stream.mjpeg import LARGEST_PART, PartReader
from ostiary.stream.source import SourceOptions, open_source

OPTIONS = SourceOptions(timeout_s=0.5)
Play = Callable[[BaseHTTPRequestHandler], None]


def jpeg(grey: int) -> bytes:
    return cv2.imencode(".jpg", np.full((48, 64, 3), grey, np.uint8))[1].tobytes()


def torn() -> bytes:
    """A picture of which the last part is missing: OpenCV 4 makes one of it that is half grey."""
    whole = cv2.imencode(".jpg", np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8))[1].tobytes()
    return whole[: len(whole) // 2]


def part(body: bytes, *, length: bool = True, boundary: str = "--frame") -> bytes:
    size = f"Content-Length: {len(body)}\r\n" if length else ""
    return f"{boundary}\r\nContent-Type: image/jpeg\r\n{size}\r\n".encode() + body + b"\r\n"


@contextmanager
def camera(play: Play) -> Iterator[str]:
    """A server that answers every GET with `play`; gives its host and port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            play(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def begin(handler: BaseHTTPRequestHandler, content_type: str = "multipart/x-mixed-replace; boundary=frame") -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", content_type)
    handler.end_headers()


def shows(*bodies: bytes, content_type: str = "multipart/x-mixed-replace; boundary=frame") -> Play:
    def play(handler: BaseHTTPRequestHandler) -> None:
        begin(handler, content_type)
        handler.wfile.write(b"".join(bodies))

    return play


def first_grey(url: str) -> float:
    source = open_source(url, OPTIONS)
    try:
        image = source.read()
        assert source.live
        assert image is not None
        return float(image.mean())
    finally:
        source.close()


def test_pictures_come_one_by_one_as_they_are_sent() -> None:
    go_on = threading.Semaphore(1)

    def play(handler: BaseHTTPRequestHandler) -> None:
        begin(handler)
        for grey in (50, 100, 150):
            assert go_on.acquire(timeout=5)
            handler.wfile.write(part(jpeg(grey)))

    with camera(play) as host:
        source = open_source(f"http://{host}/video", OPTIONS)
        greys = []
        for _ in range(3):
            greys.append(round(source.read().mean()))
            go_on.release()
        assert greys == pytest.approx([50, 100, 150], abs=2)
        with pytest.raises(SourceError, match="ended the stream"):
            source.read()
        source.close()


@pytest.mark.parametrize(
    ("content_type", "parts"),
    [
        ("multipart/x-mixed-replace;boundary=frame", part(jpeg(90), length=False) + b"--frame\r\n"),
        ('multipart/x-mixed-replace; boundary="--frame"', part(jpeg(90)) + b"--frame"),
        ("multipart/x-mixed-replace; boundary=--frame", part(jpeg(90), boundary="frame", length=False) + b"frame"),
        ("MULTIPART/X-Mixed-Replace; boundary=frame", b"\r\n\r\nhello\r\n" + part(jpeg(90))),
        ("multipart/x-mixed-replace; boundary=frame", part(torn()) + part(b"not a picture") + part(jpeg(90))),
    ],
    ids=["no length", "dashes in the type", "no dashes at all", "preamble", "torn pictures first"],
)
def test_liberties_of_cameras(content_type: str, parts: bytes) -> None:
    with camera(shows(parts, content_type=content_type)) as host:
        assert first_grey(f"http://{host}/") == pytest.approx(90, abs=2)


def test_basic_login_is_shown_where_asked_for_and_decoded() -> None:
    def play(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("Authorization") == "Basic " + base64.b64encode(b"admin:p@ss").decode():
            shows(part(jpeg(70)))(handler)
        else:
            handler.send_response(401)
            handler.send_header("WWW-Authenticate", 'Basic realm="camera"')
            handler.end_headers()

    with camera(play) as host:
        assert first_grey(f"http://admin:p%40ss@{host}/video") == pytest.approx(70, abs=2)
        with pytest.raises(SourceError, match="refuses the login") as refused:
            open_source(f"http://admin:s3cret@{host}/video", OPTIONS)
        assert "s3cret" not in str(refused.value)


def test_digest_login() -> None:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    def play(handler: BaseHTTPRequestHandler) -> None:
        said = dict(
            item.strip().split("=", 1)
            for item in handler.headers.get("Authorization", "").removeprefix("Digest ").split(",")
            if "=" in item
        )
        said = {key: value.strip('"') for key, value in said.items()}
        a1, a2 = md5("admin:camera:secret"), md5("GET:/video?ch=1")
        if said and said["response"] == md5(f"{a1}:n0nce:{said['nc']}:{said['cnonce']}:auth:{a2}"):
            shows(part(jpeg(70)))(handler)
        else:
            handler.send_response(401)
            handler.send_header("WWW-Authenticate", 'Digest realm="camera", nonce="n0nce", qop="auth"')
            handler.end_headers()

    with camera(play) as host:
        assert first_grey(f"http://admin:secret@{host}/video?ch=1") == pytest.approx(70, abs=2)


def test_a_camera_that_falls_silent_is_given_up() -> None:
    done = threading.Event()

    def play(handler: BaseHTTPRequestHandler) -> None:
        begin(handler)
        handler.wfile.write(part(jpeg(50)))
        done.wait(10)

    with camera(play) as host:
        source = open_source(f"http://{host}/", OPTIONS)
        assert source.read() is not None
        with pytest.raises(SourceError, match=r"nothing for 0\.5 s"):
            source.read()
        done.set()
        source.close()


def test_a_camera_that_trickles_bytes_but_no_picture_is_given_up() -> None:
    done = threading.Event()

    def play(handler: BaseHTTPRequestHandler) -> None:
        begin(handler)
        handler.wfile.write(part(jpeg(50))[:80])
        while not done.wait(0.05):
            handler.wfile.write(b"x")

    with camera(play) as host:
        source = open_source(f"http://{host}/", OPTIONS)
        with pytest.raises(SourceError, match=r"no picture for 0\.5 s"):
            source.read()
        done.set()
        source.close()


def test_nobody_there_and_wrong_path_are_said() -> None:
    with camera(lambda handler: handler.send_error(404)) as host, pytest.raises(SourceError, match="no stream at this path"):
        open_source(f"http://{host}/nothing", OPTIONS)
    with pytest.raises(SourceError, match="cannot be reached"):
        open_source(f"http://{host}/", OPTIONS)


def test_something_else_at_the_address_is_said() -> None:
    with camera(shows(b"<html>hello</html>", content_type="text/html")) as host, pytest.raises(SourceError, match="cannot be opened"):
        open_source(f"http://{host}/", OPTIONS)


@pytest.mark.parametrize("size", [1, 7, 100000])
def test_parts_are_found_however_the_bytes_are_cut(size: int) -> None:
    bodies = [jpeg(grey) for grey in (10, 60, 110)]
    for stream in (b"".join(part(b) for b in bodies), b"".join(part(b, length=False) for b in bodies) + b"--frame--"):
        reader = PartReader(b"frame")
        assert [b for i in range(0, len(stream), size) for b in reader.feed(stream[i : i + size])] == bodies


def test_an_endless_part_is_refused() -> None:
    reader = PartReader(b"frame")
    reader.feed(bytes(LARGEST_PART))
    with pytest.raises(ValueError, match="too large"):
        reader.feed(b"x")


@pytest.mark.parametrize(
    "address", ["http://[::1", "http://katya:s3cret@host\u2100/", "http://katya:s3cret@host:80x/", "http://host/x?token=s3cret\tx"]
)
def test_what_is_no_address_is_told_without_its_password(address: str) -> None:
    with pytest.raises(SourceError) as refused:
        open_source(address, OPTIONS)
    assert "s3cret" not in str(refused.value)
