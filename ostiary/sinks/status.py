"""Tells the stream now and then how cameras, webhooks and the pipeline are doing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

EVERY_S = 1.0


class StatusReport:
    """A service. `status` makes the message of now."""

    def __init__(self, publish: Callable[[dict[str, Any]], None], status: Callable[[], dict[str, Any]], stop: threading.Event):
        self._publish, self._status, self._stop = publish, status, stop

    def step(self) -> None:
        self._publish(self._status())
        self._stop.wait(EVERY_S)
