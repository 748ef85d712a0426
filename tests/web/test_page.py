"""The page's answers, and the page itself in a real browser with a real stream."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect
from support.browser import DESKTOP, painted
from support.site import wait_for
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from ostiary.hub.server import Hub
from ostiary.settings import HubSettings, StreamSettings
from ostiary.web.page import StreamAddress


class Stream:
    """A stream server that says what it is told, to every subscriber, again and again, and remembers how it was asked."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.connections: list[ServerConnection] = []
        self._server = serve(self._talk, "127.0.0.1", 0)
        self.port = self._server.socket.getsockname()[1]
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def _talk(self, connection: ServerConnection) -> None:
        self.asked.append(connection.request.path)
        self.connections.append(connection)
        with suppress(ConnectionClosed):
            while connection.state.name == "OPEN":
                for message in list(self.messages):
                    connection.send(json.dumps(message))
                time.sleep(0.05)

    def close(self) -> None:
        for connection in self.connections:
            connection.close()
        self._server.shutdown()
        self._thread.join(5)


@pytest.fixture
def stream() -> Iterator[Stream]:
    running = Stream()
    yield running
    running.close()


def face_event(
    camera: str, status: str, *, frame: bytes, reason: str | None = None, name: str | None = None, passes: Any = ()
) -> dict[str, Any]:
    face = {"name": name, "distance": 0.3123, "status": status, "box": [1, 2, 3, 4], "reason": reason, "track_id": 7}
    return {
        **face, "type": "face_event", "camera": camera, "timestamp": 1736400000, "captured_at": 1736400000123, "frame_id": 1,
        "faces": [] if status == "NO_FACE" else [face], "passes": list(passes), "frame": base64.b64encode(frame).decode(),
    }  # fmt: skip


EARLIER = {"event_id": "e1", "name": "Катя <b>", "distance": 0.3123, "camera": "front", "at": 1736400000.0}

STATUS = {
    "type": "status",
    "cameras": [
        {"name": "front", "state": "live", "problem": None, "fps": 14.6, "frames": 9, "dropped": 1, "reconnects": 0},
        {"name": "garage", "state": "lost", "problem": "does not answer", "fps": 0, "frames": 0, "dropped": 0, "reconnects": 2},
    ],
    "webhooks": {
        "delivered": 2,
        "expired": 1,
        "failed": 0,
        "recent": [{**EARLIER, "result": "delivered"}, {**EARLIER, "result": "failed"}],  # by two receivers
    },
}


STREAM_GONE = ("WebSocket connection",)  # the browser tells of it by itself


@pytest.fixture
def watch(site, engine, stream: Stream, visit) -> Callable[..., Page]:
    """Opens a view of the page that follows the stream."""
    return lambda view="", **more: visit(f"{site(engine, stream=StreamAddress(stream.port))}/{view}", **more)


def test_where_the_stream_is_follows_the_host_that_was_asked(site, engine):
    base = site(engine, stream=StreamAddress(3001, "secret"))
    assert requests.get(f"{base}/stream-info").json() == {"url": "ws://127.0.0.1:3001/ws/face-stream", "token": "secret"}
    assert requests.get(f"{base}/stream-info", headers={"Host": "localhost:5000"}).json()["url"] == "ws://localhost:3001/ws/face-stream"
    assert requests.get(f"{base}/stream-info", headers={"Host": "[::1]:5000"}).json()["url"] == "ws://[::1]:3001/ws/face-stream"
    assert requests.get(f"{site(engine)}/stream-info").json() == {"url": None, "token": None}


def test_behind_a_proxy_the_stream_is_where_the_settings_say(site, engine):
    base = site(engine, stream=StreamAddress(3001, "secret", public_url="wss://door.example/live/stream"))
    assert requests.get(f"{base}/stream-info").json() == {"url": "wss://door.example/live/stream", "token": "secret"}
    assert "connect-src 'self' wss://door.example/live/stream;" in requests.get(base).headers["Content-Security-Policy"]


def test_the_page_allows_nothing_of_others(site, engine):
    answer = requests.get(site(engine, key="key", stream=StreamAddress(3001, "secret")), headers={"Host": "evil; script-src *"})
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src *" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "secret" not in answer.text
    assert "http://" not in answer.text
    assert "https://" not in answer.text
    assert "<script>" not in answer.text


