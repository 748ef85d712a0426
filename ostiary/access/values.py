"""What the access room tells of keys, users and changes. Times are seconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass, field

from ostiary.scopes import Role, Scope


@dataclass(frozen=True, slots=True)
class Subject:
    """On whose behalf a session or a token is: `kind` user with a name, key with an id, or setting (API_KEY) with its fingerprint."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    id: str
    name: str
    scopes: frozenset[Scope]
    made_at: float
    made_by: str
    expires_at: float | None
    revoked_at: float | None
    used_at: float | None

    def is_valid(self, now: float) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: `secret` is what its holder shows, and is told only here."""

    key: ApiKey
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class User:
    """`invited` until a password was set. A disabled user keeps the name, and nothing else."""

    name: str
    role: Role
    invited: bool
    disabled: bool
    made_at: float
    seen_at: float | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link to set a password, good once. `user` is None where it makes the first owner."""

    user: str | None
    expires_at: float
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody logged in. `token` is the cookie's value, `csrf` what the page sends along with every change."""

    subject: Subject
    expires_at: float
    csrf: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TokenPair:
    """A bearer token for machines and the token that fetches the next pair."""

    scopes: frozenset[Scope]
    expires_in_s: int
    access: str = field(repr=False)
    refresh: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    id: int
    at: float
    kind: str
    who: str
    action: str
    target: str
    details: str
    address: str
