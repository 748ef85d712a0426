"""Repetition, restart and stopping, written once.

A service is an object with `step()`, one turn of its work that returns within a second or so; it may have `open()`
and `close()`. `run` repeats it until the one `stop` event is set.
"""

from __future__ import annotations

import logging
import math
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
        self.turns = 0

    def _run(self) -> None:
        pauses = backoff()
        while not self._stop.is_set():
            try:
                self._service.step()
                pauses = backoff()
            except Exception:  # the edge: a service goes on
                pause = next(pauses)
                log.exception("%s failed, trying again in %.1f s", self.thread.name, pause)
                self._rest(pause)
            self.turns += 1

    def _rest(self, pause_s: float) -> None:
        """Waits, and says all the while that it does not hang."""
        end = Deadline(pause_s)
        while end.left() and not self._stop.wait(min(end.left(), 1)):
            self.turns += 1


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


class Watch:
    """Notices services that hang. It counts its own looks, not seconds: a machine that slept is no hang."""

    def __init__(self) -> None:
        self._watched: list[_Watched] = []

    def add(self, worker: Worker, looks: float = math.inf) -> None:
        """`worker` hangs when a turn of its lasts longer than so many looks. Without a number it only may not die."""
        self._watched.append(_Watched(worker, looks))

    def look(self) -> list[str]:
        """The names of those that hang or have died; to be called about once a second."""
        return [watched.worker.thread.name for watched in self._watched if watched.hangs()]


class _Watched:
    def __init__(self, worker: Worker, looks: float):
        self.worker, self._looks = worker, looks
        self._turns, self._unchanged = -1, 0

    def hangs(self) -> bool:
        turns = self.worker.turns
        self._unchanged = self._unchanged + 1 if turns == self._turns else 0
        self._turns = turns
        return self._unchanged > self._looks or not self.worker.thread.is_alive()


class Deadline:
    """One time budget across several waits."""

    def __init__(self, seconds: float):
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        return max(0.0, self._end - time.monotonic())
