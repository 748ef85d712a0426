from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from ostiary.errors import SettingsError, StreamRefused
from ostiary.hub import client
from ostiary.hub.client import Publisher, subscribe
from ostiary.net import listen
from ostiary.service import spawn
from ostiary.settings import StreamSettings

Start = Callable[..., Any]
Event = Callable[..., dict[str, Any]]
Eventually = Callable[..., None]


@pytest.fixture
def work() -> Iterator[Callable[..., Publisher]]:
    """Starts publishers, each in its own thread."""
    with ExitStack() as stack:

        def start(url: str, token: str = "", **options: Any) -> Publisher:
            publisher = stack.enter_context(Publisher(url, token, **options))
            spawn(stack, publisher, threading.Event(), "publisher")
            return publisher

        yield start


class Reader:
    """Reads a stream in its own thread."""

    def __init__(self, url: str, token: str = ""):
        self.messages: list[dict[str, Any]] = []
        self.stop = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(url, token), name="reader")
        self._thread.start()

    def _read(self, url: str, token: str) -> None:
        for message in subscribe(url, token, self.stop):
            self.messages.append(message)

    @property
    def numbers(self) -> list[int]:
        return [message["frame_id"] for message in self.messages]

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._thread.join(2)
        assert not self._thread.is_alive()


def test_what_is_published_is_read(start_hub: Start, event: Event, work: Callable[..., Publisher], eventually: Eventually) -> None:
    hub = start_hub(stream=StreamSettings(token="sesame", publish_token="chalk"))
    publisher = work(hub.url, "chalk")
    with Reader(hub.url + "?frames=0", "sesame") as reader:
        eventually(lambda: hub.hub.clients == 2)
        for number in range(5):
            publisher.publish(event(number, passes=True))
        eventually(lambda: len(reader.messages) == 5)
    assert reader.numbers == [0, 1, 2, 3, 4]
    assert "frame" not in reader.messages[0]
    assert (publisher.sent, publisher.problem) == (5, None)


def test_a_publisher_knows_whether_anybody_watches(
    start_hub: Start, event: Event, work: Callable[..., Publisher], eventually: Eventually
) -> None:
    hub = start_hub()
    publisher = work(hub.url)
    with Reader(hub.url):
        eventually(lambda: publisher.frames_wanted)
    eventually(lambda: not publisher.frames_wanted)
    with Reader(hub.url):
        eventually(lambda: publisher.frames_wanted)
        hub.close()
        eventually(lambda: not publisher.frames_wanted)


def test_both_come_back_when_the_hub_restarts(
    start_hub: Start, event: Event, work: Callable[..., Publisher], eventually: Eventually
) -> None:
    hub = start_hub()
    publisher = work(hub.url)
    with Reader(hub.url) as reader:
        eventually(lambda: hub.hub.clients == 2)
        publisher.publish(event(1))
        eventually(lambda: reader.numbers == [1])
        hub.close()
        publisher.publish(event(2))
        eventually(lambda: publisher.problem is not None)
        again = start_hub(port=hub.hub.port)
        eventually(lambda: again.hub.clients == 2)
        eventually(lambda: publisher.problem is None)
        publisher.publish(event(3, passes=True))
        eventually(lambda: 3 in reader.numbers)


def test_passes_wait_for_the_hub_but_of_frames_the_newest(event: Event, work: Callable[..., Publisher], eventually: Eventually) -> None:
    port = _free_port()
    publisher = work(f"ws://127.0.0.1:{port}/ws/face-stream")
    for number in range(1, 7):
        publisher.publish(event(number, passes=number in {2, 4}))
    eventually(lambda: publisher.problem == "Connection refused")
    assert publisher.dropped == 3  # 1, 3 and 5
    came: list[int] = []

    def handler(connection: ServerConnection) -> None:
        came.extend(json.loads(text)["frame_id"] for text in connection)

    with _serving(handler, port):
        eventually(lambda: publisher.sent == 3)
        publisher.close()
    assert came == [2, 4, 6]


def test_a_late_pass_is_not_brought(start_hub: Start, event: Event, work: Callable[..., Publisher], eventually: Eventually) -> None:
    port = _free_port()
    publisher = work(f"ws://127.0.0.1:{port}/ws/face-stream", lifetime_s=0.1)
    publisher.publish(event(1, passes=True))
    eventually(lambda: publisher.problem is not None)
    time.sleep(0.1)
    hub = start_hub(port=port)
    eventually(lambda: hub.hub.clients == 1)
    with Reader(hub.url) as reader:
        eventually(lambda: hub.hub.clients == 2)
        publisher.publish(event(2))
        eventually(lambda: reader.numbers == [2])
    assert publisher.sent == 1


