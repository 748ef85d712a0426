"""Forgets people some days after they expired, once FORGET_EXPIRED_DAYS asks for it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from ostiary.errors import OstiaryError, UnknownName
from ostiary.records.store import RecordStore

log = logging.getLogger(__name__)

_DAY_S, _HOUR_S = 86400.0, 3600.0


class Housekeeping:
    """A service that looks once an hour. `forget` forgets one person wholly, and raises UnknownName where that was done already."""

    def __init__(
        self, store: RecordStore, days: int, forget: Callable[[str], object], stop: threading.Event, clock: Callable[[], float] = time.time
    ):
        self._store, self._days, self._forget, self._stop, self._clock = store, days, forget, stop, clock
        self._looked_at: float | None = None

    def step(self) -> None:
        now = self._clock()
        if self._looked_at is None or not 0 <= now - self._looked_at < _HOUR_S:  # also when the clock was put back
            self._looked_at = now
            self.forget_expired(now)
        self._stop.wait(1)

    def forget_expired(self, now: float) -> list[str]:
        """Who was forgotten now."""
        gone = []
        for person in self._store.calendar().expired(now - self._days * _DAY_S):
            if self._stop.is_set():  # forgetting takes its time, and is gone on with at the next start
                break
            try:
                self._forget(person)
            except UnknownName:
                self._store.forget(person)  # of somebody who is not enrolled, nothing else is left
            except OstiaryError as error:  # the others must not wait for this one
                log.error("somebody who expired more than %d days ago could not be forgotten: %s", self._days, error)
                continue
            gone.append(person)
        if gone:
            log.info("%d people were forgotten who had expired more than %d days ago", len(gone), self._days)
        return gone
