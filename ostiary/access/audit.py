"""The record of every change: who, what, when, from where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, insert, or_, select, update

from ostiary.access.tables import audit
from ostiary.access.values import AuditEntry
from ostiary.database import Database
from ostiary.scopes import Principal

MOST_ROWS = 200_000
_LONGEST = {"who": 100, "action": 100, "target": 200, "details": 1000, "address": 60}
_SWEPT_EVERY_S = 3600.0
FORGOTTEN = "(forgotten)"


class Audit:
    """Rows older than `days`, and the oldest of more than MOST_ROWS, are deleted."""

    def __init__(self, database: Database, clock: Callable[[], float], days: float):
        self._database, self._clock, self._days = database, clock, days
        self._swept_at = 0.0

    def note(self, principal: Principal, action: str, target: str = "", details: str = "", address: str = "") -> None:
        """On disk when it returns. No secrets, pictures or encodings in it."""
        now = self._clock()
        told = {"who": principal.name, "action": action, "target": target, "details": details, "address": address}
        cut = {name: text[: _LONGEST[name]] for name, text in told.items()}
        with self._database.writing() as connection:
            connection.execute(insert(audit).values(at=now, kind=principal.kind, **cut))
            if now - self._swept_at >= _SWEPT_EVERY_S:
                self._swept_at = now
                newest = connection.execute(select(func.max(audit.c.id))).scalar_one()
                connection.execute(audit.delete().where((audit.c.at < now - self._days * 86400) | (audit.c.id <= newest - MOST_ROWS)))

    def entries(self, *, before: int | None = None, limit: int = 100, who: str = "", action: str = "", text: str = "") -> list[AuditEntry]:
        """The latest first, from before the entry `before`. `action` may be the beginning of one, `text` stands anywhere."""
        wanted = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(audit.c.id < before)
        if who:
            wanted = wanted.where(audit.c.who == who)
        if action:
            wanted = wanted.where(audit.c.action.startswith(action, autoescape=True))
        if text:
            places = (audit.c.who, audit.c.action, audit.c.target, audit.c.details, audit.c.address)
            wanted = wanted.where(or_(*(place.contains(text, autoescape=True) for place in places)))
        with self._database.reading() as connection:
            return [_entry(row) for row in connection.execute(wanted)]

    def rename_person(self, old: str, new: str) -> None:
        """What was done to `old` was done to `new`, so that it is found and forgotten with them."""
        with self._database.writing() as connection:
            connection.execute(update(audit).where(audit.c.target == old).values(target=new))

    def forget_person(self, name: str) -> None:
        """Takes the name of an enrolled person, and former ones, out of the record; that something was done, and by whom, stays."""
        with self._database.writing() as connection:
            connection.execute(update(audit).where(audit.c.target == name).values(target=FORGOTTEN, details=""))
            connection.execute(
                update(audit)
                .where(audit.c.details.contains(name, autoescape=True))
                .values(details=func.replace(audit.c.details, name, FORGOTTEN))
            )


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(row.id, row.at, row.kind, row.who, row.action, row.target, row.details, row.address)
