"""What waits for a slow reader: of each key only the newest item, except items that must be kept."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

KEPT_AT_MOST = 32
KEYS_AT_MOST = 64
LIFETIME_S = 5.0


class Outbox(Generic[T]):
    """A bounded hand-over of items that have a key (such as a camera), an age and, some of them, the right to be kept.

    A newer item replaces the waiting one of its key. Kept items queue up in order, at most `kept_at_most`, and go
    first. Nothing is handed out `lifetime_s` after its time: a PASS that comes late must not open a door. Items of
    one key that are not kept are at least `interval_s` apart. Pure: the caller brings the time and the lock.
    """

    def __init__(self, *, kept_at_most: int = KEPT_AT_MOST, lifetime_s: float = LIFETIME_S, interval_s: float = 0.0):
        self._kept: deque[tuple[float, T]] = deque()
        self._latest: dict[Hashable, tuple[float, T]] = {}
        self._due_at: dict[Hashable, float] = {}
        self._kept_at_most, self._lifetime_s, self._interval_s = kept_at_most, lifetime_s, interval_s
        self.replaced = 0
        self.lost = 0
        """Items that were to be kept and were not: too many, or too old."""

    def put(self, key: Hashable, item: T, at: float, *, kept: bool = False) -> None:
        if self._latest.pop(key, None):
            self.replaced += 1
        if not kept:
            if len(self._latest) == KEYS_AT_MOST:
                del self._latest[next(iter(self._latest))]
                self.replaced += 1
            self._latest[key] = (at, item)
            return
        if len(self._kept) == self._kept_at_most:
            self._kept.popleft()
            self.lost += 1
        self._kept.append((at, item))

    def take(self, now: float) -> T | None:
        """The next item, or None where nothing is due."""
        while self._kept:
            at, item = self._kept.popleft()
            if now - at <= self._lifetime_s:
                return item
            self.lost += 1
        for key in [key for key in self._latest if self._due_at.get(key, now) <= now]:
            at, item = self._latest.pop(key)
            if now - at <= self._lifetime_s:
                self._due_at = {other: due for other, due in self._due_at.items() if due > now}
                self._due_at[key] = now + self._interval_s
                return item
            self.replaced += 1
        return None

    def wait_s(self, now: float) -> float | None:
        """Seconds until `take` may have something; None where only a `put` can help."""
        if self._kept:
            return 0.0
        return min((max(0.0, self._due_at.get(key, now) - now) for key in self._latest), default=None)


class WaitingOutbox(Generic[T]):
    """An `Outbox` between threads. `put` never blocks."""

    def __init__(self, outbox: Outbox[T]):
        self._outbox = outbox
        self._changed = threading.Condition()

    def put(self, key: Hashable, item: T, at: float, *, kept: bool = False) -> None:
        with self._changed:
            self._outbox.put(key, item, at, kept=kept)
            self._changed.notify()

    def take(self, timeout_s: float) -> T | None:
        """The next item, waiting up to `timeout_s`; None when none came."""
        with self._changed:
            item = self._outbox.take(time.monotonic())
            if item is None:
                self._changed.wait(timeout_s)
                item = self._outbox.take(time.monotonic())
            return item

    @property
    def replaced(self) -> int:
        return self._outbox.replaced

    @property
    def lost(self) -> int:
        return self._outbox.lost