def test_a_hub_that_hangs_holds_nobody(event: Event, eventually: Eventually) -> None:
    """It shakes hands and then never reads: publishing returns at once, and a turn gives up by itself."""
    hang = threading.Event()

    def handler(connection: ServerConnection) -> None:
        hang.wait(10)

    with _serving(handler, 0) as port, Publisher(f"ws://127.0.0.1:{port}/ws/face-stream") as publisher, ExitStack() as finally_:
        finally_.callback(hang.set)
        publisher.step()
        assert publisher.problem is None
        for number in range(20):
            publisher.publish(event(number, frame="x" * 5_000_000))
            publisher.step()
            if publisher.problem:
                break
        assert publisher.problem == "no answer in time"


def test_a_name_that_no_server_tells_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    release, real = threading.Event(), socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **named: release.wait(10) and real("127.0.0.1", *args[1:], **named))
    monkeypatch.setattr(client, "OPEN_TIMEOUT_S", 0.2)
    with _serving(lambda connection: release.wait(10) and None, 0) as port, Publisher(f"ws://hub.lan:{port}/ws/face-stream") as publisher:
        publisher.step()
        assert publisher.problem == "no answer in time"
        release.set()
        monkeypatch.setattr(client, "OPEN_TIMEOUT_S", 10)
        while publisher.problem:
            publisher.step()


def test_a_proxy_of_the_environment_is_used_but_never_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as proxy, socket.create_server(("127.0.0.1", 0)) as hub:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")

        def answer() -> None:
            for server in (proxy, hub):
                line, _ = server.accept()
                with line:
                    asked.append(line.recv(4096).splitlines()[0])

        answering = threading.Thread(target=answer)
        answering.start()
        for host in ("hub.invalid", f"127.0.0.1:{hub.getsockname()[1]}"):
            with Publisher(f"ws://{host}/ws/face-stream") as publisher:
                publisher.step()
                assert publisher.problem
        answering.join()
    assert asked == [b"CONNECT hub.invalid:80 HTTP/1.1", b"GET /ws/face-stream?role=publish HTTP/1.1"]


def test_a_hub_that_points_elsewhere_is_not_followed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as hub:

        def answer() -> None:
            line, _ = hub.accept()
            with line:
                line.recv(4096)
                line.sendall(b"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")

        answering = threading.Thread(target=answer)
        answering.start()
        with Publisher(f"ws://127.0.0.1:{hub.getsockname()[1]}/") as publisher:
            publisher.step()
        answering.join()
        assert "points elsewhere" in (publisher.problem or "")


def test_a_wrong_token_is_said_once_and_tried_again(
    start_hub: Start, work: Callable[..., Publisher], eventually: Eventually, caplog: Any
) -> None:
    hub = start_hub(stream=StreamSettings(token="sesame"))
    publisher = work(hub.url + "?token=wrong-too", "almost-sesame")
    eventually(lambda: "token is missing or wrong" in (publisher.problem or ""))
    time.sleep(0.6)  # a second try falls into this
    said = [record.getMessage() for record in caplog.records if record.name == "ostiary.hub.client"]
    assert len(said) == 1
    assert f"cannot publish to ws://127.0.0.1:{hub.hub.port}: the token is missing or wrong" in said[0]
    assert "sesame" not in caplog.text
    assert "wrong-too" not in caplog.text


def test_a_subscriber_with_a_wrong_token_is_told(start_hub: Start) -> None:
    hub = start_hub(stream=StreamSettings(token="sesame"))
    with pytest.raises(StreamRefused, match=r"refused with status 401: the token is missing or wrong: send WS_TOKEN"):
        next(subscribe(hub.url, "wrong", threading.Event()))


@pytest.mark.parametrize("url", ["http://127.0.0.1:3001/", "127.0.0.1:3001", "", "ws://", "ws://hub.lan:port/", "ws://user@hub.lan/"])
def test_what_is_not_the_url_of_a_stream_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="WS_URL"), Publisher(url):
        pass
    with pytest.raises(SettingsError, match="WS_URL"):
        next(subscribe(url, "", threading.Event()))


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("ws://hub.lan/ws/face-stream", "ws://hub.lan/ws/face-stream?frames=0"),
        ("ws://hub.lan/?camera=a%26b&frames=1", "ws://hub.lan/?camera=a%26b&frames=0"),
    ],
)
def test_wishes_join_those_of_the_url(url: str, asked: str) -> None:
    assert client.with_query(url, frames="0") == asked


def test_what_cannot_be_json_is_the_caller_s_error(event: Event) -> None:
    with pytest.raises(ValueError, match="JSON"):
        Publisher("ws://127.0.0.1:1/").publish({**event(1), "distance": float("nan")})


def test_the_door_of_the_library() -> None:
    import ws_client

    assert ws_client.subscribe is subscribe
    assert json.dumps(ws_client.__all__) == '["Publisher", "subscribe"]'


def _free_port() -> int:
    with listen("127.0.0.1", 0, "WS_PORT") as sock:
        return sock.getsockname()[1]


@contextmanager
def _serving(handler: Callable[[ServerConnection], None], port: int) -> Iterator[int]:
    """A hub that only does what `handler` does."""
    with serve(handler, "127.0.0.1", port, max_queue=1, max_size=None, close_timeout=0.1) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.socket.getsockname()[1]
        finally:
            server.shutdown()
            thread.join()
