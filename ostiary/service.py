"""Repetition, restart and stopping, written once.

A service is an object with `step()`, one turn of its work that returns within a second or so; it may have `open()`
and `close()`. `run` repeats it until the one `stop` event is set.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Protocol

log = logging.getLogger(__name__)

LONGEST_PAUSE_S = 30.0


class Service(Protocol):
    def step(self) -> None: ...


def backoff(first_s: float = 0.5, longest_s: float = LONGEST_PAUSE_S) -> Iterator[float]:
    """Pauses that double up to `longest_s`, each with 20 % of jitter, for ever."""
    pause = first_s
    while True:
        yield pause * random.uniform(0.8, 1.2)
        pause = min(pause * 2, longest_s)


class Worker:
    """A service at work in its own thread."""

    def __init__(self, service: Service, stop: threading.Event, name: str, *, daemon: bool = False):
        self._service, self._stop = service, stop
        self.thread = threading.Thread(target=self._run, name=name, daemon=daemon)
        self.last_turn_at = time.monotonic()

    def quiet_s(self) -> float:
        """Seconds since the last turn ended; long means that the service hangs."""
        return time.monotonic() - self.last_turn_at

    def _run(self) -> None:
        pauses = backoff()
        while not self._stop.is_set():
            try:
                self._service.step()
                pauses = backoff()
            except Exception:  # the edge: a service goes on
                pause = next(pauses)
                log.exception("%s failed, trying again in %.1f s", self.thread.name, pause)
                self.last_turn_at = time.monotonic() + pause
                self._stop.wait(pause)
            self.last_turn_at = time.monotonic()


def spawn(stack: ExitStack, service: Service, stop: threading.Event, name: str, *, daemon: bool = False) -> Worker:
    """Runs `service` until `stop` in a thread named `name`; leaving `stack` sets `stop` and joins it.

    A step that fails is logged and tried again after a growing pause. A daemon is for what may block for ever, such
    as a camera: it is joined only briefly.
    """
    worker = Worker(service, stop, name, daemon=daemon)

    def finish() -> None:
        stop.set()
        worker.thread.join(0.3 if daemon else 5)
        if worker.thread.is_alive() and not daemon:
            log.error("%s did not stop in time", name)

    worker.thread.start()
    stack.callback(finish)
    return worker


class Deadline:
    """One time budget across several waits."""

    def __init__(self, seconds: float):
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        return max(0.0, self._end - time.monotonic())
