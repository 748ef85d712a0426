"""Writes events together, now and then, so that a memory card is spared; nobody who tells of something ever waits."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from ostiary.errors import OstiaryError
from ostiary.history.store import HistoryStore
from ostiary.history.values import Entry, Pictures
from ostiary.mailbox import DropOldest

log = logging.getLogger(__name__)

TURN_S = 0.5
WAITING_AT_MOST = 512
BATCH = 64
"""So many events are written at once, however short they have been waiting."""
PRUNE_S = 60.0
"""Between two looks at whether there is too much, while events are written."""
IDLE_PRUNE_S = 3600.0
"""The same while none are."""
RECENT_S = 60.0
"""For so long it is watched whether a person who was written down is forgotten by another program."""


class Recorder:
    """A service with the only pen of this process. A disk that cannot be written costs events, never a decision.

    `is_known` says whether a person is still enrolled: whoever was forgotten meanwhile is not named.
    """

    def __init__(
        self,
        store: HistoryStore,
        flush_s: float,
        *,
        is_known: Callable[[str], bool] = lambda name: True,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ):
        self._store, self._flush_s, self._is_known, self._clock, self._wall_clock = store, flush_s, is_known, clock, wall_clock
        self._queue: DropOldest[Entry] = DropOldest(WAITING_AT_MOST)
        self._held: list[Entry] = []  # taken from the queue, not yet written
        self._pen = threading.Lock()
        self._wake = threading.Event()
        self._due: float | None = None
        self._pruned = -IDLE_PRUNE_S
        self._written = False
        self._recent: dict[str, float] = {}
        self._lost = 0
        self.problem: str | None = None

    def put(self, entry: Entry) -> None:
        """Takes in an event, to be written within `flush_s`. Any thread may call it; never blocks and never raises."""
        self._queue.put(entry)
        if self._due is None:
            self._due = self._clock() + self._flush_s
        if len(self._queue) >= BATCH and self.problem is None:
            self._wake.set()

    @property
    def lost(self) -> int:
        """Events that could not be kept since the start."""
        return self._queue.dropped + self._lost

    def step(self) -> None:
        self._wake.wait(TURN_S)
        now = self._clock()
        if self._wake.is_set() or (self._due is not None and now >= self._due):
            self._wake.clear()
            self.flush()
        self._watch_recent(now)
        self._prune(now)

    def flush(self) -> None:
        """Writes what waits. Where that fails it is said once, and tried again later."""
        with self._pen:
            self._due = None
            while (entry := self._queue.take(0)) is not None:
                self._held.append(entry)
            self._lost += max(0, len(self._held) - WAITING_AT_MOST)
            del self._held[:-WAITING_AT_MOST]
            if not self._held:
                return
            entries = [self._checked(entry) for entry in self._held]
            if self._attempt(partial(self._write, entries)):
                self._held, self._written = [], True
                now = self._clock()
                self._recent |= {entry.event.person: now for entry in entries if entry.event.person is not None}
            else:
                self._due = self._clock() + self._flush_s

    def close(self) -> None:
        """Writes what is left."""
        self._wake.set()
        self.flush()

    def _write(self, entries: Sequence[Entry]) -> None:
        """All of them; where one of them cannot be written anywhere, all but that one."""
        try:
            self._store.add(entries)
        except OstiaryError:
            raise
        except Exception:  # the edge: a fault in one event must not keep the others from being written, for ever
            log.exception("%d events could not be written together", len(entries))
            if len(entries) == 1:
                self._lost += 1
                return
            for entry in entries:
                self._write([entry])

    def _checked(self, entry: Entry) -> Entry:
        """`entry` without the name and the pictures of somebody who is not enrolled any more."""
        person = entry.event.person
        if person is None or self._is_known(person):
            return entry
        return Entry(replace(entry.event, person=None, words=None), Pictures())

    def _watch_recent(self, now: float) -> None:
        """Forgets again who was forgotten by another program just while an event of theirs was written."""
        with self._pen:
            self._recent = {name: at for name, at in self._recent.items() if now - at < RECENT_S}
            for name in [name for name in self._recent if not self._is_known(name)]:
                if self._attempt(partial(self._store.forget_person, name)):
                    del self._recent[name]

    def _prune(self, now: float) -> None:
        if now - self._pruned >= (PRUNE_S if self._written else IDLE_PRUNE_S):
            self._pruned, self._written = now, False
            self._attempt(lambda: self._store.prune(self._wall_clock()))

    def _attempt(self, do: Callable[[], object]) -> bool:
        """Whether it worked. What went wrong is said once, until it works again."""
        try:
            do()
        except OstiaryError as error:
            if self.problem is None:
                log.error("the history is not kept: %s", error)
            self.problem = f"the history is not kept: {error}"
            return False
        if self.problem is not None:
            log.info("the history is kept again")
        self.problem = None
        return True
