"""Keys, users and the record of changes, for whoever administers them."""

from __future__ import annotations

import time

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import Field

from ostiary.access.store import AccessStore
from ostiary.access.values import ApiKey, Invitation, User
from ostiary.errors import BadField, OwnersOnly
from ostiary.scopes import Principal, Role, Scope, scopes_from
from ostiary.web.audit import about, audited
from ostiary.web.auth import asking, needs
from ostiary.web.describe import Done, Model, described


class KeyTold(Model):
    """A key, without its secret. Times are ms since 1970."""

    id: str
    name: str
    scopes: list[str]
    made_at: int
    made_by: str
    expires_at: int | None
    revoked_at: int | None
    used_at: int | None = Field(description="exact to a minute")
    valid: bool


class KeyMade(KeyTold):
    secret: str = Field(description="what its holder shows; told only here")


class KeyWanted(Model):
    name: str = Field(min_length=1, max_length=64)
    scopes: list[str] = Field(min_length=1, description="of admin, enrol, recognise, read, stream")
    days: float | None = Field(default=None, gt=0, le=36500, description="after which it ends; without, never")


class UserTold(Model):
    """A user of the dashboard. Times are ms since 1970."""

    name: str
    role: Role
    invited: bool = Field(description="whether no password was set yet")
    disabled: bool
    made_at: int
    seen_at: int | None = Field(description="last log-in")


class UserWanted(Model):
    name: str = Field(min_length=1, max_length=64)
    role: Role


class UserChange(Model):
    role: Role | None = None
    disabled: bool | None = None


class Invited(Model):
    """A link that sets a password, good once: the page's address with `#/welcome?token=` and the token."""

    name: str
    token: str
    expires_at: int


class AuditQuery(Model):
    before: int | None = Field(default=None, ge=0, le=2**53, description="entries older than this id")
    limit: int = Field(default=100, ge=1, le=1000)
    who: str = Field(default="", max_length=100)
    action: str = Field(default="", max_length=100, description="or its beginning, such as user.")
    text: str = Field(default="", max_length=200, description="stands anywhere in an entry")


class AuditTold(Model):
    id: int
    at: int = Field(description="ms since 1970")
    kind: str
    who: str
    action: str
    target: str
    details: str
    address: str


def blueprint(store: AccessStore) -> Blueprint:
    routes = Blueprint("access", __name__)
    _add_keys(routes, store)
    _add_users(routes, store)

    @routes.get("/audit")
    @needs(Scope.ADMIN)
    @described("access", query=AuditQuery, answer=list[AuditTold])
    def audit() -> ResponseReturnValue:
        """The record of changes, the latest first."""
        query = request.context.query  # type: ignore[attr-defined]
        found = store.audit.entries(before=query.before, limit=query.limit, who=query.who, action=query.action, text=query.text)
        members = ("id", "kind", "who", "action", "target", "details", "address")
        return jsonify([{"at": _ms(entry.at), **{name: getattr(entry, name) for name in members}} for entry in found])

    return routes


def _add_keys(routes: Blueprint, store: AccessStore) -> None:
    @routes.get("/keys")
    @needs(Scope.ADMIN)
    @described("access", answer=list[KeyTold])
    def keys() -> ResponseReturnValue:
        """All API keys, without their secrets; revoked ones stay listed."""
        return jsonify([_told_key(key) for key in store.keys.list()])

    @routes.post("/keys")
    @needs(Scope.ADMIN)
    @audited("key.create")
    @described("access", json=KeyWanted, answer=KeyMade, errors=("conflict", "unsupported_type"))
    def create_key() -> ResponseReturnValue:
        """Makes a key. Its secret is told once, in the answer."""
        wanted = request.context.json  # type: ignore[attr-defined]
        try:
            scopes = scopes_from(wanted.scopes)
        except ValueError as error:
            raise BadField("scopes", str(error)) from None
        made = store.keys.create(wanted.name, scopes, by=asking().name, days=wanted.days)
        about(made.key.name, f"{made.key.id}: {', '.join(sorted(scopes))}")
        return jsonify({**_told_key(made.key), "secret": made.secret})

    @routes.delete("/keys/<key_id>")
    @needs(Scope.ADMIN)
    @audited("key.revoke")
    @described("access", answer=Done, errors=("unknown_key",))
    def revoke_key(key_id: str) -> ResponseReturnValue:
        """Revokes a key at once, with whoever logged in by it and the tokens it was exchanged for."""
        key = store.keys.revoke(key_id)
        about(key.name, key.id)
        return jsonify({"success": True})


