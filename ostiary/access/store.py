"""All that says who may ask, over one database: `AccessStore` opens it and knows who somebody is."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, insert, select, update

from ostiary.access.audit import Audit
from ostiary.access.grants import Grants, bounded
from ostiary.access.keys import ApiKeys
from ostiary.access.sessions import Sessions
from ostiary.access.tables import grants, invitations, keys, metadata, sessions, state, users
from ostiary.access.throttle import Throttle
from ostiary.access.users import Users, user_name
from ostiary.access.values import Subject, User
from ostiary.database import Database
from ostiary.errors import BadField, DatabaseUnavailable, WrongPassword
from ostiary.scopes import ALL, SCOPES_OF, Principal
from ostiary.secret_file import is_locked, mark_locked, secret_of
from ostiary.tokens import Signer

DEVICE_S = 365 * 86400.0
_LOCKED = "locked_at"


class AccessStore:
    """`folder/access.db`. Several processes may share it; each write is on disk when it returns.

    The house is open to its own machine until it is `locked` by its first key or password. It never opens again by
    itself: a key that expires must not let everybody in.
    """

    def __init__(self, folder: Path, *, audit_days: float = 365.0, clock: Callable[[], float] = time.time):
        self._database = Database(folder / "access.db", metadata)
        self._folder, self._clock = folder, clock
        self._locked = False
        self.keys = ApiKeys(self._database, clock, self._lock)
        self.users = Users(self._database, clock, self._lock)
        self.sessions = Sessions(self._database, clock)
        self.audit = Audit(self._database, clock, audit_days)
        self.grants = Grants(self._database, clock, self._signer)
        self.throttle = Throttle()

    @property
    def locked(self) -> bool:
        if not self._locked:
            self._locked = is_locked(self._folder)  # a database of the time before may have been put back since
        if not self._locked:
            with self._database.reading() as connection:
                self._locked = connection.execute(select(state).where(state.c.name == _LOCKED)).one_or_none() is not None
            if self._locked:
                self._mark()
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

    def by_token(self, token: str, setting_key: str = "") -> Principal | None:
        """Who a bearer token speaks for, with no more than both of them may."""
        found = self.grants.find(token)
        principal = found and self.principal(found[0], setting_key)
        return bounded(principal, found[1]) if found and principal else None

    def setting_subject(self, setting_key: str) -> Subject:
        """API_KEY as a subject: by a fingerprint, so that what hangs on it ends when it is changed."""
        return Subject("setting", hmac.new(secret_of(self._folder), setting_key.encode(), "sha256").hexdigest())

    def log_in(self, name: str, password: str, address: str, device: str = "") -> User:
        """Raises WrongPassword and TooManyAttempts. `device` is what `device_token` gave the browser at an earlier log-in."""
        known = self._signer().read("device", device, self._clock()) if device else None
        name, now = _one_spelling(name), self._clock()
        attempt = self.throttle.attempt(name, address, str(known["jti"]) if known and known.get("sub") == name else None, now)
        user = self.users.check(name, password)
        if user is None:
            raise WrongPassword
        self.throttle.succeeded(attempt)
        return user

    def known_name(self, typed: str) -> str:
        """The user whom somebody tried to be, empty where there is none: people type passwords into the wrong field."""
        name = _one_spelling(typed)
        return name if any(user.name == name for user in self.users.list()) else ""

    def device_token(self, user: str) -> str:
        """What a browser keeps to be told apart from strangers who try the same name. It lets nobody in."""
        return self._signer().sign("device", {"sub": user, "jti": secrets.token_hex(8)}, self._clock(), DEVICE_S)

    def _signer(self) -> Signer:
        return Signer(secret_of(self._folder))

    def lift(self) -> None:
        """Brings the file of an older version to this one. Raises DatabaseUnavailable, for that of a newer one too."""
        self._database.lift()

    def begin_anew(self, present: AccessStore | None) -> None:
        """For a database that is to take the place of `present`: who is logged in there stays so, and nobody else; what was revoked there, too."""
        revoked = {key.id for key in present.keys.list() if key.revoked_at is not None} if present else set()
        disabled = {user.name for user in present.users.list() if user.disabled} if present else set()
        logged_in = present.sessions.rows() if present else []
        now = self._clock()
        with self._database.writing() as connection:
            connection.execute(sessions.delete())
            if logged_in:
                connection.execute(insert(sessions), logged_in)
            connection.execute(invitations.delete())
            connection.execute(update(grants).where(grants.c.revoked_at.is_(None)).values(revoked_at=now))
            connection.execute(update(keys).where(keys.c.id.in_(revoked), keys.c.revoked_at.is_(None)).values(revoked_at=now))
            connection.execute(update(users).where(users.c.name.in_(disabled)).values(disabled=True))

    def close(self) -> None:
        self._database.close()

    def _lock(self, connection: Connection) -> None:
        if connection.execute(select(state).where(state.c.name == _LOCKED)).one_or_none() is None:
            connection.execute(insert(state).values(name=_LOCKED, value=str(self._clock())))
            self._mark()

    def _mark(self) -> None:
        """Tells the broadcast server, which has no database."""
        try:
            mark_locked(self._folder)
        except OSError as error:
            raise DatabaseUnavailable(self._folder / "locked", error.strerror or str(error)) from None


def _one_spelling(typed: str) -> str:
    """A user's name as it is kept, so that however it is spelt the same failures count; what is none as it was typed."""
    try:
        return user_name(typed)
    except BadField:
        return typed.strip().casefold()
