"""Who may ask: until the house has its first credential only this machine's own page and programs, from then on whoever shows one.

While nothing is locked the danger is another web page in the same machine's browser, which can reach loopback too. It is
told apart by what no page can forge: the Host it used (a name rebound to 127.0.0.1 is still not `localhost`), and the
Origin and Sec-Fetch-Site that browsers attach. A key needs none of that, since a page elsewhere does not know it. A
cookie is sent along by the browser whoever asks, so that a change must also show what only the own page was told.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from flask import Flask, g, request
from werkzeug.exceptions import HTTPException

from ostiary.access.hashing import same
from ostiary.access.keys import PREFIX
from ostiary.access.store import AccessStore
from ostiary.access.values import Session, Subject
from ostiary.errors import AccessError, ForeignOrigin, MissingCsrf, OutOfScope, Unauthorized
from ostiary.net import FORWARDED, host_of, is_loopback
from ostiary.scopes import ALL, Principal, Scope
from ostiary.web.careful import cookies_of

View = TypeVar("View", bound=Callable[..., Any])

_FILES = "static"  # Flask's own view for the page's files: open, as the page is

COOKIE = "ostiary_session"
CSRF_HEADER = "x-csrf-token"
SAFE = {"GET", "HEAD", "OPTIONS"}
"""Methods that change nothing."""


class Need(Enum):
    """What a view needs, where it is not a scope."""

    NOTHING = "nothing"  # open to anybody
    SOMEBODY = "somebody"  # whoever is known, whatever they may


def needs(scope: Scope) -> Callable[[View], View]:
    """Marks a view as one for whoever has `scope`. Stands above the other decorators, below the route's."""

    def mark(view: View) -> View:
        view.needs = scope  # type: ignore[attr-defined]
        return view

    return mark


def everybody(view: View) -> View:
    """Marks a view as open to anybody, whoever asks: it tells nothing and changes nothing, or sees to it itself."""
    view.needs = Need.NOTHING  # type: ignore[attr-defined]
    return view


def somebody(view: View) -> View:
    """Marks a view as one for whoever is known, whatever they may."""
    view.needs = Need.SOMEBODY  # type: ignore[attr-defined]
    return view


Header = Callable[[str], str | None]
"""The value of a request's header by its lower-case name, or None."""

Admit = Callable[[Header], Principal | None]
"""Tells who asks by a key of another kind, None where that is all the same. Raises what refuses the others."""


def admits(admit: Admit) -> Callable[[View], View]:
    """Marks a view as one that knows keys of its own and no others, whichever page sends them."""

    def mark(view: View) -> View:
        view.needs = admit  # type: ignore[attr-defined]
        return view

    return mark


def needed(app: Flask, endpoint: str | None) -> Scope | Need | Admit | None:
    """The scope that a view needs, or who admits to it; None where it is open. What nobody marked needs `admin`."""
    if endpoint == _FILES:
        return None
    if endpoint is None:  # which routes there are is told to those who may read
        return Scope.READ
    mark: Scope | Need | Admit = getattr(app.view_functions[endpoint], "needs", Scope.ADMIN)
    return None if mark is Need.NOTHING else mark


def needed_at(app: Flask, path: str, method: str) -> Scope | Need | Admit | None:
    """What the view at a path needs, as `needed` tells."""
    try:
        endpoint, _ = app.url_map.bind("localhost").match(path, method)
    except HTTPException:  # there is none, or it is elsewhere
        endpoint = None
    return needed(app, endpoint)


