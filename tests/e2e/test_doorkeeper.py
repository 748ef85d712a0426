"""The whole way: API, camera daemon, broadcast server and gate as separate processes."""

from __future__ import annotations

import base64
import signal
import socket
from itertools import pairwise
from pathlib import Path

import cv2
import pytest
import requests
from standardwebhooks.webhooks import Webhook
from support.site import SECRET, Receiver, Site, wait_for
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect


def test_a_resident_passes_once_per_cooldown_and_a_stranger_never(
    site: Site, receiver: Receiver, demo_video: Path, portraits: dict[str, Path]
) -> None:
    site.start_api()
    site.start("ws_server.py")
    assert site.register("Барак", portraits["obama.jpg"]).json()["success"]
    messages, more = site.listen("frames=0"), site.listen("fps=5")
    deaf = _deaf_subscriber(site)
    detector = site.start("detector.py", VIDEO_SOURCE=f"door={demo_video}", COOLDOWN="3", WEBHOOK_URL=receiver.url, HISTORY_FLUSH="0.5")
    wait_for("the end of the video", lambda: "has ended" in site.log(detector), 120)
    deaf.close()

    bodies = [Webhook(SECRET).verify(body, headers) for headers, body in receiver.got]
    assert len(bodies) >= 3
    assert {body["name"] for body in bodies} == {"Барак"}
    assert len({body["event_id"] for body in bodies}) == len(bodies)
    assert all(later["captured_at"] - earlier["captured_at"] >= 3000 for earlier, later in pairwise(bodies))

    faces = [face for message in messages for face in message["faces"]]
    passed = {face["name"] for face in faces if face["status"] == "PASS"}
    assert passed == {"Барак"}
    assert sum(face["reason"] == "unknown" for face in faces) > 20  # the stranger was there, and seen
    assert any(message["status"] == "NO_FACE" for message in messages)
    events = [event["event_id"] for message in messages for event in message["passes"]]
    assert events == [body["event_id"] for body in bodies]
    assert len(more) > 50
    assert all(message["frame"].startswith("/9j/") for message in more)  # a JPEG in base64

    wait_for("the camera's end in the history", lambda: site.history(kind="camera", reason="ended"))
    assert [event["id"] for event in reversed(site.history(kind="pass"))] == events
    assert {event["about"] for event in site.history(kind="webhook", reason="delivered")} == set(events)
    assert {event["reason"] for event in site.history(kind="visitor")} == {"unknown"}
    assert [(event["reason"], event["name"], event["by"]) for event in site.history(kind="gallery")] == [
        ("enrolled", "Барак", "this machine")
    ]


def test_a_cooldown_survives_a_restart(site: Site, receiver: Receiver, visit_video: Path, portraits: dict[str, Path]) -> None:
    site.start_api()
    assert site.register("obama", portraits["obama.jpg"]).ok
    door = {"VIDEO_SOURCE": str(visit_video), "COOLDOWN": "600", "WEBHOOK_URL": receiver.url}
    first = site.start("detector.py", **door)
    wait_for("the first PASS", lambda: receiver.got)
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = site.start("detector.py", **door)
    wait_for("the video's end", lambda: "has ended" in site.log(second), 120)
    assert len(receiver.got) == 1
    third = site.start("detector.py", **door, DATA_DIR="elsewhere")  # without the memory of it, the same film does pass
    wait_for("another PASS", lambda: len(receiver.got) == 2)
    third.terminate()


