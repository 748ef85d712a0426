"""How requests come in: waitress, taught to refuse early, in JSON, and to be heard when it does.

As waitress comes, it takes in a whole body before anybody looks at the request. Here a request whose key is missing or
whose body is too long is answered as soon as its headers are in, or when a body of undeclared length grows too long; and
where more requests wait than agreed, the next is told to come back later.
"""

from __future__ import annotations

import http
import json
import logging
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask, ThreadedTaskDispatcher
from waitress.utilities import RequestEntityTooLarge

from ostiary.errors import OstiaryError, OutOfScope, Overloaded, TooManyAttempts
from ostiary.scopes import Scope
from ostiary.settings import LimitSettings
from ostiary.web.auth import Access, Admit, Need
from ostiary.web.compreface import problems as compreface
from ostiary.web.headers import ON_REFUSALS
from ostiary.web.limits import most_bytes, too_large
from ostiary.web.problems import STATUS, body, code_of, http_code
from ostiary.web.tls import over_tls

_LINGER_S, _LINGER_BYTES = 2.0, 8 << 20


class Refusal:
    """One of our errors in the place where waitress keeps its own."""

    def __init__(self, error: OstiaryError):
        self.error_code = code_of(error)
        self.code = STATUS[self.error_code]
        self.body = str(error)
        self.error = error


class Gate:
    """Judges a request that brings a body, before it is brought. (One without is the app's alone.)"""

    def __init__(
        self,
        access: Access,
        limits: LimitSettings,
        needed: Callable[[str, str], Scope | Need | Admit | None],
        count: Callable[[dict[str, str]], None] | None = None,
    ):
        """`needed` tells by path and method what a view needs, None where it is open; `count` raises where an address asks too often."""
        self._access, self._limits, self._needed, self._count = access, limits, needed, count

    def check(self, parser: _Parser) -> None:
        if not parser.admitted and (parser.content_length or parser.chunked):
            self._admit(parser)
            parser.admitted = True
        if max(parser.content_length, parser.body_bytes_received) > most_bytes(parser.path, self._limits):
            raise too_large(parser.path, self._limits)

    def refused(self, parser: _Parser, peer: str) -> None:
        """Counts what was refused here as the app counts what it is asked: else keys could be tried without end."""
        if self._count:
            try:
                self._count({"REMOTE_ADDR": peer, **{f"HTTP_{name}": value for name, value in parser.headers.items()}})
            except TooManyAttempts as error:
                parser.error = Refusal(error)

    def _admit(self, parser: _Parser) -> None:
        need = self._needed(parser.path, parser.command)
        header = lambda name: parser.headers.get(name.upper().replace("-", "_"))  # noqa: E731
        if callable(need):
            need(header)
        elif need is not None:
            principal = self._access.principal(header, None, parser.command)
            if isinstance(need, Scope) and not principal.may(need):
                raise OutOfScope(principal.name, need)


class _Parser(HTTPRequestParser):
    gate: Gate
    error: Any
    admitted = False  # asked once, however many pieces the body comes in
    refused = False

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if self.headers_finished and isinstance(self.error, RequestEntityTooLarge | None):
            try:
                self.gate.check(self)
            except OstiaryError as error:
                self.error, self.refused = Refusal(error), True
        if self.error is not None:
            self.completed = True
            self.expect_continue = False  # else waitress asks for the body all the same
        return consumed


class _JsonErrorTask(ErrorTask):
    def execute(self) -> None:
        error, status = self.request.error, self.request.error.code
        content = body(getattr(error, "error_code", http_code(status)), error.body)
        if compreface.is_its(getattr(self.request, "path", "")):
            status, content = compreface.answer_to(error.error) if isinstance(error, Refusal) else (status, compreface.body(error.body))
            self.response_headers.extend(compreface.CORS.items())
        data = json.dumps(content, ensure_ascii=False).encode()
        self.status = f"{status} {http.HTTPStatus(status).phrase}"
        self.response_headers.extend([("Content-Type", "application/json"), *ON_REFUSALS.items()])
        if status == http.HTTPStatus.TOO_MANY_REQUESTS:
            wait_s = error.error.retry_after_s if isinstance(error.error, TooManyAttempts) else 1
            self.response_headers.append(("Retry-After", str(wait_s)))
        self.set_close_on_finish()
        self.content_length = len(data)
        self.write(data)


def _without_path(record: logging.LogRecord) -> bool:
    """Waitress names the path where a connection ends early: names of people, and in CompreFace's addresses of pictures a key."""
    record.msg = str(record.msg).partition(" while serving ")[0]
    return True


_log = logging.getLogger(f"{__name__}.channel")
_log.addFilter(_without_path)


class _Channel(HTTPChannel):
    """A connection that, once it has refused, hears its sender out for a moment.

    Closing while the sender still sends would reset the connection and lose the answer on its way.
    """

    error_task_class = _JsonErrorTask
    logger = _log
    _refused = False
    _linger_until: float | None = None
    _lingered_bytes = 0

    def service(self) -> None:
        request = self.requests[0]
        self._refused = request.error is not None
        if request.refused:
            request.gate.refused(request, self.addr[0])
        super().service()

    def handle_close(self) -> None:
        if not self._refused or self._linger_until is not None:
            super().handle_close()
            return
        self.will_close = False
        self._linger_until = time.monotonic() + _LINGER_S
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:  # the sender is gone
            super().handle_close()

    def readable(self) -> bool:
        if self._linger_until is None:
            return bool(super().readable())
        self.will_close = time.monotonic() > self._linger_until or self._lingered_bytes > _LINGER_BYTES
        return not self.will_close

    def handle_read(self) -> None:
        if self._linger_until is None:
            super().handle_read()
        else:
            self._lingered_bytes += len(self.recv(1 << 16))


def channel_class(gate: Gate, tls: ssl.SSLContext | None = None) -> Callable[..., Any]:
    parser = type("Parser", (_Parser,), {"gate": gate})
    channel = type("Channel", (_Channel,), {"parser_class": parser})
    return over_tls(channel, tls) if tls else channel


class BoundedDispatcher(ThreadedTaskDispatcher):
    """Waitress's threads and their queue, with an end to it: one more thread refuses whom it does not hold."""

    queue_logger = logging.getLogger(f"{__name__}.queue")  # waitress warns of every request that waits at all
    queue_logger.setLevel(logging.ERROR)

    def __init__(self, most_waiting: int):
        super().__init__()
        self._most_waiting = most_waiting
        self._refuser = ThreadedTaskDispatcher()

    def start(self, threads: int) -> None:
        self.set_thread_count(threads)
        self._refuser.set_thread_count(1)

    def add_task(self, task: Any) -> None:
        if len(self.queue) < self._most_waiting:
            super().add_task(task)
            return
        task.requests[0].error = Refusal(Overloaded())
        self._refuser.add_task(task)

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        self._refuser.shutdown(cancel_pending, timeout)
        return bool(super().shutdown(cancel_pending, timeout))
