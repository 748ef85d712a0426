"""Follows the records, so that the pipeline asks a snapshot in memory and never the disk."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from ostiary.domain import Reason
from ostiary.errors import DatabaseUnavailable
from ostiary.gallery.gallery import Gallery
from ostiary.records.store import RecordStore
from ostiary.records.values import Calendar

log = logging.getLogger(__name__)

POLL_S = 0.5
READ_ANYWAY = 20
"""Polls after which it is read although the files look the same: file times are coarser than two writes can be."""

Signature = tuple[tuple[int, int, int] | None, ...]


class Schedule:
    """A service. While the records were never readable nobody may pass; later, the last ones that were stay in force.

    Dates are written down before the gallery knows a name. So whoever is `enrolled` by a name that somebody else's face, or
    nobody's, had when they were read last waits for the next look: a new name is no way around them. `halt` says why nobody
    may pass just now, if so.
    """

    def __init__(
        self, store: RecordStore, stop: threading.Event, enrolled: Callable[[], Gallery], halt: Callable[[], str | None] = lambda: None
    ):
        self._store, self._stop, self._enrolled, self._halt = store, stop, enrolled, halt
        self._calendar = Calendar(known=False)
        self._read_for: Gallery | None = None
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
        calendar, read_for, enrolled = self._calendar, self._read_for, self._enrolled()
        if read_for is enrolled or not calendar.known:
            return lambda person: calendar.objection(person, at)
        return lambda person: calendar.objection(person, at) if _knew(read_for, enrolled, person) else Reason.SCHEDULE

    def _look(self) -> None:
        enrolled = self._enrolled()  # before everything else: what is read then holds for them
        if halted := self._halt():
            self._calendar, self._signature = Calendar(known=False), None
            self._tell(f"nobody can pass: {halted}")
            return
        signature = tuple(_signature_of(Path(f"{self._store.path}{end}")) for end in ("", "-wal"))
        self._polls += 1
        same = signature == self._signature and enrolled is self._read_for
        if same and self._polls < READ_ANYWAY and self.problem is None:
            return
        self._signature, self._polls = signature, 0
        if self._calendar.spans and not self._store.path.exists():  # nobody takes dates away by deleting all of them at once
            self._tell(f"{self._store.path} is gone: the dates read before stay in force; put it back from a backup")
            return
        try:
            self._calendar, self._read_for = self._store.calendar(), enrolled
            self._tell(None)
        except DatabaseUnavailable as error:
            self._tell(f"{error}: {'the dates read before stay in force' if self._calendar.known else 'nobody can pass'}")

    def _tell(self, problem: str | None) -> None:
        if problem and problem != self.problem:
            log.error("%s", problem)
        self.problem = problem


def _knew(then: Gallery | None, now: Gallery, person: str) -> bool:
    """Whether the name was there, and has no face by now that was somebody else's."""
    if then is None or person not in then or person not in now:
        return False
    came = {example.face_id for example in now.examples(person)} - {example.face_id for example in then.examples(person)}
    return came.isdisjoint(then.all_face_ids)


def _signature_of(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
