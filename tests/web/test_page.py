"""The page's answers, and the page itself in a real browser with a real stream."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.sync.server import ServerConnection, serve

from ostiary.errors import AlreadyKnown
from ostiary.hub.server import Hub
from ostiary.scopes import Scope
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


def text(selector: str) -> str:
    return f"document.querySelector({json.dumps(selector)})?.innerText"


def test_where_the_stream_is_follows_the_host_that_was_asked(site, engine):
    base = site(engine, stream=StreamAddress(3001, "secret"))
    assert requests.get(f"{base}/stream-info").json() == {"url": "ws://127.0.0.1:3001/ws/face-stream", "token": "secret"}
    assert requests.get(f"{base}/stream-info", headers={"Host": "localhost:5000"}).json()["url"] == "ws://localhost:3001/ws/face-stream"
    assert requests.get(f"{base}/stream-info", headers={"Host": "[::1]:5000"}).json()["url"] == "ws://[::1]:3001/ws/face-stream"
    assert requests.get(f"{site(engine)}/stream-info").json() == {"url": None, "token": None}


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


def test_the_page_shows_cameras_events_and_webhooks(site, engine, stream, chromium, portraits):
    frame = portraits["obama.jpg"].read_bytes()
    stream.messages = [
        STATUS,
        face_event("front", "REJECT", frame=frame, reason="unknown"),
        face_event("front", "PASS", frame=frame, name="Катя <b>", passes=[{"event_id": "e1", "name": "Катя <b>", "distance": 0.3123}]),
    ]
    chromium.show(f"{site(engine, stream=StreamAddress(stream.port, 'a+b&c'))}/")
    chromium.wait_for(f"{text('#stream-state')} === 'live'")
    assert "token=a%2Bb%26c" in stream.asked[0]
    assert "status=1" in stream.asked[0]
    chromium.wait_for("document.querySelector('.camera img').naturalWidth > 0")
    chromium.wait_for("document.querySelectorAll('.camera').length === 2")
    chromium.wait_for(f"{text('.camera .verdict')} === 'Катя <b> may pass'")
    cameras = chromium.evaluate("[...document.querySelectorAll('figcaption')].map((c) => c.innerText)")
    assert cameras[0].startswith("front live · 15 fps")
    assert cameras[1] == "garage connection lost · does not answer · reconnected 2 times"
    assert chromium.evaluate(text("#webhooks")) == "Webhooks: 2 delivered, 1 expired, 0 failed"
    chromium.wait_for("document.getElementById('events').innerText.includes('webhook delivered, failed')")
    rows = chromium.evaluate("[...document.querySelectorAll('#events li')].map((row) => row.innerText)")
    assert len(rows) == 2  # all is said again in every frame, and told once
    second, first = (" ".join(row.split()) for row in rows)
    assert first.startswith("Катя <b>")
    assert first.endswith("let in 0.31 to Катя <b> · front · webhook delivered, failed")
    assert second.startswith("Somebody")
    assert second.endswith("not enrolled 0.31 to the nearest · front")


def test_the_page_follows_the_real_hub(site, engine, chromium, portraits):
    hub, stop = Hub(HubSettings(port=0), StreamSettings(token="secret")), threading.Event()
    hub.open()
    thread = threading.Thread(target=hub.run, args=(stop,))
    thread.start()
    try:
        chromium.show(f"{site(engine, key='', stream=StreamAddress(hub.port, 'secret'))}/")
        chromium.wait_for(f"{text('#stream-state')} === 'live'")
        hub.publish(STATUS)
        hub.publish(face_event("front", "REJECT", frame=portraits["obama.jpg"].read_bytes(), reason="unknown"))
        chromium.wait_for("document.querySelector('.camera img')?.naturalWidth > 0")
        chromium.wait_for(f"{text('.camera .verdict')} === 'not enrolled'")
        chromium.wait_for("document.querySelectorAll('.camera').length === 2")
    finally:
        stop.set()
        thread.join(5)
    chromium.wait_for(f"{text('#stream-state')}.includes('stream')")  # "broke off", or "does not answer"


def test_what_is_not_there_is_said_and_not_listed(site, engine, chromium):
    chromium.show(f"{site(engine)}/#/nowhere")
    chromium.wait_for(f"{text('#title')} === 'Not available'")
    listed = chromium.evaluate("[...document.querySelectorAll('#links a')].map((link) => link.innerText.trim())")
    assert {"Live", "People"} <= set(listed)
    assert "Welcome" not in listed


def test_boxes_are_drawn_where_the_stream_brings_none(site, engine, stream, chromium, portraits):
    frame = portraits["obama.jpg"].read_bytes()
    event = face_event("front", "REJECT", frame=frame, reason="confirming", name="Катя")
    event["faces"][0] |= {"box": [300, 100, 900, 900], "liveness": 0.98, "challenge": "blink"}
    stream.messages = [{**event, "drawn": True}]
    chromium.show(f"{site(engine, stream=StreamAddress(stream.port))}/")
    chromium.wait_for(f"{text('.camera .challenge')} === 'close your eyes for a moment'")
    canvas = "document.querySelector('.camera canvas')"
    painted = f"[...{canvas}.getContext('2d').getImageData(0, 0, {canvas}.width || 1, {canvas}.height || 1).data].some(Boolean)"
    chromium.wait_for("document.querySelector('.camera img').naturalWidth > 0")
    assert not chromium.evaluate(painted)
    stream.messages = [{**event, "drawn": False}]
    chromium.wait_for(painted)


def test_who_passed_stays_named_for_a_moment_but_not_before_somebody_who_may_not(site, engine, stream, chromium):
    gone = face_event("front", "NO_FACE", frame=b"", passes=[{"event_id": "e1", "name": "Катя", "distance": 0.3}])
    stream.messages = [gone]
    chromium.show(f"{site(engine, stream=StreamAddress(stream.port))}/")
    chromium.wait_for(f"{text('.camera .verdict.pass')} === 'Катя may pass'")
    stream.messages = [{**face_event("front", "REJECT", frame=b"", reason="unknown"), "passes": gone["passes"]}]
    chromium.wait_for(f"{text('.camera .verdict.reject')} === 'not enrolled'")


def test_a_face_that_could_be_judged_at_last_is_told_once(site, engine, stream, chromium):
    stream.messages = [face_event("front", "REJECT", frame=b"", reason="low_quality")]
    chromium.show(f"{site(engine, stream=StreamAddress(stream.port))}/")
    chromium.wait_for(f"{text('#events')}.includes('cannot be judged')")
    passed = {"event_id": "e7", "name": "Катя", "distance": 0.3}
    stream.messages = [face_event("front", "PASS", frame=b"", name="Катя", passes=[passed])]
    chromium.wait_for(f"{text('#events')}.includes('let in')")
    assert chromium.evaluate("document.querySelectorAll('#events li').length") == 1


def test_the_wall_shows_the_cameras_alone(site, engine, stream, chromium):
    stream.messages = [STATUS]
    chromium.show(f"{site(engine, stream=StreamAddress(stream.port))}/#/live?wall=1")
    chromium.wait_for("document.querySelectorAll('.camera').length === 2")
    covers = "(() => { const box = document.querySelector('#cameras').getBoundingClientRect(); return [box.width, box.height]; })()"
    assert chromium.evaluate(covers) == [1280, 800]
    chromium.evaluate("document.querySelector('.leave-wall').click()")
    chromium.wait_for("document.querySelector('#cameras').getBoundingClientRect().width < 1280")


def test_one_camera_alone(site, engine, stream, chromium):
    stream.messages = [STATUS, face_event("front", "REJECT", frame=b"", reason="unknown")]
    chromium.show(f"{site(engine, stream=StreamAddress(stream.port))}/#/live?camera=garage")
    chromium.wait_for("document.querySelectorAll('.camera').length === 1")
    chromium.evaluate("document.querySelector('.toolbar a').click()")
    chromium.wait_for("document.querySelectorAll('.camera').length === 2")


def test_whoever_is_new_is_helped(site, engine, stream, chromium):
    lost = {"name": "front", "state": "lost", "problem": "does not answer", "fps": 0, "reconnects": 0}
    stream.messages = [{**STATUS, "enrolled": 0, "cameras": [lost]}]
    chromium.show(f"{site(engine, stream=StreamAddress(stream.port))}/")
    chromium.wait_for(f"{text('[data-hint=camera]')}?.includes('Try the demo')")
    chromium.wait_for("document.querySelector('[data-hint=nobody] a').hash === '#/people?add=1'")
    stream.messages = [{**STATUS, "cameras": [{**lost, "name": "demo", "state": "live"}]}]
    chromium.wait_for(f"{text('[data-hint=demo]')}?.includes('You are watching the demo')")
    chromium.evaluate("document.querySelector('[data-hint=demo] button').click()")
    chromium.wait_for("document.querySelector('[data-hint=demo]') === null")


def test_the_list_of_events_has_an_end(site, engine, stream, chromium):
    passes = [{"event_id": f"e{i}", "name": f"p{i}", "distance": 0.3} for i in range(150)]
    stream.messages = [face_event("front", "PASS", frame=b"", name="p", passes=passes)]
    chromium.show(f"{site(engine, stream=StreamAddress(stream.port))}/")
    chromium.wait_for("document.querySelectorAll('#events li').length === 100")


def test_the_stream_is_found_again(site, engine, stream, chromium):
    chromium.show(f"{site(engine, stream=StreamAddress(stream.port))}/")
    chromium.wait_for(f"{text('#stream-state')} === 'live'")
    stream.connections[0].close()
    until = time.monotonic() + 15
    while len(stream.asked) < 2:
        assert time.monotonic() < until
        time.sleep(0.05)
    chromium.wait_for(f"{text('#stream-state')} === 'live'")


def test_pictures_are_asked_for_only_where_they_are_shown(site, engine, stream, chromium):
    chromium.show(f"{site(engine, stream=StreamAddress(stream.port))}/#/test")
    chromium.wait_for(f"{text('#title')} === 'Test'")
    chromium.evaluate("import('/static/stream.js').then((stream) => stream.subscribe(() => {}))")
    chromium.wait_for(f"{text('#stream-state')} === 'live'")
    chromium.evaluate("location.hash = '#/live'")
    until = time.monotonic() + 15
    while len(stream.asked) < 2:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert ["frames=0" in asked for asked in stream.asked] == [True, False]


def test_enrolling_and_removing_with_the_key_asked_for(site, engine, chromium, portraits, store):
    chromium.show(f"{site(engine, key='schlüssel', store=store)}/")
    chromium.wait_for("location.hash === '#/login'")
    chromium.evaluate("location.hash = '#/people'")
    chromium.wait_for("location.hash === '#/login'")
    chromium.wait_for("document.querySelector('.view-login form') !== null")
    chromium.evaluate("[...document.querySelectorAll('.view-login button')].find((b) => b.innerText.includes('API key')).click()")
    give_key = "document.querySelector('[name=key]').value = {}; document.querySelector('.view-login button[type=submit]').click()"
    chromium.wait_for("document.querySelector('[name=key]') !== null")
    chromium.evaluate(give_key.format("'wrong'"))
    chromium.wait_for("document.querySelector('.view-login .problem')?.innerText.includes('not accepted')")
    chromium.evaluate(give_key.format("'schlüssel'"))
    chromium.wait_for(f"{text('#people h2')} === 'Nobody is enrolled yet'")  # the view that was asked for
    enrol(chromium, "王芳", portraits["obama.jpg"])
    chromium.wait_for(f"{text('.taken li')}.includes('added as the first photo, very good')")
    assert engine.people == {"王芳": [portraits["obama.jpg"].read_bytes()]}
    chromium.evaluate("location.hash = '#/people'")
    chromium.wait_for(f"{text('#people .person-name')} === '王芳'")

    chromium.evaluate("document.querySelector('#people a').click()")
    chromium.wait_for("[...document.querySelectorAll('button')].some((b) => b.innerText === 'Forget')")
    chromium.evaluate("[...document.querySelectorAll('button')].find((b) => b.innerText === 'Forget').click()")
    chromium.wait_for("document.querySelector('dialog[open] .danger') !== null")
    chromium.evaluate("document.querySelector('dialog .danger').click()")
    chromium.wait_for(f"{text('#people h2')} === 'Nobody is enrolled yet'")
    assert engine.people == {}


def enrol(chromium, name: str, photo: Path) -> None:
    chromium.evaluate("location.hash = '#/people?add=1'")
    chromium.wait_for("document.querySelector('#photos-input') !== null")
    chromium.evaluate(f"document.querySelector('[name=name]').value = {json.dumps(name)}")
    chromium.choose_file("#photos-input", photo)


def test_an_error_is_shown_in_its_own_words_and_may_be_overruled(site, engine, chromium, portraits):
    chromium.show(f"{site(engine)}/#/people")
    chromium.wait_for(f"{text('#people h2')} === 'Nobody is enrolled yet'")
    engine.error = AlreadyKnown("zero", 0.2)
    enrol(chromium, "katya", portraits["obama.jpg"])
    chromium.wait_for(f"{text('.taken .problem')}.includes(\"already enrolled as 'zero'\")")
    engine.error = None
    chromium.evaluate("document.querySelector('.taken button').click()")
    chromium.wait_for(f"{text('.taken li')}.includes('added as the first photo')")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_width_makes_the_page_scroll_sideways(site, engine, stream, chromium, width: int):
    engine.people = {"x" * 64: [], "Катя": []}
    stream.messages = [STATUS, face_event("a camera with a rather long name", "REJECT", frame=b"", reason="low_quality")]
    chromium.show(f"{site(engine, stream=StreamAddress(stream.port))}/", width=width)
    chromium.wait_for("document.querySelectorAll('.camera').length === 3")
    assert chromium.evaluate("document.documentElement.scrollWidth") <= width
    chromium.show(f"{site(engine)}/#/people", width=width)
    chromium.wait_for("document.querySelectorAll('#people li').length === 2")
    assert chromium.evaluate("document.documentElement.scrollWidth") <= width


def test_every_field_has_a_label(site, engine, chromium):
    chromium.show(f"{site(engine)}/#/people?add=1")
    chromium.wait_for("document.querySelector('#photos-input') !== null")
    assert (
        chromium.evaluate("[...document.querySelectorAll('input')].filter((field) => !field.labels.length && !field.ariaLabel).length") == 0
    )


def test_who_may_only_read_sees_people_and_cannot_change_them(site, engine, chromium, store):
    engine.people = {"katya": [b"a photo", b"another"]}
    key = store.keys.create("reader", frozenset({Scope.READ}), by="test").secret
    chromium.show(f"{site(engine, store=store)}/")
    chromium.wait_for("location.hash === '#/login' && document.querySelector('.view-login form') !== null")
    chromium.evaluate("document.querySelector('.view-login form').classList.add('seen'); location.hash = '#/people'")
    chromium.wait_for("document.querySelector('.view-login form:not(.seen)') !== null")  # asked again, to go there afterwards
    chromium.evaluate("[...document.querySelectorAll('.view-login button')].find((b) => b.innerText.includes('API key')).click()")
    chromium.wait_for("document.querySelector('[name=key]') !== null")
    chromium.evaluate(
        f"document.querySelector('[name=key]').value = {json.dumps(key)}; document.querySelector('.view-login button[type=submit]').click()"
    )
    chromium.wait_for(f"{text('#people .person-name')} === 'katya'")
    shown = "[...document.querySelectorAll('main button, main a.button')].filter((one) => !one.hidden).map((one) => one.innerText)"
    assert chromium.evaluate(shown) == []
    chromium.evaluate("document.querySelector('#people a').click()")
    chromium.wait_for(f"{text('main h2')} === 'katya'")
    assert chromium.evaluate(shown) == ["Events"]
    chromium.evaluate("location.hash = '#/people?add=1'")
    chromium.wait_for(f"{text('#people .person-name')} === 'katya'")
