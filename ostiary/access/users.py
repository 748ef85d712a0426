"""Users of the dashboard: roles, passwords, and invitations to set one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from ostiary.access.hashing import drawn, hashed_password, is_password, trace
from ostiary.access.tables import grants, invitations, sessions, users
from ostiary.access.values import Invitation, User
from ostiary.database import Database
from ostiary.errors import AccessConflict, BadField, BadInvitation, UnknownUser
from ostiary.scopes import Role

INVITATION_S = 86400.0


class Users:
    def __init__(self, database: Database, clock: Callable[[], float], when_first: Callable[[Any], None]):
        """`when_first` is told, within the transaction, that there is a credential now."""
        self._database, self._clock, self._when_first = database, clock, when_first

    def list(self) -> list[User]:
        with self._database.reading() as connection:
            return [_user(row) for row in connection.execute(select(users).order_by(users.c.name))]

    def get(self, name: str) -> User:
        """Raises UnknownUser."""
        with self._database.reading() as connection:
            return _user(_row(connection, user_name(name)))

    def active(self, name: str) -> User | None:
        """The user of that very name who may log in, or None."""
        with self._database.reading() as connection:
            row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
        return None if row is None or row.disabled or row.password is None else _user(row)

    def has_owner(self) -> bool:
        """Whether anybody can log in as owner."""
        with self._database.reading() as connection:
            return _owners(connection) > 0

    def add(self, name: str, role: Role) -> Invitation:
        """A user who sets the password by the invitation. Raises BadField, AccessConflict."""
        name, now = user_name(name), self._clock()
        with self._database.writing() as connection:
            if connection.execute(select(users.c.name).where(users.c.name == name)).one_or_none() is not None:
                raise AccessConflict(f"there is a user {name!r} already")
            connection.execute(insert(users).values(name=name, role=role.value, disabled=False, made_at=now))
            return self._invite(connection, name)

    def invite(self, name: str) -> Invitation:
        """A new link for a user, in place of earlier ones; the old password works until it is taken up. Raises UnknownUser."""
        with self._database.writing() as connection:
            return self._invite(connection, _row(connection, user_name(name)).name)

    def invite_owner(self) -> Invitation | None:
        """A link for the house's first owner, in place of earlier ones; None where there is an owner."""
        with self._database.writing() as connection:
            return None if _owners(connection) else self._invite(connection, None)

    def claim(self, token: str, name: str | None, password: str) -> User:
        """Takes up an invitation: of two at the same time one. Raises BadInvitation, BadField, WeakPassword, AccessConflict.

        Whoever was logged in under the name before is logged out: a lost password is why people are invited again.
        """
        invited = self.invited(token)
        chosen = user_name(name or "") if invited is None else invited
        kept, now = hashed_password(password), self._clock()
        with self._database.writing() as connection:
            self._invited(connection, token)  # still
            connection.execute(invitations.delete().where(invitations.c.token_hash == trace(token)))
            if invited is None:
                self._make_owner(connection, chosen, now)
            connection.execute(update(users).where(users.c.name == chosen).values(password=kept))
            _log_out(connection, chosen, now)
            self._when_first(connection)
            return _user(_row(connection, chosen))

    def invited(self, token: str) -> str | None:
        """Whom an invitation is for, None for the first owner. Raises BadInvitation."""
        with self._database.reading() as connection:
            return self._invited(connection, token)

    def check(self, name: str, password: str) -> User | None:
        """The user who logs in thus; None in the same time whatever is wrong."""
        try:
            name = user_name(name)
        except BadField:
            name = ""
        with self._database.reading() as connection:
            row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
        right = is_password(password, None if row is None else row.password)
        if row is None or not right or row.disabled:
            return None
        with self._database.writing() as connection:
            connection.execute(update(users).where(users.c.name == name).values(seen_at=self._clock()))
        return _user(row)

    def set_role(self, name: str, role: Role) -> User:
        """Raises UnknownUser, AccessConflict where nobody would be left as owner."""
        with self._database.writing() as connection:
            row = _row(connection, user_name(name))
            if role is not Role.OWNER:
                _keep_an_owner(connection, row)
            connection.execute(update(users).where(users.c.name == row.name).values(role=role.value))
            return _user(_row(connection, row.name))

    def set_disabled(self, name: str, disabled: bool) -> User:
        """A disabled user is logged out everywhere at once. Raises UnknownUser, AccessConflict."""
        with self._database.writing() as connection:
            row = _row(connection, user_name(name))
            if disabled:
                _keep_an_owner(connection, row)
                _log_out(connection, row.name, self._clock())
                connection.execute(invitations.delete().where(invitations.c.user == row.name))
            connection.execute(update(users).where(users.c.name == row.name).values(disabled=disabled))
            return _user(_row(connection, row.name))

    def remove(self, name: str) -> None:
        """Raises UnknownUser, AccessConflict."""
        with self._database.writing() as connection:
            row = _row(connection, user_name(name))
            _keep_an_owner(connection, row)
            _log_out(connection, row.name, self._clock())
            connection.execute(invitations.delete().where(invitations.c.user == row.name))
            connection.execute(users.delete().where(users.c.name == row.name))

    def _invite(self, connection: Connection, name: str | None) -> Invitation:
        token, now = drawn(), self._clock()
        same_user = invitations.c.user.is_(None) if name is None else invitations.c.user == name
        connection.execute(invitations.delete().where(same_user | (invitations.c.expires_at <= now)))
        made = {"token_hash": trace(token), "user": name, "made_at": now, "expires_at": now + INVITATION_S}
        connection.execute(insert(invitations).values(made))
        return Invitation(name, now + INVITATION_S, token)

    def _invited(self, connection: Connection, token: str) -> str | None:
        row = connection.execute(select(invitations).where(invitations.c.token_hash == trace(token))).one_or_none()
        if row is None or row.expires_at <= self._clock():
            raise BadInvitation
        return None if row.user is None else str(row.user)

    def _make_owner(self, connection: Connection, name: str, now: float) -> None:
        """Raises AccessConflict where the name is somebody's: an invitation for nobody must not take over a user."""
        if connection.execute(select(users.c.name).where(users.c.name == name)).one_or_none() is not None:
            raise AccessConflict(f"there is a user {name!r} already: choose another name")
        if _owners(connection):
            raise BadInvitation
        connection.execute(insert(users).values(name=name, role=Role.OWNER.value, disabled=False, made_at=now))


