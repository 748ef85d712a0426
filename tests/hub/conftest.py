"""A hub on a free port, and people who talk to it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from ostiary.hub.server import Hub
from ostiary.settings import HubSettings, StreamSettings
from ostiary.tickets import Tickets


class RunningHub:
    """A hub at work in its own thread, with short ways to meet it."""

    def __init__(self, hub: Hub, stack: ExitStack):
        self.hub, self.stop = hub, threading.Event()
        self._stack = stack
        self.thread = threading.Thread(target=hub.run, args=(self.stop,), name="hub")
        self.thread.start()
        assert hub.ready.wait(5)
        stack.callback(self.close)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.hub.port}/ws/face-stream"

    def close(self) -> None:
        self.stop.set()
        self.thread.join(5)
        assert not self.thread.is_alive()

    def connect(self, query: str = "", **options: Any) -> ClientConnection:
        return self._stack.enter_context(connect(self.url + query, proxy=None, close_timeout=0.2, max_size=None, **options))

    def publisher(self, query: str = "?role=publish", **options: Any) -> Callable[[dict[str, Any]], None]:
        """Sends messages, in their order, through one connection."""
        connection = self.connect(query, **options)
        return lambda message: connection.send(json.dumps(message))

    def subscriber(self, query: str = "", **options: Any) -> ClientConnection:
        """A connection that the hub has counted in, so that it will get what is published from now on."""
        before = self.hub.clients
        connection = self.connect(query, **options)
        eventually(lambda: self.hub.clients > before)
        return connection


@pytest.fixture
def start_hub() -> Iterator[Callable[..., RunningHub]]:
    with ExitStack() as stack:

        def start(
            port: int = 0, *, stream: StreamSettings | None = None, send_timeout_s: float = 10.0,
            tickets: Tickets | None = None, locked: Callable[[], bool] = lambda: False, **hub: Any,
        ) -> RunningHub:  # fmt: skip
            settings = HubSettings(port=port, **hub)
            serving = Hub(settings, stream or StreamSettings(), tickets=tickets, locked=locked, send_timeout_s=send_timeout_s)
            return RunningHub(serving, stack)

        yield start


@pytest.fixture(name="eventually")
def _eventually() -> Callable[..., None]:
    return eventually


def eventually(happens: Callable[[], object], within_s: float = 5.0) -> None:
    until = time.monotonic() + within_s
    while not happens():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def event() -> Callable[..., dict[str, Any]]:
    """A stream message as the detector sends it."""

    def make(number: int, camera: str = "front", *, passes: bool = False, frame: str = "x" * 1000) -> dict[str, Any]:
        return {
            "type": "face_event",
            "name": None,
            "distance": None,
            "status": "NO_FACE",
            "box": None,
            "timestamp": 1736400000,
            "camera": camera,
            "frame_id": number,
            "passes": [{"event_id": f"evt_{number}", "name": "katya", "distance": 0.3}] if passes else [],
            "frame": frame,
        }

    return make
