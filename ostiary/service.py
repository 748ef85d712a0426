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


def run(service: Service, stop: threading.Event, name: str) -> None:
    """Calls `service.step()` until `stop`; a step that fails is logged and tried again after a growing pause."""
    pauses = backoff()
    while not stop.is_set():
        try:
            service.step()
            pauses = backoff()
        except Exception:  # life goes on: this is the edge
            pause = next(pauses)
            log.exception("%s failed, trying again in %.1f s", name, pause)
            stop.wait(pause)


def spawn(stack: ExitStack, service: Service, stop: threading.Event, name: str, *, daemon: bool = False) -> threading.Thread:
    """Runs `service` in a thread named `name`; leaving `stack` sets `stop` and joins it (a daemon only briefly)."""
    thread = threading.Thread(target=run, args=(service, stop, name), name=name, daemon=daemon)

    def finish() -> None:
        stop.set()
        thread.join(0.5 if daemon else 5)
        if thread.is_alive() and not daemon:
            log.error("%s did not stop in time", name)

    thread.start()
    stack.callback(finish)
    return thread


class Deadline:
    """One time budget across several waits."""

    def __init__(self, seconds: float):
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        return max(0.0, self._end - time.monotonic())
