from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from ostiary.errors import AddressError
from ostiary.hub.server import STRANGERS_AT_MOST, Hub
from ostiary.settings import HubSettings, StreamSettings

Start = Callable[..., Any]
Event = Callable[..., dict[str, Any]]
PUBLISH = "?role=publish"


def received(connection: ClientConnection, timeout_s: float = 5.0) -> dict[str, Any]:
    return json.loads(connection.recv(timeout=timeout_s))


def numbers(connection: ClientConnection, last: int) -> list[int]:
    """Frame ids as they come, until `last`."""
    found = [received(connection)["frame_id"]]
    while found[-1] != last:
        found.append(received(connection)["frame_id"])
    return found


def never_reading(hub: Any) -> socket.socket:
    """A subscriber with a tiny receive buffer that reads nothing, not even the answer to its handshake."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    before = hub.hub.clients
    sock.connect(("127.0.0.1", hub.hub.port))
    key = b64encode(os.urandom(16)).decode()
    lines = ["GET /ws/face-stream HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade"]
    sock.sendall("\r\n".join([*lines, f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", ""]).encode())
    until = time.monotonic() + 5
    while hub.hub.clients == before and time.monotonic() < until:
        time.sleep(0.01)
    return sock


def test_every_subscriber_gets_what_is_published(start_hub: Start, event: Event) -> None:
    hub = start_hub()
    first, second = hub.subscriber(), hub.subscriber()
    publish = hub.publisher()
    message = event(1)
    publish(message)
    assert received(first) == received(second) == message


def test_who_never_reads_delays_nobody_and_costs_no_memory(start_hub: Start, event: Event) -> None:
    hub = start_hub()
    readers = [hub.subscriber(), hub.subscriber()]
    with never_reading(hub):
        publish = hub.publisher()
        picture = "x" * 500_000
        publish(event(0, frame=picture))
        for reader in readers:
            assert received(reader)["frame_id"] == 0
        before = psutil.Process().memory_info().rss
        for number in range(1, 201):  # 100 MB in all
            publish(event(number, frame=picture))
            for reader in readers:
                assert received(reader)["frame_id"] == number
        assert psutil.Process().memory_info().rss - before < 40e6


def test_who_never_reads_is_dropped_in_time(start_hub: Start, event: Event, eventually: Callable[..., None]) -> None:
    hub = start_hub(send_timeout_s=0.3)
    reader = hub.subscriber()
    with never_reading(hub):
        assert hub.hub.clients == 2
        publish = hub.publisher()
        eventually(lambda: hub.hub.clients == 3)
        publish(event(1, frame="x" * 5_000_000))
        assert received(reader)["frame_id"] == 1
        eventually(lambda: hub.hub.clients == 2)
        publish(event(2))
        assert received(reader)["frame_id"] == 2


def test_a_dead_subscriber_is_forgotten(start_hub: Start, event: Event, eventually: Callable[..., None]) -> None:
    hub = start_hub()
    reader, dead = hub.subscriber(), hub.subscriber()
    publish = hub.publisher()
    dead.socket.shutdown(socket.SHUT_RDWR)
    for number in range(5):
        publish(event(number))
        assert received(reader)["frame_id"] == number
    eventually(lambda: hub.hub.clients == 2)


def test_frames_are_skipped_for_a_slow_reader_but_no_pass(start_hub: Start, event: Event) -> None:
    hub = start_hub()
    slow = hub.subscriber(max_queue=1)
    publish = hub.publisher()
    picture = "x" * 300_000
    for number in range(1, 121):
        publish(event(number, passes=number % 10 == 0, frame=picture))
    time.sleep(0.3)  # all has long been published before it reads again
    publish(event(121, frame=picture))
    seen = numbers(slow, last=121)
    assert len(seen) < 121
    assert seen == sorted(seen)
    assert [number for number in seen if number % 10 == 0] == list(range(10, 121, 10))


def test_less_can_be_asked_for(start_hub: Start, event: Event) -> None:
    hub = start_hub()
    light, front, full = hub.subscriber("?frames=0"), hub.subscriber("?camera=front"), hub.subscriber("?frames=1")
    publish = hub.publisher()
    publish(event(1, "back"))
    publish(event(2, "front"))
    assert [received(full) for _ in range(2)] == [event(1, "back"), event(2, "front")]
    assert received(front) == event(2, "front")
    got = [received(light) for _ in range(2)]
    assert [message["frame_id"] for message in got] == [1, 2]
    assert not any("frame" in message for message in got)


def test_a_rate_can_be_asked_for_and_passes_do_not_wait_for_it(start_hub: Start, event: Event) -> None:
    hub = start_hub()
    calm = hub.subscriber("?fps=0.1")
    publish = hub.publisher()
    publish(event(1))
    assert received(calm)["frame_id"] == 1
    for number in range(2, 10):
        publish(event(number, passes=number in {4, 8}))
    assert [received(calm)["frame_id"], received(calm)["frame_id"]] == [4, 8]
    with pytest.raises(TimeoutError):
        calm.recv(timeout=0.2)


def test_status_is_for_those_who_ask_and_the_last_one_comes_at_once(
    start_hub: Start, event: Event, eventually: Callable[..., None]
) -> None:
    hub = start_hub()
    asking, plain = hub.subscriber("?status=1"), hub.subscriber()
    connection = hub.connect(PUBLISH)
    eventually(lambda: hub.hub.clients == 3)
    for frames in (1, 2):
        status = {"type": "status", "cameras": [{"name": "front", "frames": frames}], "webhooks": {}}
        connection.send(json.dumps(status))
        assert received(asking) == status
    assert received(hub.subscriber("?status=1")) == status
    connection.send(json.dumps(event(1)))
    assert received(plain)["type"] == "face_event"
    connection.close()  # what a publisher said of itself is not true any more once it is gone
    eventually(lambda: hub.hub.clients == 3)
    with pytest.raises(TimeoutError):
        hub.subscriber("?status=1").recv(timeout=0.2)


def test_publishers_hear_whether_anybody_watches(start_hub: Start) -> None:
    hub = start_hub()
    publisher = hub.connect(PUBLISH)
    assert received(publisher) == {"type": "demand", "frames": False}
    hub.subscriber("?frames=0")
    assert received(publisher) == {"type": "demand", "frames": False}
    assert not hub.hub.frames_wanted
    watching = hub.subscriber()
    assert received(publisher) == {"type": "demand", "frames": True}
    assert hub.hub.frames_wanted
    watching.close()
    assert received(publisher) == {"type": "demand", "frames": False}


def test_messages_of_the_same_process_need_no_socket(start_hub: Start, event: Event) -> None:
    hub = start_hub()
    reader = hub.subscriber()
    hub.hub.publish(event(1, passes=True))
    assert received(reader) == event(1, passes=True)
    hub.close()
    hub.hub.publish(event(2))  # nobody is there: no error


def test_a_subscriber_cannot_publish(start_hub: Start, event: Event) -> None:
    hub = start_hub()
    reader, intruder = hub.subscriber(), hub.subscriber()
    intruder.send("ping")  # some say a word to keep the line alive
    intruder.send(json.dumps(event(1, passes=True)))
    with pytest.raises(ConnectionClosed) as caught:
        intruder.recv(timeout=5)
    assert caught.value.rcvd is not None
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1008, "subscribers do not publish: a publisher says ?role=publish")
    hub.publisher()(event(2))
    assert received(reader)["frame_id"] == 2


def test_what_is_not_a_message_is_not_passed_on(start_hub: Start, event: Event) -> None:
    hub = start_hub()
    reader = hub.subscriber()
    connection = hub.connect(PUBLISH)
    for text in ("hello", "[1]", '{"type": "other"}', b"\xff\xfe"):
        connection.send(text)
    connection.send(json.dumps(event(1)))
    assert received(reader)["frame_id"] == 1


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {}, 404),
        ("/ws/face-stream", {}, 401),
        ("/ws/face-stream?token=wrong", {}, 401),
        ("/ws/face-stream?token=sesame&role=publish", {}, 401),
        ("/ws/face-stream?token=sesame&fps=-1", {}, 400),
        ("/ws/face-stream?token=sesame", {"Origin": "http://evil.example"}, 403),
        ("/ws/face-stream", {"Authorization": "Bearer sesame"}, 101),
        ("/ws/face-stream?token=sesame", {"Origin": "http://127.0.0.1:5000"}, 101),
    ],
)
def test_the_door_is_kept(start_hub: Start, path: str, headers: dict[str, str], status: int) -> None:
    hub = start_hub(stream=StreamSettings(token="sesame", publish_token="chalk"))
    assert _upgrade(hub.hub.port, path, headers) == status


def test_without_a_token_a_foreign_host_is_refused(start_hub: Start) -> None:
    hub = start_hub()
    assert _upgrade(hub.hub.port, "/ws/face-stream", {"Host": "rebound.example"}) == 403
    assert _upgrade(hub.hub.port, "/ws/face-stream", {}) == 101


def _upgrade(port: int, path: str, headers: dict[str, str]) -> int:
    wanted = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": b64encode(os.urandom(16)).decode()}
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    line.request("GET", path, headers={**wanted, "Sec-WebSocket-Version": "13", **headers})
    status = line.getresponse().status
    line.close()
    return status


def test_too_large_a_message_ends_that_publisher_only(start_hub: Start, event: Event) -> None:
    hub = start_hub(max_message_mb=0.1)
    reader = hub.subscriber()
    connection = hub.connect(PUBLISH)
    connection.send(json.dumps(event(1, frame="x" * 200_000)))
    assert received(connection)["type"] == "demand"
    with pytest.raises(ConnectionClosed) as caught:
        connection.recv(timeout=5)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1009
    hub.publisher()(event(2))
    assert received(reader)["frame_id"] == 2


def test_one_client_too_many_is_turned_away(start_hub: Start, event: Event, eventually: Callable[..., None]) -> None:
    hub = start_hub(max_clients=2)
    reader = hub.subscriber()
    publish = hub.publisher()
    eventually(lambda: hub.hub.clients == 2)
    with pytest.raises(ConnectionClosed) as caught:
        hub.connect().recv(timeout=5)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1013
    publish(event(1))
    assert received(reader)["frame_id"] == 1
    reader.close()
    eventually(lambda: hub.hub.clients == 1)
    hub.subscriber()


def test_those_who_say_nothing_cannot_use_up_the_files(start_hub: Start, event: Event) -> None:
    hub = start_hub(max_clients=2)
    silent = [socket.create_connection(("127.0.0.1", hub.hub.port)) for _ in range(STRANGERS_AT_MOST + 10)]
    for sock in silent:
        sock.settimeout(2)
    cut = 0
    for sock in silent[STRANGERS_AT_MOST + 2 :]:
        with contextlib.suppress(ConnectionResetError):
            assert sock.recv(1) == b""
        cut += 1
    assert cut == 8
    for sock in silent:
        sock.close()
    reader = hub.subscriber()
    hub.publisher()(event(1))
    assert received(reader)["frame_id"] == 1


def test_stopping_is_prompt_whoever_is_connected(start_hub: Start, event: Event) -> None:
    hub = start_hub()
    reader, publish = hub.subscriber(), hub.publisher()
    half_open = socket.create_connection(("127.0.0.1", hub.hub.port))
    with never_reading(hub), half_open:
        publish(event(1, frame="x" * 5_000_000))
        assert received(reader)["frame_id"] == 1
        hub.stop.set()
        hub.thread.join(1.5)
        assert not hub.thread.is_alive()
        with pytest.raises(ConnectionClosed) as caught:
            reader.recv(timeout=1)
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1001


def test_a_taken_port_is_told_before_any_thread(start_hub: Start) -> None:
    hub = start_hub()
    with pytest.raises(AddressError, match="set WS_PORT"):
        Hub(HubSettings(port=hub.hub.port), StreamSettings()).open()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_other_machines_are_shut_out_without_a_token(host: str) -> None:
    with pytest.raises(AddressError, match="set WS_TOKEN"):
        Hub(HubSettings(host=host, port=0), StreamSettings()).open()


def test_with_a_token_other_machines_may_come(start_hub: Start) -> None:
    hub = start_hub(host="0.0.0.0", stream=StreamSettings(token="sesame"))
    assert _upgrade(hub.hub.port, "/ws/face-stream?token=sesame", {"Host": "door.lan:3001"}) == 101
    with pytest.raises(InvalidStatus):
        hub.connect()


def test_the_hub_comes_back_on_its_port(start_hub: Start, event: Event) -> None:
    hub = start_hub()
    hub.subscriber()
    hub.close()
    again = start_hub(port=hub.hub.port)
    reader = again.subscriber()
    again.publisher()(event(1))
    assert received(reader)["frame_id"] == 1


def test_no_token_reaches_the_log(start_hub: Start, event: Event, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        hub = start_hub(stream=StreamSettings(token="sesame"))
        assert _upgrade(hub.hub.port, "/ws/face-stream?token=almost-sesame", {}) == 401
        assert _upgrade(hub.hub.port, "/ws/face-stream?token=sesame", {}) == 101
    hub.close()
    assert "refused" in caplog.text
    for record in caplog.records:
        if not record.name.startswith("websockets.client"):  # that is this test's own side of the line
            assert "sesame" not in record.getMessage()