def _add_users(routes: Blueprint, store: AccessStore) -> None:
    @routes.get("/users")
    @needs(Scope.ADMIN)
    @described("access", answer=list[UserTold])
    def users() -> ResponseReturnValue:
        """All users of the dashboard."""
        return jsonify([_told_user(user) for user in store.users.list()])

    @routes.post("/users")
    @needs(Scope.ADMIN)
    @audited("user.add")
    @described("access", json=UserWanted, answer=Invited, errors=("conflict", "owners_only", "unsupported_type"))
    def add_user() -> ResponseReturnValue:
        """Adds a user, who sets a password by the link that the answer brings."""
        wanted = request.context.json  # type: ignore[attr-defined]
        _check_owner(asking(), wanted.role)
        invitation = store.users.add(wanted.name, wanted.role)
        about(invitation.user or "", wanted.role.value)
        return jsonify(_told_invitation(invitation))

    @routes.patch("/users/<name>")
    @needs(Scope.ADMIN)
    @audited("user.change")
    @described("access", json=UserChange, answer=UserTold, errors=("unknown_user", "conflict", "owners_only", "unsupported_type"))
    def change_user(name: str) -> ResponseReturnValue:
        """Gives a user another role, or disables or enables the account. A disabled user is logged out at once."""
        change = request.context.json  # type: ignore[attr-defined]
        user = store.users.get(name)
        _check_owner(asking(), user.role, change.role)
        if change.role is not None:
            user = store.users.set_role(name, change.role)
        if change.disabled is not None:
            user = store.users.set_disabled(name, change.disabled)
        about(user.name, f"{user.role.value}{', disabled' if user.disabled else ''}")
        return jsonify(_told_user(user))

    @routes.delete("/users/<name>")
    @needs(Scope.ADMIN)
    @audited("user.remove")
    @described("access", answer=Done, errors=("unknown_user", "conflict", "owners_only"))
    def remove_user(name: str) -> ResponseReturnValue:
        """Removes a user, who is logged out at once."""
        _check_owner(asking(), store.users.get(name).role)
        store.users.remove(name)
        return jsonify({"success": True})

    @routes.post("/users/<name>/invite")
    @needs(Scope.ADMIN)
    @audited("user.invite")
    @described("access", answer=Invited, errors=("unknown_user", "owners_only"))
    def invite_user(name: str) -> ResponseReturnValue:
        """A new link to set a password, in place of earlier ones. The old password works until it is taken up."""
        _check_owner(asking(), store.users.get(name).role)
        return jsonify(_told_invitation(store.users.invite(name)))


def _check_owner(principal: Principal, *roles: Role | None) -> None:
    """Raises OwnersOnly where an owner is concerned and somebody else asks."""
    if Role.OWNER in roles and not principal.owns:
        raise OwnersOnly


def _told_key(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "made_at": _ms(key.made_at),
        "made_by": key.made_by,
        "expires_at": _ms(key.expires_at),
        "revoked_at": _ms(key.revoked_at),
        "used_at": _ms(key.used_at),
        "valid": key.is_valid(time.time()),
    }


def _told_user(user: User) -> dict[str, object]:
    return {
        "name": user.name,
        "role": user.role.value,
        "invited": user.invited,
        "disabled": user.disabled,
        "made_at": _ms(user.made_at),
        "seen_at": _ms(user.seen_at),
    }


def _told_invitation(invitation: Invitation) -> dict[str, object]:
    return {"name": invitation.user, "token": invitation.token, "expires_at": _ms(invitation.expires_at)}


def _ms(at: float | None) -> int | None:
    return None if at is None else round(at * 1000)
