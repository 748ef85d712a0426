"""All that says who may ask, over one database: `AccessStore` opens it and knows who somebody is."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, insert, select

from ostiary.access.keys import ApiKeys
from ostiary.access.sessions import Sessions
from ostiary.access.tables import metadata, state
from ostiary.access.users import Users
from ostiary.access.values import Subject
from ostiary.database import Database
from ostiary.scopes import ALL, SCOPES_OF, Principal
from ostiary.secret_file import secret_of

_LOCKED = "locked_at"


class AccessStore:
    """`folder/access.db`. Several processes may share it; each write is on disk when it returns.

    The house is open to its own machine until it is `locked` by its first key or password. It never opens again by
    itself: a key that expires must not let everybody in.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time):
        self._database = Database(folder / "access.db", metadata)
        self._folder, self._clock = folder, clock
        self._locked = False
        self.keys = ApiKeys(self._database, clock, self._lock)
        self.users = Users(self._database, clock, self._lock)
        self.sessions = Sessions(self._database, clock)

    @property
    def locked(self) -> bool:
        if not self._locked:
            with self._database.reading() as connection:
                self._locked = connection.execute(select(state).where(state.c.name == _LOCKED)).one_or_none() is not None
        return self._locked

    def principal(self, subject: Subject, setting_key: str = "") -> Principal | None:
        """Who a subject is now, None where it may no longer ask. `setting_key` is API_KEY."""
        if subject.kind == "user":
            user = self.users.active(subject.id)
            return Principal("user", user.name, SCOPES_OF[user.role], user.role) if user else None
        if subject.kind == "key":
            key = self.keys.valid(subject.id)
            return Principal("key", key.name, key.scopes) if key else None
        mine = bool(setting_key) and hmac.compare_digest(subject.id, self.setting_subject(setting_key).id)
        return Principal("setting", "API_KEY", ALL) if mine else None

    def setting_subject(self, setting_key: str) -> Subject:
        """API_KEY as a subject: by a fingerprint, so that what hangs on it ends when it is changed."""
        return Subject("setting", hmac.new(secret_of(self._folder), setting_key.encode(), "sha256").hexdigest())

    def close(self) -> None:
        self._database.close()

    def _lock(self, connection: Connection) -> None:
        if connection.execute(select(state).where(state.c.name == _LOCKED)).one_or_none() is None:
            connection.execute(insert(state).values(name=_LOCKED, value=str(self._clock())))
