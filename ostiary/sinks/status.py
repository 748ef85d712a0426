"""Tells the stream now and then how cameras and webhooks are doing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from ostiary.sinks.journal import Journal
from ostiary.wire import CameraState, status_message

EVERY_S = 1.0


class StatusReport:
    """A service. `cameras` tells the state of each of them now."""

    def __init__(
        self,
        publish: Callable[[dict[str, Any]], None],
        cameras: Callable[[], Sequence[CameraState]],
        journal: Journal,
        stop: threading.Event,
    ):
        self._publish, self._cameras, self._journal, self._stop = publish, cameras, journal, stop

    def step(self) -> None:
        self._publish(status_message(self._cameras(), self._journal.summary()))
        self._stop.wait(EVERY_S)
