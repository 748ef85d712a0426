"""Bounded hand-overs between threads, each named for what it does when the reader is slow."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class DropOldest(Generic[T]):
    """A queue of at most `size` items; a put to a full one loses the oldest and counts it. `put` never blocks."""

    def __init__(self, size: int):
        self._items: deque[T] = deque(maxlen=size)
        self._changed = threading.Condition()
        self.dropped = 0

    def put(self, item: T) -> None:
        with self._changed:
            if len(self._items) == self._items.maxlen:
                self.dropped += 1
            self._items.append(item)
            self._changed.notify()

    def take(self, timeout_s: float) -> T | None:
        """The oldest item, waiting up to `timeout_s`; None when none came."""
        with self._changed:
            if not self._items:
                self._changed.wait(timeout_s)
            return self._items.popleft() if self._items else None

    def __len__(self) -> int:
        return len(self._items)


class LatestOnly(DropOldest[T]):
    """Keeps only the newest item."""

    def __init__(self) -> None:
        super().__init__(1)
