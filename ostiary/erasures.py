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
from collections.abc import Callable, Iterator, Mapping, Sequence
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

    names: tuple[str, ...]
    at: float
    file: Path


class Erasures:
    """`erasures.log` in `folder`, a JSON line for each. `by` names who asks."""

    def __init__(self, folder: Path, by: Callable[[], str | None] = lambda: None, clock: Callable[[], float] = time.time):
        self._folder, self._by, self._clock = folder, by, clock
        self.path = folder / "erasures.log"
        self._begun = Notes(folder / "forgetting")

    @contextmanager
    def of(self, names: Sequence[str]) -> Iterator[Mapping[str, Counter[str]]]:
        """Within it people are erased, and what there was is counted by name and kind; what was counted before an error stays begun."""
        begun = self.begin(*names)
        erased: dict[str, Counter[str]] = {name: Counter() for name in names}
        try:
            yield erased
        except UnknownName:
            begun.done()
            raise
        except BaseException:
            if any(erased.values()):
                log.error("somebody could not be forgotten everywhere: the rest is done at the next start")
            else:
                begun.done()
            raise
        self._record(erased)
        begun.done()

    def begin(self, *names: str) -> Unfinished:
        """Whatever happens from now on, these people are forgotten."""
        return self._begun.begin({"names": names, "at": self._clock()})

    def begun(self) -> list[Begun]:
        """What programs left unfinished, or are about to finish."""
        return [
            Begun(tuple(map(str, note.told["names"])), float(note.told["at"]), note.file)
            for note in self._begun.all()
            if {"names", "at"} <= note.told.keys()
        ]

    def was_erased(self, name: str, since: float = 0.0) -> bool:
        """Whether an erasure of exactly that name, after `since`, is on record: who knows the name can prove it, nobody else."""
        lines = self.path.read_text("utf-8").splitlines() if self.path.exists() else []
        entries = (entry for entry in map(json.loads, lines) if datetime.fromisoformat(entry["at"]).timestamp() >= since - 1)
        return any(entry["person"] == _hash(name, entry["salt"]) for entry in entries)

    def _record(self, erased: Mapping[str, Counter[str]]) -> None:
        at, by = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="seconds"), self._by() or "the house"
        lines = []
        for name, counted in erased.items():
            salt, counts = secrets.token_hex(16), {kind: count for kind, count in sorted(counted.items()) if count}
            lines.append(json.dumps({"at": at, "by": by, "salt": salt, "person": _hash(name, salt), "erased": counts}) + "\n")
        with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as file:
            file.write("".join(lines))
            file.flush()
            os.fsync(file.fileno())


def _hash(name: str, salt: str) -> str:
    return hashlib.sha256(f"{salt}{name}".encode()).hexdigest()