def test_the_page_shows_cameras_events_and_webhooks(site, engine, stream, visit, portraits):
    frame = portraits["obama.jpg"].read_bytes()
    stream.messages = [
        STATUS,
        face_event("front", "REJECT", frame=frame, reason="unknown"),
        face_event("front", "PASS", frame=frame, name="Катя <b>", passes=[{"event_id": "e1", "name": "Катя <b>", "distance": 0.3123}]),
    ]
    page = visit(f"{site(engine, stream=StreamAddress(stream.port, 'a+b&c'))}/", allow=STREAM_GONE)
    expect(page.locator("#stream-state")).to_have_text("live")
    asked = wait_for("the stream's first subscriber", lambda: stream.asked)[0]
    assert "token=a%2Bb%26c" in asked
    assert "status=1" in asked
    cameras = page.locator("figcaption")
    expect(cameras).to_have_count(2)
    expect(page.locator(".camera .verdict").first).to_have_text("Катя <b> may pass")
    expect(cameras.first).to_contain_text("front live · 15 fps", use_inner_text=True)
    expect(cameras.last).to_have_text("garage connection lost · does not answer · reconnected 2 times", use_inner_text=True)
    expect(page.locator("#webhooks")).to_have_text("Webhooks: 2 delivered, 1 expired, 0 failed")
    has_picture(page)
    expect(page.locator("#events .who")).to_have_text(["Somebody", "Катя <b>"])  # all is said again in every frame, and told once
    told = ["not enrolled 0.31 to the nearest · front", "let in 0.31 to Катя <b> · front · webhook delivered, failed"]
    expect(page.locator("#events li p")).to_have_text(told)


def test_the_page_follows_the_real_hub(site, engine, visit, portraits):
    hub, stop = Hub(HubSettings(port=0), StreamSettings(token="secret")), threading.Event()
    hub.open()
    thread = threading.Thread(target=hub.run, args=(stop,))
    thread.start()
    try:
        page = visit(f"{site(engine, key='', stream=StreamAddress(hub.port, 'secret'))}/", allow=STREAM_GONE)
        expect(page.locator("#stream-state")).to_have_text("live")
        hub.publish(STATUS)
        hub.publish(face_event("front", "REJECT", frame=portraits["obama.jpg"].read_bytes(), reason="unknown"))
        has_picture(page)
        expect(page.locator(".camera .verdict").first).to_have_text("not enrolled")
        expect(page.locator(".camera")).to_have_count(2)
    finally:
        stop.set()
        thread.join(5)
    expect(page.locator("#stream-state")).to_contain_text("stream")  # "broke off", or "does not answer"


def has_picture(page: Page) -> None:
    image = page.locator(".camera img").first
    wait_for("a picture", lambda: image.evaluate("image => image.naturalWidth") > 0)


def test_what_is_not_there_is_said_and_not_listed(site, engine, visit):
    page = visit(f"{site(engine)}/#/nowhere")
    expect(page.locator("#title")).to_have_text("Not available")
    listed = set(page.locator("#links a").all_inner_texts())
    assert {"Live", "People"} <= listed
    assert "Welcome" not in listed


def test_boxes_are_drawn_where_the_stream_brings_none(watch, stream, portraits):
    frame = portraits["obama.jpg"].read_bytes()
    event = face_event("front", "REJECT", frame=frame, reason="confirming", name="Катя")
    event["faces"][0] |= {"box": [300, 100, 900, 900], "liveness": 0.98, "challenge": "blink"}
    stream.messages = [{**event, "drawn": True}]
    page = watch(allow=STREAM_GONE)
    expect(page.locator(".camera .challenge")).to_have_text("close your eyes for a moment")
    has_picture(page)
    canvas = page.locator(".camera canvas")
    assert not painted(canvas)
    stream.messages = [{**event, "drawn": False}]
    wait_for("a box", lambda: painted(canvas))


