"""Visitors, late decisions and the changes made to them, in one SQLite file that several processes share.

The file is its owner's alone, holds faces, and is bounded by count and by age. What is deleted is overwritten, so that
forgetting leaves no bytes behind.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ostiary.domain import Reason
from ostiary.errors import UnknownDecision, UnknownVisitor, VisitorsUnavailable
from ostiary.vault import PLAIN, Again, Vault
from ostiary.visitors.records import Transaction
from ostiary.visitors.values import Change, Encounter, RecordedDecision, Stranger, Visitor

_DAY_S = 86400.0
_BUSY_S = 15.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS visitors (
    id INTEGER PRIMARY KEY AUTOINCREMENT, parent INTEGER REFERENCES visitors ON DELETE CASCADE,
    state TEXT NOT NULL DEFAULT 'new', person TEXT, encoder TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 0,
    first_at REAL NOT NULL, last_at REAL NOT NULL, camera TEXT NOT NULL, picture BLOB, picture_quality REAL NOT NULL DEFAULT -1);
CREATE TABLE IF NOT EXISTS decisions (
    id TEXT PRIMARY KEY, at REAL NOT NULL, camera TEXT NOT NULL, status TEXT NOT NULL, reason TEXT, person TEXT,
    distance REAL, encoder TEXT NOT NULL, visitor INTEGER REFERENCES visitors ON DELETE CASCADE, picture BLOB);
CREATE TABLE IF NOT EXISTS looks (
    id INTEGER PRIMARY KEY, visitor INTEGER REFERENCES visitors ON DELETE CASCADE,
    decision TEXT REFERENCES decisions ON DELETE CASCADE, quality REAL NOT NULL, encoding BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, kind TEXT NOT NULL, visitor INTEGER, into_visitor INTEGER,
    decision TEXT, person TEXT, details TEXT NOT NULL, undone_at REAL);
CREATE INDEX IF NOT EXISTS looks_of_visitor ON looks (visitor);
CREATE INDEX IF NOT EXISTS looks_of_decision ON looks (decision);
"""


class VisitorStore:
    """At most `most` visitors, none for longer than `days` after they were last seen; ignored ones stay."""

    def __init__(self, folder: Path, most: int = 300, days: float = 30.0, *, vault: Vault = PLAIN):
        self.path = folder / "visitors.db"
        self._most, self._days, self._vault = most, days, vault

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """All of it happens, or nothing; other writers wait."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            with closing(sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None)) as db:
                db.row_factory = sqlite3.Row
                db.execute("PRAGMA foreign_keys = ON")
                db.execute("PRAGMA secure_delete = ON")
                db.execute("BEGIN IMMEDIATE")
                try:
                    for statement in filter(str.strip, _SCHEMA.split(";")):
                        db.execute(statement)
                    yield Transaction(db, self._vault)
                    db.execute("COMMIT")
                except BaseException:
                    db.execute("ROLLBACK")
                    raise
        except sqlite3.Error as error:
            raise VisitorsUnavailable(self.path, str(error)) from None
        except OSError as error:
            raise VisitorsUnavailable(self.path, error.strerror or str(error)) from None

    def record(self, encounter: Encounter, picture: bytes | None) -> int | None:
        """Keeps a decision; where it was about somebody unknown, with the visitor that it shows, whose id is returned."""
        with self.transaction() as on:
            visitor = on.receive(encounter, picture) if encounter.reason is Reason.UNKNOWN else None
            on.keep_decision(encounter, picture, visitor)
            on.prune(self._most, encounter.last_at - self._days * _DAY_S)
            return visitor

    def visitors(self, *, ignored: bool = False) -> list[Visitor]:
        """Who is not known, the latest first; with `ignored`, also those who are to be ignored."""
        with self._reading() as on:
            return on.visitors(ignored=ignored) if on else []

    def decisions(self, count: int = 50) -> list[RecordedDecision]:
        """The latest that are kept, the newest first."""
        with self._reading() as on:
            return on.decisions(count) if on else []

    def changes(self, count: int = 50) -> list[Change]:
        """The latest, the newest first."""
        with self._reading() as on:
            return on.changes(count) if on else []

    def visitor_picture(self, visitor: int) -> bytes | None:
        """The JPEG of the best look. Raises UnknownVisitor."""
        with self._reading() as on:
            if on is None:
                raise UnknownVisitor(visitor)
            return on.best_picture(on.group(visitor))

    def decision_picture(self, decision: str) -> bytes | None:
        """Raises UnknownDecision."""
        with self._reading() as on:
            if on is None:
                raise UnknownDecision(decision)
            return on.decision_picture(decision)

    def strangers(self, encoder_id: str) -> list[Stranger]:
        """All visitors encoded by that encoder, ignored ones too."""
        with self._reading() as on:
            return on.strangers(encoder_id) if on else []

    def forget_person(self, name: str) -> Counter[str]:
        """Everything about somebody who was enrolled: decisions that named them and what was said of those. How many entries."""
        with self._reading() as on:
            return Counter(visitors=on.forget_people([name]) if on else 0)

    def rename_person(self, old: str, new: str) -> None:
        """Whoever was called `old` is called `new`."""
        with self._reading() as on:
            if on:
                on.rename_person(old, new)

    def keep_only(self, names: Collection[str]) -> None:
        """Forgets everybody else who was ever named: they were forgotten while nobody told this store."""
        with self._reading() as on:
            if on:
                on.forget_people(on.people_named() - set(names))

    def reseal(self, again: Again) -> int:
        """Passes every picture and encoding through `again`, all or none; how many had to be changed."""
        with self._reading() as on:
            return on.reseal(again) if on else 0

    @contextmanager
    def _reading(self) -> Iterator[Transaction | None]:
        """A transaction, or None while there is no file: looking makes none."""
        if not self.path.exists():
            yield None
            return
        with self.transaction() as on:
            yield on
