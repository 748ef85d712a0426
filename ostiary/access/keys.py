"""API keys, `ost_ID_SECRET`: made, shown once, checked, revoked."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

from sqlalchemy import insert, or_, select, update

from ostiary.access.hashing import drawn, same, trace
from ostiary.access.tables import grants, keys, sessions
from ostiary.access.values import ApiKey, NewKey
from ostiary.database import Database
from ostiary.errors import AccessConflict, BadField, UnknownKey
from ostiary.scopes import Scope, scopes_from

PREFIX = "ost_"
_USE_NOTED_EVERY_S = 60.0
"""How exact "last used" is: a key in use must not wear out a card."""
_NOBODYS = trace("")


class ApiKeys:
    def __init__(self, database: Database, clock: Callable[[], float], when_first: Callable[[Any], None]):
        """`when_first` is told, within the transaction, that there is a credential now."""
        self._database, self._clock, self._when_first = database, clock, when_first

    def create(self, name: str, scopes: frozenset[Scope], *, by: str, days: float | None = None) -> NewKey:
        """Raises BadField, AccessConflict where a key of that name is in force."""
        name = clean_key_name(name)
        if not scopes:
            raise BadField("scopes", "a key needs at least one scope")
        key_id, secret, now = secrets.token_hex(4), drawn(), self._clock()
        expires_at = None if days is None else now + days * 86400
        with self._database.writing() as connection:
            if any(_key(row).is_valid(now) for row in connection.execute(select(keys).where(keys.c.name == name))):
                raise AccessConflict(f"there is a key called {name!r}: revoke it first, or choose another name")
            connection.execute(
                insert(keys).values(
                    id=key_id, name=name, secret_hash=trace(secret), scopes=",".join(sorted(scopes)), made_at=now, made_by=by,
                    expires_at=expires_at,
                )
            )  # fmt: skip
            self._when_first(connection)
        return NewKey(ApiKey(key_id, name, scopes, now, by, expires_at, None, None), f"{PREFIX}{key_id}_{secret}")

    def list(self) -> list[ApiKey]:
        """All of them, the newest first; what was revoked stays for the record."""
        with self._database.reading() as connection:
            return [_key(row) for row in connection.execute(select(keys).order_by(keys.c.made_at.desc(), keys.c.id))]

    def revoke(self, key_id: str) -> ApiKey:
        """With what was logged in or granted by it. Raises UnknownKey. Revoking twice changes nothing."""
        now = self._clock()
        with self._database.writing() as connection:
            row = connection.execute(select(keys).where(keys.c.id == key_id)).one_or_none()
            if row is None:
                raise UnknownKey(key_id)
            if row.revoked_at is None:
                connection.execute(update(keys).where(keys.c.id == key_id).values(revoked_at=now))
            connection.execute(sessions.delete().where(sessions.c.kind == "key", sessions.c.subject == key_id))
            connection.execute(update(grants).where(grants.c.kind == "key", grants.c.subject == key_id).values(revoked_at=now))
            return _key(connection.execute(select(keys).where(keys.c.id == key_id)).one())

    def find(self, shown: str) -> ApiKey | None:
        """The valid key that `shown` is, noted as used."""
        key_id, _, secret = shown.removeprefix(PREFIX).partition("_")
        now = self._clock()
        with self._database.reading() as connection:
            row = connection.execute(select(keys).where(keys.c.id == key_id)).one_or_none()
        right = same(trace(secret), _NOBODYS if row is None else row.secret_hash)
        if row is None or not right or not shown.startswith(PREFIX) or not _key(row).is_valid(now):
            return None
        if row.used_at is None or now - row.used_at >= _USE_NOTED_EVERY_S:
            self._note_use(key_id, now)
        return _key(row)

    def valid(self, key_id: str) -> ApiKey | None:
        with self._database.reading() as connection:
            row = connection.execute(select(keys).where(keys.c.id == key_id)).one_or_none()
        return _key(row) if row is not None and _key(row).is_valid(self._clock()) else None

    def _note_use(self, key_id: str, now: float) -> None:
        due = or_(keys.c.used_at.is_(None), keys.c.used_at <= now - _USE_NOTED_EVERY_S)
        with self._database.writing() as connection:
            connection.execute(update(keys).where(keys.c.id == key_id, due).values(used_at=now))


def clean_key_name(name: str) -> str:
    name = name.strip()
    if not re.fullmatch(r"[\w .@-]{1,64}", name):
        raise BadField("name", "1 to 64 letters, digits, spaces, dots, @, - and _")
    return name


def _key(row: Any) -> ApiKey:
    scopes = scopes_from(row.scopes.split(","))
    return ApiKey(row.id, row.name, scopes, row.made_at, row.made_by, row.expires_at, row.revoked_at, row.used_at)
