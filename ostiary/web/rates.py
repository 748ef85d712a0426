"""Refuses whoever asks too often: other machines by their address, keys and users by who they are. This machine is spared."""

from __future__ import annotations

import time

from flask import Flask, g, request

from ostiary.access.throttle import network_of
from ostiary.net import FORWARDED, is_loopback
from ostiary.rates import Limiter, Rate

_SPARED = {"static", "health.healthz", "health.readyz"}


def install_by_address(app: Flask, rate: Rate) -> None:
    """To stand before the question who asks, so that wrong keys count too."""
    limiter = Limiter(rate)

    @app.before_request
    def not_too_often_from_there() -> None:
        address = request.remote_addr or ""
        direct = not any(name in request.headers for name in FORWARDED)
        if request.endpoint not in _SPARED and not (direct and is_loopback(address)):
            limiter.take(network_of(address), time.monotonic())


def install_by_principal(app: Flask, rate: Rate) -> None:
    """To stand behind it."""
    limiter = Limiter(rate)

    @app.before_request
    def not_too_often_by_them() -> None:
        principal = g.get("principal")
        if principal and principal.kind != "local":
            limiter.take(f"{principal.kind} {principal.name}", time.monotonic())
