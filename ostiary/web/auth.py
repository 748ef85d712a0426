"""Who may ask: with API_KEY whoever shows it, without it only this machine's own page and programs.

Without a key the danger is another web page in the same machine's browser, which can reach loopback too. It is told
apart by what no page can forge: the Host it used (a name rebound to 127.0.0.1 is still not `localhost`), and the Origin
and Sec-Fetch-Site that browsers attach. With a key none of that matters, since a page elsewhere does not know the key.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from flask import Flask, request

from ostiary.errors import AccessError, ForeignOrigin, Unauthorized
from ostiary.net import FORWARDED, host_of, is_loopback

# Served to anybody: the page, which has no secrets and asks for the key, and whether all is well, in one word.
OPEN = {"page.index", "static", "health.healthz", "health.readyz"}

Header = Callable[[str], str | None]
"""The value of a request's header by its lower-case name, or None."""


class Access:
    """The rule, for whoever has a request's headers in hand: the app, and the server before it takes in a body."""

    def __init__(self, key: str):
        self._key = key.encode()

    @property
    def needs_key(self) -> bool:
        return bool(self._key)

    def check(self, header: Header, peer: str | None) -> None:
        """Raises Unauthorized or ForeignOrigin. `peer` is the asking address, None where a loopback socket vouches for it."""
        if self.needs_key:
            self._check_key(header)
            return
        if peer is not None and not is_loopback(peer):
            raise ForeignOrigin(f"{peer or 'an unknown address'} is another machine")
        _check_host(header)
        _check_origin(header)
        _check_direct(header)

    def _check_key(self, header: Header) -> None:
        scheme, _, bearer = (header("authorization") or "").partition(" ")
        shown = header("x-api-key") or (bearer.strip() if scheme.lower() == "bearer" else "")
        # Both sides as bytes, which compare_digest compares in the same time wherever they differ.
        if not hmac.compare_digest(shown.encode("latin-1", "replace"), self._key):
            raise Unauthorized


def install(app: Flask, access: Access) -> None:
    @app.before_request
    def may_ask() -> None:
        if request.endpoint not in OPEN:
            access.check(request.headers.get, request.remote_addr or "")


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
