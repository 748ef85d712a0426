"""Who is logged in to the dashboard: opaque tokens, kept as their hash, that end by themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from sqlalchemy import insert, or_, select, update

from ostiary.access.hashing import drawn, trace
from ostiary.access.tables import sessions
from ostiary.access.values import Session, Subject
from ostiary.database import Database

IDLE_S = 24 * 3600.0
"""Without a request for so long, a session ends."""
LASTS_S = 30 * 86400.0
"""And after this it ends in any case."""
_SEEN_NOTED_EVERY_S = 60.0
_AT_MOST = 50
"""Sessions of one subject; one more ends the oldest."""


class Sessions:
    def __init__(self, database: Database, clock: Callable[[], float]):
        self._database, self._clock = database, clock

    def begin(self, subject: Subject, address: str, *, instead_of: str = "") -> Session:
        """A new session with a new token, whatever token was shown before; that one ends."""
        token, now = drawn(), self._clock()
        mine = (sessions.c.kind == subject.kind) & (sessions.c.subject == subject.id)
        with self._database.writing() as connection:
            old = or_(sessions.c.expires_at <= now, sessions.c.seen_at <= now - IDLE_S, sessions.c.token_hash == trace(instead_of))
            connection.execute(sessions.delete().where(old))
            kept = select(sessions.c.token_hash).where(mine).order_by(sessions.c.seen_at.desc()).limit(_AT_MOST - 1)
            connection.execute(sessions.delete().where(mine, sessions.c.token_hash.not_in(kept)))
            connection.execute(
                insert(sessions).values(
                    token_hash=trace(token), kind=subject.kind, subject=subject.id, made_at=now, seen_at=now,
                    expires_at=now + LASTS_S, address=address,
                )
            )  # fmt: skip
        return Session(subject, now + LASTS_S, csrf_of(token), token)

    def find(self, token: str) -> Session | None:
        """The session of a cookie, noted as seen. Whether its subject may still ask is not said by that."""
        now = self._clock()
        with self._database.reading() as connection:
            row: Any = connection.execute(select(sessions).where(sessions.c.token_hash == trace(token))).one_or_none()
        if row is None or row.expires_at <= now or row.seen_at <= now - IDLE_S:
            return None
        if now - row.seen_at >= _SEEN_NOTED_EVERY_S:
            with self._database.writing() as connection:
                due = (sessions.c.token_hash == trace(token)) & (sessions.c.seen_at <= now - _SEEN_NOTED_EVERY_S)
                connection.execute(update(sessions).where(due).values(seen_at=now))
        return Session(Subject(row.kind, row.subject), row.expires_at, csrf_of(token), token)

    def rows(self) -> list[dict[str, Any]]:
        """All of them as they are kept."""
        with self._database.reading() as connection:
            return [dict(row._mapping) for row in connection.execute(select(sessions))]

    def end(self, token: str) -> None:
        with self._database.writing() as connection:
            connection.execute(sessions.delete().where(sessions.c.token_hash == trace(token)))


def csrf_of(token: str) -> str:
    """What only a page that was told can send along: it follows from the session's token, and does not tell it."""
    return hashlib.sha256(b"csrf\0" + token.encode("utf-8", "surrogatepass")).hexdigest()
