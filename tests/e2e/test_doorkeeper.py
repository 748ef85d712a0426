"""The whole way: API, camera daemon, broadcast server and gate as separate processes."""

from __future__ import annotations

import base64
import socket
from itertools import pairwise
from pathlib import Path

from standardwebhooks.webhooks import Webhook
from support.site import SECRET, Receiver, Site, wait_for


def test_a_resident_passes_once_per_cooldown_and_a_stranger_never(
    site: Site, receiver: Receiver, demo_video: Path, portraits: dict[str, Path]
) -> None:
    site.start_api()
    site.start("ws_server.py")
    assert site.register("Барак", portraits["obama.jpg"]).json()["success"]
    messages, more = site.listen("frames=0"), site.listen("fps=5")
    deaf = _deaf_subscriber(site)
    detector = site.start("detector.py", VIDEO_SOURCE=f"door={demo_video}", COOLDOWN="2", WEBHOOK_URL=receiver.url, HISTORY_FLUSH="0.5")
    wait_for("the end of the video", lambda: "has ended" in site.log(detector), 120)
    deaf.close()

    bodies = [Webhook(SECRET).verify(body, headers) for headers, body in receiver.got]
    assert len(bodies) >= 3
    assert {body["name"] for body in bodies} == {"Барак"}
    assert len({body["event_id"] for body in bodies}) == len(bodies)
    assert all(later["captured_at"] - earlier["captured_at"] >= 2000 for earlier, later in pairwise(bodies))

    faces = [face for message in messages for face in message["faces"]]
    passed = {face["name"] for face in faces if face["status"] == "PASS"}
    assert passed == {"Барак"}
    assert sum(face["reason"] == "unknown" for face in faces) > 5  # the stranger was there, and seen
    assert any(message["status"] == "NO_FACE" for message in messages)
    events = [event["event_id"] for message in messages for event in message["passes"]]
    assert events == [body["event_id"] for body in bodies]
    assert len(more) > 20
    assert all(message["frame"].startswith("/9j/") for message in more)  # a JPEG in base64

    wait_for("the camera's end in the history", lambda: site.history(kind="camera", reason="ended"))
    assert [event["id"] for event in reversed(site.history(kind="pass"))] == events
    assert {event["about"] for event in site.history(kind="webhook", reason="delivered")} == set(events)
    assert {event["reason"] for event in site.history(kind="visitor")} == {"unknown"}
    assert [(event["reason"], event["name"], event["by"]) for event in site.history(kind="gallery")] == [
        ("enrolled", "Барак", "this machine")
    ]


def _deaf_subscriber(site: Site) -> socket.socket:
    """Says hello and never reads again."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    address = ("127.0.0.1", int(site.env["WS_PORT"]))
    wait_for("the hub", lambda: sock.connect_ex(address) == 0)
    key = base64.b64encode(b"sixteen bytes ok").decode()
    sock.sendall(
        f"GET /ws/face-stream HTTP/1.1\r\nHost: 127.0.0.1:{address[1]}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    return sock
