"""Follows the records, so that the pipeline asks a snapshot in memory and never the disk."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from ostiary.domain import Reason
from ostiary.errors import DatabaseUnavailable
from ostiary.records.store import RecordStore
from ostiary.records.values import Calendar

log = logging.getLogger(__name__)

POLL_S = 0.5
READ_ANYWAY = 20
"""Polls after which it is read although the files look the same: file times are coarser than two writes can be."""

Signature = tuple[tuple[int, int, int] | None, ...]


class Schedule:
    """A service. While the records were never readable nobody may pass; later, the last ones that were stay in force."""

    def __init__(self, store: RecordStore, stop: threading.Event):
        self._store, self._stop = store, stop
        self._calendar = Calendar(known=False)
        self._signature: Signature | None = None
        self._polls = 0
        self.problem: str | None = None

    def open(self) -> None:
        """The first look, before anybody asks."""
        self._look()

    def step(self) -> None:
        if not self._stop.wait(POLL_S):
            self._look()

    def objections(self, at: float) -> Callable[[str], Reason | None]:
        """Why a person may not pass at the wall clock's `at`: the pipeline's stage, from one snapshot for a whole frame."""
        calendar = self._calendar
        return lambda person: calendar.objection(person, at)

    def _look(self) -> None:
        signature = tuple(_signature_of(Path(f"{self._store.path}{end}")) for end in ("", "-wal"))
        self._polls += 1
        if signature == self._signature and self._polls < READ_ANYWAY and self.problem is None:
            return
        try:
            self._calendar, problem = self._store.calendar(), None
        except DatabaseUnavailable as error:
            problem = f"{error}: {'the dates read before stay in force' if self._calendar.known else 'nobody can pass'}"
        if problem and problem != self.problem:
            log.error("%s", problem)
        self.problem, self._signature, self._polls = problem, signature, 0


def _signature_of(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
