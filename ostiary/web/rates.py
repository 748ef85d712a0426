"""Refuses whoever asks too often: other machines by their address, keys and users by who they are. This machine is spared."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, g, request

from ostiary.access.throttle import network_of
from ostiary.net import FORWARDED, is_loopback
from ostiary.rates import Limiter, Rate

Environ = Mapping[str, Any]

_SPARED = {"static", "health.healthz", "health.readyz"}


class ByAddress:
    """Counts requests by the address that they come from, which `address_of` tells of a WSGI environment."""

    def __init__(self, rate: Rate, address_of: Callable[[Environ], str]):
        self._limiter, self._address_of = Limiter(rate), address_of

    def take(self, environ: Environ) -> None:
        """Raises TooManyAttempts."""
        address = self._address_of(environ)
        direct = not any(f"HTTP_{name.upper().replace('-', '_')}" in environ for name in FORWARDED)
        if not (direct and is_loopback(address)):
            self._limiter.take(network_of(address), time.monotonic())


def install_by_address(app: Flask, counted: ByAddress) -> None:
    """To stand before the question who asks, so that wrong keys count too."""
    app.extensions["rates"] = counted

    @app.before_request
    def not_too_often_from_there() -> None:
        if request.endpoint not in _SPARED:
            counted.take(request.environ)


def by_address_of(app: Flask) -> ByAddress | None:
    """What was installed into an app; None where nobody counts."""
    counted: ByAddress | None = app.extensions.get("rates")
    return counted


def install_by_principal(app: Flask, rate: Rate) -> None:
    """To stand behind it."""
    limiter = Limiter(rate)

    @app.before_request
    def not_too_often_by_them() -> None:
        principal = g.get("principal")
        if principal and principal.kind != "local":
            limiter.take(f"{principal.kind} {principal.name}", time.monotonic())
