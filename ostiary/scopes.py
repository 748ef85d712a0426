"""What whoever asks may do: scopes, the roles that bundle them, and the one who asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """What a route, a message or a command needs. ADMIN includes all others."""

    ADMIN = "admin"  # keys, users, settings, backups, forgetting
    ENROL = "enrol"  # people, visitors, corrections
    RECOGNISE = "recognise"  # asking who is in a picture
    READ = "read"  # people, events, attendance, health in detail
    STREAM = "stream"  # live frames and events


class Role(StrEnum):
    """What a user of the dashboard is."""

    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    VIEWER = "viewer"


ALL = frozenset(Scope)

SCOPES_OF: dict[Role, frozenset[Scope]] = {
    Role.OWNER: ALL,
    Role.ADMINISTRATOR: ALL,
    Role.OPERATOR: ALL - {Scope.ADMIN},
    Role.VIEWER: frozenset({Scope.READ, Scope.STREAM}),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `kind` is local (this machine, where nothing is locked yet), setting (API_KEY), key, user or token."""

    kind: str
    name: str
    scopes: frozenset[Scope]
    role: Role | None = None

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or Scope.ADMIN in self.scopes

    @property
    def owns(self) -> bool:
        """Whether it is an owner who asks: this machine, while nothing is locked, and API_KEY are the owner's own."""
        return self.role is Role.OWNER or self.kind in {"local", "setting"}


def scopes_from(names: Iterable[str]) -> frozenset[Scope]:
    """Raises ValueError naming what is no scope."""
    found = set()
    for name in names:
        try:
            found.add(Scope(name.strip().lower()))
        except ValueError:
            raise ValueError(f"{name!r} is no scope: {', '.join(Scope)}") from None
    return frozenset(found)
