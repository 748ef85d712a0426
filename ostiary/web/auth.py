"""Who may ask: with API_KEY whoever shows it, without it only this machine's own page and programs.

Without a key the danger is another web page in the same machine's browser, which can reach loopback too. It is told
apart by what no page can forge: the Host it used (a name rebound to 127.0.0.1 is still not `localhost`), and the Origin
and Sec-Fetch-Site that browsers attach. With a key none of that matters, since a page elsewhere does not know the key.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, g, request

from ostiary.errors import AccessError, ForeignOrigin, OutOfScope, Unauthorized
from ostiary.net import FORWARDED, host_of, is_loopback
from ostiary.scopes import ALL, Principal, Scope

View = TypeVar("View", bound=Callable[..., Any])

_FILES = "static"  # Flask's own view for the page's files: open, as the page is

_EVERYBODY = "everybody"


def needs(scope: Scope) -> Callable[[View], View]:
    """Marks a view as one for whoever has `scope`. Stands above the other decorators, below the route's."""

    def mark(view: View) -> View:
        view.needs = scope  # type: ignore[attr-defined]
        return view

    return mark


def everybody(view: View) -> View:
    """Marks a view as open to anybody, whoever asks: it tells nothing and changes nothing, or sees to it itself."""
    view.needs = _EVERYBODY  # type: ignore[attr-defined]
    return view


def needed(app: Flask, endpoint: str | None) -> Scope | None:
    """The scope that a view needs, None where it is open. What nobody marked needs `admin`."""
    if endpoint == _FILES:
        return None
    if endpoint is None:  # which routes there are is told to those who may read
        return Scope.READ
    mark = getattr(app.view_functions[endpoint], "needs", Scope.ADMIN)
    return None if mark == _EVERYBODY else mark


Header = Callable[[str], str | None]
"""The value of a request's header by its lower-case name, or None."""


class Access:
    """The rule, for whoever has a request's headers in hand: the app, and the server before it takes in a body."""

    def __init__(self, key: str):
        self._key = key.encode()

    @property
    def needs_key(self) -> bool:
        return bool(self._key)

    def check(self, header: Header, peer: str | None) -> Principal:
        """Who asks. Raises Unauthorized or ForeignOrigin. `peer` is the asking address, None where a loopback socket vouches for it."""
        if self.needs_key:
            self._check_key(header)
            return Principal("setting", "API_KEY", ALL)
        if peer is not None and not is_loopback(peer):
            raise ForeignOrigin(f"{peer or 'an unknown address'} is another machine")
        _check_host(header)
        _check_origin(header)
        _check_direct(header)
        return Principal("local", "this machine", ALL)

    def _check_key(self, header: Header) -> None:
        scheme, _, bearer = (header("authorization") or "").partition(" ")
        shown = header("x-api-key") or (bearer.strip() if scheme.lower() == "bearer" else "")
        # Both sides as bytes, which compare_digest compares in the same time wherever they differ.
        if not hmac.compare_digest(shown.encode("latin-1", "replace"), self._key):
            raise Unauthorized


def install(app: Flask, access: Access) -> None:
    @app.before_request
    def may_ask() -> None:
        scope = needed(app, request.endpoint)
        if scope is None:
            return
        g.principal = access.check(request.headers.get, request.remote_addr or "")
        if not g.principal.may(scope):
            raise OutOfScope(g.principal.name, scope)


def asking() -> Principal:
    """Who sent the current request; only in views that need a scope."""
    return g.principal


def is_allowed(access: Access) -> bool:
    """Whether the current request may see more than an open route tells anybody."""
    try:
        access.check(request.headers.get, request.remote_addr or "")
    except AccessError:
        return False
    return True


def _check_direct(header: Header) -> None:
    for name in FORWARDED:
        if header(name) is not None:
            raise ForeignOrigin(f"a proxy has passed the request on ({name}): set API_KEY")


def _check_host(header: Header) -> None:
    host = header("host")
    if host is not None and not is_loopback(host_of(host)):  # no browser leaves it out
        raise ForeignOrigin(f"the address {host!r} is not this machine's own")


def _check_origin(header: Header) -> None:
    origin, site = header("origin"), header("sec-fetch-site")
    if origin is not None and origin.partition("://")[2] != header("host"):
        raise ForeignOrigin(f"the web page {origin!r} is not the API's own")
    if site not in {None, "same-origin", "none"}:
        raise ForeignOrigin("the web page that asks is not the API's own")
