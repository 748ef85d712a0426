"""Bearer tokens for machines: exchanged for a key or a password, renewed, given back."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from pydantic import Field

from ostiary.access.store import AccessStore
from ostiary.access.values import TokenPair
from ostiary.errors import BadField, OutOfScope, Unauthorized
from ostiary.scopes import scopes_from
from ostiary.web.audit import about, audited, done_by
from ostiary.web.auth import Access, everybody
from ostiary.web.describe import Done, Model, described
from ostiary.web.session import LogIn, proven, sent


class TokenWanted(LogIn):
    """A name and its password, or a key; and what the token shall be good for."""

    scopes: list[str] | None = Field(default=None, description="fewer than the key or the user has; without, all of them")


class Tokens(Model):
    """`access_token` goes into Authorization: Bearer."""

    access_token: str
    refresh_token: str = Field(description="good once, for the next pair, within 30 days; shown twice, it ends the grant")
    token_type: str = "bearer"
    expires_in: int = Field(description="seconds")
    scopes: list[str]


class TokenShown(Model):
    token: str = Field(max_length=4096)


class RefreshShown(Model):
    refresh_token: str = Field(max_length=4096)


_ERRORS = ("unauthorized", "too_many_requests", "unsupported_type")


def blueprint(access: Access, store: AccessStore) -> Blueprint:
    routes = Blueprint("tokens", __name__)

    @routes.post("/token")
    @everybody
    @audited("token.issue")
    @described("access", json=TokenWanted, answer=Tokens, errors=(*_ERRORS, "out_of_scope"), common=False)
    def issue() -> ResponseReturnValue:
        """Exchanges a key, or a name and a password, for a bearer token of 15 minutes and one that renews it."""
        wanted = sent()
        subject = proven(access, store, wanted)
        principal = access.of(subject)
        if principal is None:
            raise Unauthorized
        try:
            scopes = principal.scopes if wanted.scopes is None else scopes_from(wanted.scopes)
        except ValueError as error:
            raise BadField("scopes", str(error)) from None
        for scope in scopes:
            if not principal.may(scope):
                raise OutOfScope(principal.name, scope)
        if not scopes:
            raise BadField("scopes", "at least one is needed")
        done_by(principal)
        about(principal.name, ", ".join(sorted(scopes)))
        return jsonify(_told(store.grants.issue(subject, scopes)))

    @routes.post("/token/refresh")
    @everybody
    @audited("")
    @described("access", json=RefreshShown, answer=Tokens, errors=_ERRORS, common=False)
    def refresh() -> ResponseReturnValue:
        """Exchanges a refresh token, which is good once, for the next pair."""
        pair, subject = store.grants.refresh(sent().refresh_token)
        if access.of(subject) is None:
            raise Unauthorized
        return jsonify(_told(pair))

    @routes.post("/token/revoke")
    @everybody
    @audited("")
    @described("access", json=TokenShown, answer=Done, errors=("unsupported_type",), common=False)
    def revoke() -> ResponseReturnValue:
        """Gives a token back: it and all that came of the same exchange are worth nothing from then on."""
        store.grants.revoke(sent().token)
        return jsonify({"success": True})

    return routes


def _told(pair: TokenPair) -> dict[str, object]:
    return {
        "access_token": pair.access,
        "refresh_token": pair.refresh,
        "token_type": "bearer",
        "expires_in": pair.expires_in_s,
        "scopes": sorted(pair.scopes),
    }
