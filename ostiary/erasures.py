"""What is left of somebody who was forgotten: that it was done, when, by whom, and how much; and no name.

A name is kept only from the beginning of an erasure to its end, so that a program that is killed meanwhile has it
finished by the next one.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ostiary.errors import UnknownName
from ostiary.unfinished import Notes, Unfinished

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Begun:
    """An erasure that was begun at `at` (seconds since 1970) and has not come to its end."""

    name: str
    at: float
    file: Path


class Erasures:
    """`erasures.log` in `folder`, a JSON line for each. `by` names who asks."""

    def __init__(self, folder: Path, by: Callable[[], str | None] = lambda: None, clock: Callable[[], float] = time.time):
        self._folder, self._by, self._clock = folder, by, clock
        self.path = folder / "erasures.log"
        self._begun = Notes(folder / "forgetting")

    @contextmanager
    def of(self, name: str) -> Iterator[Counter[str]]:
        """Within it the person is erased, and what there was is counted by kind; what was counted before an error stays begun."""
        begun = self.begin(name)
        erased: Counter[str] = Counter()
        try:
            yield erased
        except UnknownName:
            begun.done()
            raise
        except BaseException:
            if erased:
                log.error("somebody could not be forgotten everywhere: the rest is done at the next start")
            else:
                begun.done()
            raise
        self._record(name, erased)
        begun.done()

    def begin(self, name: str) -> Unfinished:
        """Whatever happens from now on, the person is forgotten."""
        return self._begun.begin({"name": name, "at": self._clock()})

    def begun(self) -> list[Begun]:
        """What programs left unfinished, or are about to finish."""
        return [
            Begun(str(note.told["name"]), float(note.told["at"]), note.file)
            for note in self._begun.all()
            if {"name", "at"} <= note.told.keys()
        ]

    def was_erased(self, name: str, since: float = 0.0) -> bool:
        """Whether an erasure of exactly that name, after `since`, is on record: who knows the name can prove it, nobody else."""
        lines = self.path.read_text("utf-8").splitlines() if self.path.exists() else []
        entries = (entry for entry in map(json.loads, lines) if datetime.fromisoformat(entry["at"]).timestamp() >= since - 1)
        return any(entry["person"] == _hash(name, entry["salt"]) for entry in entries)

    def _record(self, name: str, erased: Counter[str]) -> None:
        salt = secrets.token_hex(16)
        at = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="seconds")
        counts = {kind: count for kind, count in sorted(erased.items()) if count}
        line = json.dumps({"at": at, "by": self._by() or "the house", "salt": salt, "person": _hash(name, salt), "erased": counts})
        with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())


def _hash(name: str, salt: str) -> str:
    return hashlib.sha256(f"{salt}{name}".encode()).hexdigest()
