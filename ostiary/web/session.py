"""Who one is to the API, and logging in to the dashboard and out again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import Field

from ostiary.access.sessions import LASTS_S
from ostiary.access.store import DEVICE_S, AccessStore
from ostiary.access.values import Session, Subject
from ostiary.errors import MissingField, Unauthorized, WrongPassword
from ostiary.scopes import Principal
from ostiary.web.audit import about, audited, done_by
from ostiary.web.auth import COOKIE, Access, asking, everybody, somebody
from ostiary.web.describe import Done, Model, described

DEVICE_COOKIE = "ostiary_device"
_SOMEBODY = Principal("stranger", "somebody", frozenset())


class Me(Model):
    """Who asks."""

    name: str
    kind: str = Field(description="local (this machine, while nothing is locked), setting (API_KEY), key, user or token")
    role: str | None = Field(description="of a user: owner, administrator, operator, viewer")
    scopes: list[str]
    open: bool = Field(description="whether this machine needs no credential, since none was ever made")
    csrf: str | None = Field(description="what whoever is logged in must send as x-csrf-token with every change")


class LogIn(Model):
    """A name and its password, or a key."""

    name: str | None = Field(default=None, max_length=256)
    password: str | None = Field(default=None, max_length=1024)
    key: str | None = Field(default=None, max_length=1024)


class Welcome(Model):
    """An invitation's token, and the password to set."""

    token: str = Field(max_length=256)
    name: str | None = Field(default=None, max_length=64, description="needed with the owner's first link, else known already")
    password: str = Field(max_length=1024)


_WELCOME_ERRORS = ("bad_invitation", "weak_password", "conflict", "too_many_requests", "unsupported_type")


def blueprint(access: Access) -> Blueprint:
    routes = Blueprint("session", __name__)

    @routes.get("/me")
    @somebody
    @described("access", answer=Me)
    def me() -> ResponseReturnValue:
        """Who one is to the API, and what one may."""
        return jsonify(told(asking(), access, access.session(request.headers.get)))

    if access.store:
        _add_log_in(routes, access, access.store)
    return routes


def _add_log_in(routes: Blueprint, access: Access, store: AccessStore) -> None:
    @routes.post("/session")
    @everybody
    @audited("session.begin")
    @described("access", json=LogIn, answer=Me, errors=("unauthorized", "too_many_requests", "unsupported_type"), common=False)
    def log_in() -> ResponseReturnValue:
        """Logs in with a name and a password, or with a key. The answer sets the cookie `ostiary_session`."""
        return begin(access, store, proven(access, store, sent()))

    @routes.post("/welcome")
    @everybody
    @audited("user.welcome")
    @described("access", json=Welcome, answer=Me, errors=_WELCOME_ERRORS, common=False)
    def welcome() -> ResponseReturnValue:
        """Takes up an invitation: sets the password and logs in. The owner's first link takes a name, too."""
        claim = sent()
        user = store.users.claim(claim.token, claim.name, claim.password)
        about(user.name, user.role.value)
        return begin(access, store, Subject("user", user.name))

    @routes.delete("/session")
    @everybody
    @audited("session.end")
    @described("access", answer=Done, common=False)
    def log_out() -> ResponseReturnValue:
        """Logs out: the cookie is worth nothing from then on."""
        if session := access.session(request.headers.get):
            if principal := access.of(session.subject):
                done_by(principal)
            store.sessions.end(session.token)
        response = jsonify({"success": True})
        response.delete_cookie(COOKIE, httponly=True, samesite="Strict", secure=request.is_secure)
        return response


def proven(access: Access, store: AccessStore, shown: LogIn) -> Subject:
    """Whose name and password, or key, these are. Raises Unauthorized and MissingField."""
    if shown.key:
        subject = access.subject_of(shown.key.encode().decode("latin-1"))  # as a header brings it: the key's UTF-8, a character each
        if subject is None:
            raise Unauthorized
        return subject
    if not shown.name or not shown.password:
        raise MissingField("password", "send name and password, or key")
    address = request.remote_addr or ""
    try:
        user = store.log_in(shown.name, shown.password, address, request.cookies.get(DEVICE_COOKIE, ""))
    except WrongPassword:
        store.audit.note(_SOMEBODY, "session.refused", store.known_name(shown.name), address=address)
        raise
    return Subject("user", user.name)


def begin(access: Access, store: AccessStore, subject: Subject) -> Response:
    """Logs a subject in: a new cookie, whatever the browser brought."""
    principal = access.of(subject)
    if principal is None:
        raise Unauthorized
    session = store.sessions.begin(subject, request.remote_addr or "", instead_of=request.cookies.get(COOKIE, ""))
    response = jsonify(told(principal, access, session))
    safely: Any = {"httponly": True, "samesite": "Strict", "secure": request.is_secure}
    response.set_cookie(COOKIE, session.token, max_age=int(LASTS_S), **safely)
    if subject.kind == "user":
        response.set_cookie(DEVICE_COOKIE, store.device_token(subject.id), max_age=int(DEVICE_S), path="/session", **safely)
    done_by(principal)
    return response


def told(principal: Principal, access: Access, session: Session | None) -> dict[str, Any]:
    return {
        "name": principal.name,
        "kind": principal.kind,
        "role": principal.role and principal.role.value,
        "scopes": sorted(principal.scopes),
        "open": access.is_open,
        "csrf": session.csrf if session and principal.kind != "local" else None,
    }


def sent() -> Any:
    """The checked JSON of the request."""
    return request.context.json  # type: ignore[attr-defined]