def user_name(name: str) -> str:
    """The name as it is kept: lower-case, in one spelling. Raises BadField."""
    name = unicodedata.normalize("NFKC", name).strip().casefold()
    if not re.fullmatch(r"[\w.@-]{1,64}", name):
        raise BadField("name", "1 to 64 letters, digits, dots, @, - and _")
    return name


def _row(connection: Connection, name: str) -> Any:
    row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
    if row is None:
        raise UnknownUser(name)
    return row


def _owners(connection: Connection) -> int:
    able = (users.c.role == Role.OWNER.value) & users.c.password.is_not(None) & ~users.c.disabled
    return int(connection.execute(select(func.count()).select_from(users).where(able)).scalar_one())


def _keep_an_owner(connection: Connection, row: Any) -> None:
    able = row.role == Role.OWNER.value and row.password is not None and not row.disabled
    if able and _owners(connection) == 1:
        raise AccessConflict(f"{row.name} is the only owner: make somebody else owner first")


def _log_out(connection: Connection, name: str, now: float) -> None:
    connection.execute(sessions.delete().where(sessions.c.kind == "user", sessions.c.subject == name))
    connection.execute(update(grants).where(grants.c.kind == "user", grants.c.subject == name).values(revoked_at=now))


def _user(row: Any) -> User:
    return User(row.name, Role(row.role), row.password is None, row.disabled, row.made_at, row.seen_at)