class Access:
    """The rule, for whoever has a request's headers in hand: the app, and the server before it takes in a body.

    `key` is API_KEY; without a `store` it is the only credential there is.
    """

    def __init__(self, key: str, store: AccessStore | None = None):
        self.key, self.store = key, store

    @property
    def is_open(self) -> bool:
        """Whether this machine needs no credential, since none was ever made."""
        return not self.key and not (self.store and self.store.locked)

    def principal(self, header: Header, peer: str | None, method: str = "GET") -> Principal:
        """Who asks. Raises Unauthorized, MissingCsrf or ForeignOrigin.

        `peer` is the asking address, None where a loopback socket vouches for it.
        """
        if self.is_open:
            return _local(header, peer)
        if shown := _shown(header):
            return self.by_secret(shown)
        if session := self.session(header):
            if method not in SAFE and not same(header(CSRF_HEADER) or "", session.csrf):
                raise MissingCsrf
            if principal := self.of(session.subject):
                return principal
        raise Unauthorized

    def by_secret(self, shown: str) -> Principal:
        """Raises Unauthorized."""
        subject = self.subject_of(shown)
        principal = self.of(subject) if subject else None
        if self.store and not subject and shown.count(".") == 2:
            principal = self.store.by_token(shown, self.key)
        if not principal:
            raise Unauthorized
        return principal

    def subject_of(self, shown: str) -> Subject | None:
        """What a shown key stands for: API_KEY or one of the keys."""
        # Both sides as bytes, which compare_digest compares in the same time wherever they differ.
        if self.key and hmac.compare_digest(shown.encode("latin-1", "replace"), self.key.encode()):
            return self.store.setting_subject(self.key) if self.store else Subject("setting", "")
        if self.store and shown.startswith(PREFIX) and (key := self.store.keys.find(shown)):
            return Subject("key", key.id)
        return None

    def of(self, subject: Subject) -> Principal | None:
        """Who a subject is now, None where it may no longer ask."""
        if self.store:
            return self.store.principal(subject, self.key)
        return Principal("setting", "API_KEY", ALL) if self.key and subject.kind == "setting" else None

    def session(self, header: Header) -> Session | None:
        """The session of the request's cookie, where there is one in force."""
        token = cookies_of(header("cookie")).get(COOKIE, "")
        return self.store.sessions.find(token) if self.store and token else None


def install(app: Flask, access: Access) -> None:
    app.extensions["access"] = access

    @app.before_request
    def may_ask() -> None:
        need = needed(app, request.endpoint)
        if need is None:
            if request.method not in SAFE:
                check_own_page(request.headers.get)
            return
        if callable(need):
            if principal := need(request.headers.get):
                g.principal = principal
            return
        g.principal = access.principal(request.headers.get, request.remote_addr or "", request.method)
        if isinstance(need, Scope) and not g.principal.may(need):
            raise OutOfScope(g.principal.name, need)


def access_of(app: Flask) -> Access:
    """The rule that was installed into an app."""
    access: Access = app.extensions["access"]
    return access


def asking() -> Principal:
    """Who sent the current request; only in views that need a scope, or somebody."""
    principal: Principal = g.principal
    return principal


def is_allowed(access: Access) -> bool:
    """Whether the current request may see more than an open route tells anybody."""
    try:
        return access.principal(request.headers.get, request.remote_addr or "").may(Scope.READ)
    except AccessError:
        return False


def check_own_page(header: Header) -> None:
    """Raises ForeignOrigin where another web page sent the request: programs and the own page may."""
    origin, site = header("origin"), header("sec-fetch-site")
    if origin is not None and origin.partition("://")[2] != header("host"):
        raise ForeignOrigin(f"the web page {origin!r} is not the API's own")
    if site not in {None, "same-origin", "none"}:
        raise ForeignOrigin("the web page that asks is not the API's own")


def _shown(header: Header) -> str:
    """The key or token that a request shows, empty where none."""
    scheme, _, bearer = (header("authorization") or "").partition(" ")
    return header("x-api-key") or (bearer.strip() if scheme.lower() == "bearer" else "")


def _local(header: Header, peer: str | None) -> Principal:
    if peer is not None and not is_loopback(peer):
        raise ForeignOrigin(f"{peer or 'an unknown address'} is another machine")
    _check_host(header)
    check_own_page(header)
    _check_direct(header)
    return Principal("local", "this machine", ALL)


def _check_direct(header: Header) -> None:
    for name in FORWARDED:
        if header(name) is not None:
            raise ForeignOrigin(f"a proxy has passed the request on ({name}): set API_KEY")


def _check_host(header: Header) -> None:
    host = header("host")
    if host is not None and not is_loopback(host_of(host)):  # no browser leaves it out
        raise ForeignOrigin(f"the address {host!r} is not this machine's own")