def test_the_demo_shows_pass_reject_and_a_delivered_webhook_and_stops_cleanly(
    site: Site, receiver: Receiver, portraits: dict[str, Path]
) -> None:
    up = site.start("ostiary", "up", "--demo-if-no-camera", VIDEO_SOURCE="demo", WEBHOOK_URL=receiver.url)
    messages = site.listen("frames=0&status=1")
    wait_for("a PASS", lambda: any(m.get("passes") for m in messages))
    with pytest.raises(InvalidStatus, match="401"):  # only the detector of this very process publishes
        connect(f"{site.stream}?role=publish")
    wait_for("a stranger", lambda: any(f["reason"] == "unknown" for m in messages for f in m.get("faces", ())))
    delivered = wait_for("a delivery", lambda: [m for m in messages if m["type"] == "status" and m["webhooks"]["delivered"]])
    assert delivered[0]["cameras"][0]["state"] == "live"
    assert not receiver.got, "the demo's resident must not open a real gate"
    assert "WEBHOOK_URL is not used" in site.log(up)
    (visitor,) = wait_for("a visitor", lambda: requests.get(f"{site.api}/visitors", timeout=10).json())
    assert requests.get(f"{site.api}/visitors/{visitor['id']}/face.jpg", timeout=10).content.startswith(b"\xff\xd8")
    passed = [event["event_id"] for m in messages for event in m.get("passes", ())]
    kept = {d["event_id"] for d in requests.get(f"{site.api}/corrections/decisions", timeout=10).json()}
    assert passed[0] in kept, "what the stream and the webhook told can be corrected by the same id"
    wait_for("the stranger in the history", lambda: kept & {event["id"] for event in site.history(kind="visitor")})
    (told,) = [event for event in site.history(kind="pass") if event["id"] == passed[0]]
    assert told["grounds"]["votes"] >= 3
    assert requests.get(f"{site.api}/events/{passed[0]}/face.jpg", timeout=10).content.startswith(b"\xff\xd8")
    assert requests.post(f"{site.api}/visitors/{visitor['id']}/ignore", timeout=10).json()["success"]
    up.send_signal(signal.SIGINT)
    assert up.wait(20) == 0
    assert "Traceback" not in site.log(up)
    assert not (site.folder / "faces").exists()  # the demo's people stay in the demo's gallery
    assert not (site.folder / "data" / "visitors").exists()


def test_a_real_clip(site: Site, receiver: Receiver, shared: Path) -> None:
    name = "lin-manuel-miranda"
    site.start_api()
    site.start("ws_server.py")
    assert site.register(name, shared / "testdata" / "portraits" / f"{name}.png").ok
    messages = site.listen()
    clip = shared / "testdata" / "clip" / "short_hamilton_clip.mp4"
    detector = site.start("detector.py", VIDEO_SOURCE=str(clip), COOLDOWN="600", WEBHOOK_URL=receiver.url, MIN_FACE="32")
    wait_for("the end of the clip", lambda: "has ended" in site.log(detector), 60)
    assert [Webhook(SECRET).verify(body, headers)["name"] for headers, body in receiver.got] == [name]
    assert len(messages) > 50


def test_at_a_frame_a_second_a_resident_passes_and_the_owner_is_told(
    site: Site, receiver: Receiver, demo_video: Path, portraits: dict[str, Path], tmp_path: Path
) -> None:
    film, slow = cv2.VideoCapture(str(demo_video)), tmp_path / "slow.avi"
    film.set(cv2.CAP_PROP_POS_FRAMES, 4 * 15)  # the resident has come
    _, image = film.read()
    film.release()
    video = cv2.VideoWriter(str(slow), cv2.VideoWriter.fourcc(*"MJPG"), 1, (640, 480))
    for _ in range(12):
        video.write(image)
    video.release()
    site.start_api()
    site.start("ws_server.py")
    assert site.register("obama", portraits["obama.jpg"]).ok
    messages = site.listen("frames=0&status=1")
    detector = site.start("detector.py", VIDEO_SOURCE=f"front={slow}", MOTION_GATE="0", COOLDOWN="60", WEBHOOK_URL=receiver.url)
    wait_for("the end of the video", lambda: "has ended" in site.log(detector), 60)
    assert len(receiver.got) == 1
    told = {problem for message in messages for problem in message.get("warnings", ())}
    assert any(problem.startswith("camera front: 1.") for problem in told), messages


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
