"""The HTTP server: an address, threads, start and stop."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Flask
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer

from ostiary.errors import AddressError, DatabaseUnavailable
from ostiary.net import is_loopback, listen
from ostiary.settings import ApiSettings, LimitSettings
from ostiary.web.auth import Access, access_of, needed_at
from ostiary.web.intake import BoundedDispatcher, Gate, channel_class
from ostiary.web.limits import RESTORE_PATH, ZIP_PATH, most_bytes
from ostiary.web.rates import by_address_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

WAITING_PER_THREAD = 4
"""Requests that may wait for each thread; the next is answered 429."""

_IDLE_S = 30  # for a sender that falls silent, between requests or within one
_CONNECTIONS, _KEPT_FREE = 256, 16
_FINISH_S = 1.0  # for requests under way when the server stops


def serve(app: Flask, api: ApiSettings, limits: LimitSettings, tls: ssl.SSLContext | None = None, *, only: Only | None = None) -> Server:
    """A server that listens already; `run()` serves until `close()`. Raises AddressError. With `only`, a part of the app on its port."""
    if not is_loopback(api.host) and _is_open(access_of(app)):
        remedy = "make a key or a user first (ostiary keys create, ostiary users add), or set API_KEY, or API_HOST=127.0.0.1"
        raise AddressError(api.host, api.port, f"without API_KEY, keys and users only loopback is served: {remedy}")
    listening = listen(api.host, only.port, only.knob) if only else listen(api.host, api.port, "API_PORT")
    return Server(app, listening, api, limits, tls, only)


def _is_open(access: Access) -> bool:
    try:
        return access.is_open
    except DatabaseUnavailable:  # then nobody is let in, and the door at least has to start
        return False


@dataclass(frozen=True, slots=True)
class Only:
    """The paths that begin with one of `prefixes`, on a port that the setting `knob` names."""

    prefixes: tuple[str, ...]
    port: int
    knob: str

    def of(self, app: WSGIApplication) -> WSGIApplication:
        def part(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            if environ["PATH_INFO"].startswith(self.prefixes):
                return app(environ, start_response)
            there = f"here are {', '.join(self.prefixes)} alone; the dashboard is on API_PORT"
            content = json.dumps({"message": there, "code": 0}).encode()
            start_response("404 Not Found", [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
            return [content]

        return part


class _Listening(TcpWSGIServer):
    """Waitress's own accepts nobody while all lines are taken. Here who has been silent longest makes room: silence costs nothing."""

    def readable(self) -> bool:
        too_many = len(self._map) - (_CONNECTIONS - _KEPT_FREE)
        if too_many > 0:
            silent = [channel for channel in self.active_channels.values() if not channel.requests and not channel.will_close]
            for channel in sorted(silent, key=lambda channel: channel.last_activity)[:too_many]:
                channel.will_close = True
        return bool(super().readable())


class Server:
    """`run()` serves in the calling thread until `close()`, which any thread may call, at any time and more than once."""

    def __init__(
        self,
        app: Flask,
        listening: socket.socket,
        api: ApiSettings,
        limits: LimitSettings,
        tls: ssl.SSLContext | None = None,
        only: Only | None = None,
    ):
        self.host, self.port = listening.getsockname()[:2]
        self._threads = api.threads
        self._stop = threading.Event()
        self._running = False
        self._changing = threading.Lock()  # guards the sockets' end
        self._sockets: dict[int, Any] = {}
        self._dispatcher = BoundedDispatcher(api.threads * WAITING_PER_THREAD)
        self._server = _Listening(
            only.of(app) if only else app,
            self._sockets,
            _sock=listening,
            dispatcher=self._dispatcher,
            adj=Adjustments(
                sockets=[listening],
                ident=None,
                url_scheme="https" if tls else "http",
                connection_limit=_CONNECTIONS,
                channel_timeout=_IDLE_S,
                clear_untrusted_proxy_headers=False,  # they are believed in nothing but that there is a proxy
                max_request_body_size=max(most_bytes(path, limits) for path in (ZIP_PATH, RESTORE_PATH)) + 1,
            ),
            bind_socket=False,
            sockinfo=(listening.family, listening.type, listening.proto, listening.getsockname()),
        )
        counted = by_address_of(app)
        gate = Gate(access_of(app), limits, lambda path, method: needed_at(app, path, method), counted.take if counted else None)
        self._server.channel_class = channel_class(gate, tls)

    def run(self) -> None:
        with self._changing:
            self._running = not self._stop.is_set()
        if not self._running:
            return
        self._dispatcher.start(self._threads)
        try:
            while not self._stop.is_set():
                wasyncore.loop(timeout=1, use_poll=True, map=self._sockets, count=1)
        finally:
            self._dispatcher.shutdown(timeout=_FINISH_S)
            with self._changing:
                self._running = False
                wasyncore.close_all(self._sockets)

    def close(self) -> None:
        self._stop.set()
        with self._changing:
            if self._running:
                self._server.pull_trigger()
            else:
                wasyncore.close_all(self._sockets)
