"""Bearer tokens for machines: short-lived ones, and refresh tokens that are good once.

A refresh token belongs to a grant and names its generation. Whoever shows an old generation has a copy of a token that
was used already: one of the two holders stole it, nobody can say which, so the grant ends for both. Only in the first
seconds, when a program may have sent its exchange twice, is an old token refused without ending the grant.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import insert, select, update

from ostiary.access.tables import grants
from ostiary.access.values import Subject, TokenPair
from ostiary.database import Database
from ostiary.errors import Unauthorized
from ostiary.scopes import Principal, Scope, scopes_from
from ostiary.tokens import Signer

ACCESS_S = 15 * 60.0
REFRESH_S = 30 * 86400.0
_TWICE_S = 10.0
_KEPT_S = 7 * 86400.0  # for the record, after the end


class Grants:
    def __init__(self, database: Database, clock: Callable[[], float], signer: Callable[[], Signer]):
        self._database, self._clock, self._signer = database, clock, signer

    def issue(self, subject: Subject, scopes: frozenset[Scope]) -> TokenPair:
        """A new grant. That `subject` may have `scopes` is the caller's to know."""
        grant_id, now = secrets.token_hex(8), self._clock()
        with self._database.writing() as connection:
            connection.execute(grants.delete().where(grants.c.expires_at < now - _KEPT_S))
            connection.execute(
                insert(grants).values(
                    id=grant_id, kind=subject.kind, subject=subject.id, scopes=",".join(sorted(scopes)), generation=0,
                    made_at=now, rotated_at=now, expires_at=now + REFRESH_S,
                )
            )  # fmt: skip
        return self._pair(grant_id, 0, scopes, now)

    def refresh(self, token: str) -> tuple[TokenPair, Subject]:
        """The next pair; of two who show the same token at the same time one gets it. Raises Unauthorized."""
        now = self._clock()
        claims = self._signer().read("refresh", token, now)
        if claims is None:
            raise Unauthorized
        with self._database.writing() as connection:
            row: Any = connection.execute(select(grants).where(grants.c.id == claims.get("gid"))).one_or_none()
            if row is None or row.revoked_at is not None or row.expires_at <= now:
                raise Unauthorized
            mine = grants.c.id == row.id
            current = claims.get("gen") == row.generation
            if current:
                connection.execute(
                    update(grants).where(mine).values(generation=row.generation + 1, rotated_at=now, expires_at=now + REFRESH_S)
                )
            elif now - row.rotated_at > _TWICE_S:
                connection.execute(update(grants).where(mine).values(revoked_at=now))
        if not current:
            raise Unauthorized
        return self._pair(row.id, row.generation + 1, scopes_from(row.scopes.split(",")), now), Subject(row.kind, row.subject)

    def find(self, token: str) -> tuple[Subject, frozenset[Scope]] | None:
        """On whose behalf a bearer token is, and with what scopes, as long as its grant was not revoked."""
        now = self._clock()
        claims = self._signer().read("api", token, now)
        row = self._row(claims) if claims else None
        if row is None or row.revoked_at is not None or row.expires_at <= now:
            return None
        return Subject(row.kind, row.subject), scopes_from(row.scopes.split(","))

    def revoke(self, token: str) -> None:
        """Ends the grant of a bearer or refresh token; what is neither is ignored."""
        now, signer = self._clock(), self._signer()
        claims = signer.read("refresh", token, now) or signer.read("api", token, now)
        if claims:
            with self._database.writing() as connection:
                connection.execute(update(grants).where(grants.c.id == claims.get("gid")).values(revoked_at=now))

    def _row(self, claims: Mapping[str, Any]) -> Any:
        with self._database.reading() as connection:
            return connection.execute(select(grants).where(grants.c.id == claims.get("gid"))).one_or_none()

    def _pair(self, grant_id: str, generation: int, scopes: frozenset[Scope], now: float) -> TokenPair:
        signer, jti = self._signer(), secrets.token_hex(8)
        access = signer.sign("api", {"gid": grant_id, "jti": jti, "scope": " ".join(sorted(scopes))}, now, ACCESS_S)
        refresh = signer.sign("refresh", {"gid": grant_id, "gen": generation}, now, REFRESH_S)
        return TokenPair(scopes, int(ACCESS_S), access, refresh)


def bounded(principal: Principal, scopes: frozenset[Scope]) -> Principal | None:
    """`principal` by a token with `scopes`: never more than it may itself, now. None where that is nothing."""
    left = frozenset(scope for scope in scopes if principal.may(scope))
    return Principal("token", principal.name, left, principal.role) if left else None