def test_who_passed_stays_named_for_a_moment_but_not_before_somebody_who_may_not(watch, stream):
    gone = face_event("front", "NO_FACE", frame=b"", passes=[{"event_id": "e1", "name": "Катя", "distance": 0.3}])
    stream.messages = [gone]
    page = watch()
    expect(page.locator(".camera .verdict.pass")).to_have_text("Катя may pass")
    stream.messages = [{**face_event("front", "REJECT", frame=b"", reason="unknown"), "passes": gone["passes"]}]
    expect(page.locator(".camera .verdict.reject")).to_have_text("not enrolled")


def test_a_face_that_could_be_judged_at_last_is_told_once(watch, stream):
    stream.messages = [face_event("front", "REJECT", frame=b"", reason="low_quality")]
    page = watch()
    expect(page.locator("#events")).to_contain_text("cannot be judged")
    passed = {"event_id": "e7", "name": "Катя", "distance": 0.3}
    stream.messages = [face_event("front", "PASS", frame=b"", name="Катя", passes=[passed])]
    expect(page.locator("#events")).to_contain_text("let in")
    assert page.locator("#events li").count() == 1


def test_the_wall_shows_the_cameras_alone(watch, stream):
    stream.messages = [STATUS]
    page = watch("#/live?wall=1")
    expect(page.locator(".camera")).to_have_count(2)
    cameras = page.locator("#cameras")
    covers = cameras.bounding_box()
    assert (covers["width"], covers["height"]) == DESKTOP
    page.locator(".leave-wall").click()
    wait_for("the rest of the page", lambda: cameras.bounding_box()["width"] < DESKTOP[0])


def test_one_camera_alone(watch, stream):
    stream.messages = [STATUS, face_event("front", "REJECT", frame=b"", reason="unknown")]
    page = watch("#/live?camera=garage")
    expect(page.locator(".camera")).to_have_count(1)
    page.get_by_role("link", name="All cameras").click()
    expect(page.locator(".camera")).to_have_count(2)


def test_whoever_is_new_is_helped(watch, stream):
    lost = {"name": "front", "state": "lost", "problem": "does not answer", "fps": 0, "reconnects": 0}
    stream.messages = [{**STATUS, "enrolled": 0, "cameras": [lost]}]
    page = watch()
    expect(page.locator("[data-hint=camera]")).to_contain_text("Try the demo")
    expect(page.locator("[data-hint=nobody] a")).to_have_attribute("href", "#/people?add=1")
    stream.messages = [{**STATUS, "cameras": [{**lost, "name": "demo", "state": "live"}]}]
    demo = page.locator("[data-hint=demo]")
    expect(demo).to_contain_text("You are watching the demo")
    demo.locator("button").dispatch_event("click")  # beneath the others, which matter more
    expect(demo).to_have_count(0)


def test_the_list_of_events_has_an_end(watch, stream):
    passes = [{"event_id": f"e{i}", "name": f"p{i}", "distance": 0.3} for i in range(150)]
    stream.messages = [face_event("front", "PASS", frame=b"", name="p", passes=passes)]
    page = watch()
    expect(page.locator("#events li")).to_have_count(100)


def test_the_stream_is_found_again(watch, stream):
    page = watch(allow=STREAM_GONE)
    state = page.locator("#stream-state")
    expect(state).to_have_text("live")
    wait_for("the first visit", lambda: stream.connections)[0].close()
    expect(state).not_to_have_text("live")
    wait_for("the second visit", lambda: len(stream.asked) > 1)
    expect(state).to_have_text("live")


def test_pictures_are_asked_for_only_where_they_are_shown(watch, stream):
    page = watch("#/test", allow=STREAM_GONE)
    expect(page.locator("#title")).to_have_text("Test")
    page.evaluate("import('/static/stream.js').then((stream) => stream.subscribe(() => {}))")
    expect(page.locator("#stream-state")).to_have_text("live")
    page.get_by_role("link", name="Live").click()
    wait_for("the second visit", lambda: len(stream.asked) > 1)
    assert ["frames=0" in asked for asked in stream.asked] == [True, False]


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_width_makes_the_page_scroll_sideways(watch, engine, stream, width: int):
    engine.people = {"x" * 64: [], "Катя": []}
    stream.messages = [STATUS, face_event("a camera with a rather long name", "REJECT", frame=b"", reason="low_quality")]
    page = watch(size=(width, 800))
    expect(page.locator(".camera")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("location.hash = '#/people'")
    expect(page.locator("#people li")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
