"""The stream's client: a publisher that never holds up the camera, and a subscriber that comes back by itself."""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.frames import Close
from websockets.sync.client import ClientConnection, connect, get_proxy, parse_proxy, parse_uri

from ostiary.errors import SettingsError, StreamRefused
from ostiary.hub.packet import Packet, pack_message
from ostiary.net import Lookup, is_loopback, place_of
from ostiary.net import connect as connect_to
from ostiary.outbox import LIFETIME_S, Outbox, WaitingOutbox
from ostiary.service import Deadline, backoff
from ostiary.wire import parse_stream

log = logging.getLogger(__name__)
_connections_log = logging.getLogger(f"{__name__}.connections")
_connections_log.setLevel(logging.CRITICAL)  # at DEBUG the library writes tokens

OPEN_TIMEOUT_S = 2.0
CLOSE_TIMEOUT_S = 0.5
SEND_TIMEOUT_S = 1.0
LONGEST_PAUSE_S = 5.0
TURN_S = 0.3
LARGEST_MESSAGE = 256 * 1024 * 1024
"""The hub decides how large messages may be; a subscriber takes them all."""
Trust = ssl.SSLContext | None
GONE = (OSError, ConnectionClosed, InvalidHandshake, EOFError)
"""What a connection that fails or ends may raise."""


class Publisher:
    """A service that brings messages to the hub at `url`. Use as a context manager: leaving it hangs up.

    `publish` may be called from any thread and never blocks. While the hub is away or slow, only the newest message
    of each camera waits, and those with a PASS event, for `lifetime_s`. `problem` says in words why nothing gets
    through, None when all is well; `frames_wanted` whether any subscriber asked for pictures.
    """

    def __init__(self, url: str, token: str | Callable[[], str] = "", *, trust: Trust = None, lifetime_s: float = LIFETIME_S):
        """`token` may be a function, asked for each connection; `trust` stands for the system's trust where `url` is wss."""
        self._url, self._token = with_query(url, role="publish"), token if callable(token) else lambda: token
        self._way, self._trust = _Way(self._url), trust
        self._lifetime_s = lifetime_s
        self._waiting: WaitingOutbox[tuple[float, Packet]] = WaitingOutbox(Outbox(lifetime_s=lifetime_s))
        self._unsent: tuple[float, Packet] | None = None
        self._line = ExitStack()
        self._connection: ClientConnection | None = None
        self._retry_at = 0.0
        self._pauses = backoff(0.25, LONGEST_PAUSE_S)
        self._closing = threading.Event()
        self.problem: str | None = "not connected yet"
        self.frames_wanted = False
        self.sent = 0

    @property
    def dropped(self) -> int:
        """Messages that a newer one replaced before they could be sent, or that were lost."""
        return self._waiting.replaced + self._waiting.lost

    def publish(self, message: dict[str, Any]) -> None:
        packet, now = pack_message(message), time.monotonic()
        self._waiting.put((packet.kind, packet.camera), (now, packet), now, kept=packet.kept)

    def step(self) -> None:
        """One turn: connects where that is due, else sends what waits."""
        if self._connection is None:
            self._closing.wait(min(TURN_S, max(0.0, self._retry_at - time.monotonic())))
            if time.monotonic() >= self._retry_at and not self._closing.is_set():
                self._connect()
            return
        try:
            self._hear(self._connection)
            item = self._unsent or self._waiting.take(TURN_S)
            if item is not None:
                self._send(self._connection, *item)
        except GONE as error:
            self._hang_up()
            self._lost(_words(error))

    def close(self) -> None:
        self._closing.set()
        self._hang_up()

    def __enter__(self) -> Publisher:
        check_url(self._url)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connect(self) -> None:
        try:
            self._connection = self._line.enter_context(_connect(self._url, self._token(), self._way, self._trust))
        except GONE as error:
            self._lost(_words(error))
            return
        log.info("publishing to %s", place_of(self._url))
        self.problem, self._pauses = None, backoff(0.25, LONGEST_PAUSE_S)

    def _hear(self, connection: ClientConnection) -> None:
        with contextlib.suppress(TimeoutError):
            while True:
                message = parse_stream(connection.recv(timeout=0))
                if message is not None and message["type"] == "demand":
                    self.frames_wanted = bool(message.get("frames"))

    def _send(self, connection: ClientConnection, at: float, packet: Packet) -> None:
        """A PASS that could not be sent stays first in the line for as long as it lives."""
        self._unsent = (at, packet) if packet.kept else None
        if time.monotonic() - at <= self._lifetime_s:
            connection.send(packet.full, text=True)
            self.sent += 1
        self._unsent = None

    def _hang_up(self) -> None:
        self._connection, self.frames_wanted = None, False
        with contextlib.suppress(*GONE):
            self._line.close()

    def _lost(self, problem: str) -> None:
        if problem != self.problem:
            log.warning("cannot publish to %s: %s; trying again", place_of(self._url), problem)
        self.problem = problem
        self._retry_at = time.monotonic() + next(self._pauses)


def subscribe(url: str, token: str | Callable[[], str], stop: threading.Event, trust: Trust = None) -> Iterator[dict[str, Any]]:
    """The stream's messages until `stop`, across restarts of the hub. Raises StreamRefused where it does not let us in.

    What is wished for stands in the URL's query: `?frames=0&fps=5&camera=front&status=1`.
    """
    check_url(url)
    pauses, way = backoff(0.25, LONGEST_PAUSE_S), _Way(url)
    while not stop.is_set():
        try:
            with _connect(url, token() if callable(token) else token, way, trust) as connection:
                log.info("subscribed to %s", place_of(url))
                pauses = backoff(0.25, LONGEST_PAUSE_S)
                yield from _messages(connection, stop)
        except InvalidStatus as error:
            if not is_transient(error):
                raise StreamRefused(place_of(url), error.response.status_code, _words(error)) from None
            log.warning("%s is not ready: %s", place_of(url), _words(error))
        except GONE as error:
            log.warning("lost %s: %s; trying again", place_of(url), _words(error))
        stop.wait(next(pauses))


def check_url(url: str) -> None:
    """Raises SettingsError where `url` cannot be that of a stream."""
    try:
        parse_uri(url)
    except (InvalidURI, ValueError):
        wanted = "expected ws://HOST:PORT/ws/face-stream, or wss:// of a server with TLS"
        raise SettingsError("WS_URL", place_of(url), wanted) from None


def is_transient(error: Exception) -> bool:
    """Whether trying again may help: a wrong token stays wrong."""
    return not (isinstance(error, InvalidStatus) and 400 <= error.response.status_code < 500)


def _messages(connection: ClientConnection, stop: threading.Event) -> Iterator[dict[str, Any]]:
    while not stop.is_set():
        try:
            text = connection.recv(timeout=TURN_S)
        except TimeoutError:
            continue
        message = parse_stream(text)
        if message is not None:
            yield message


class _Way:
    """How the host of `url` is reached: by a proxy of the environment, else directly; names are looked up with a limit on the wait."""

    def __init__(self, url: str):
        self._url = url
        self._lookup: Lookup | None = None

    def proxy(self) -> str | None:
        """This machine is never reached by a proxy."""
        address = parse_uri(self._url)
        return None if is_loopback(address.host) else get_proxy(address)

    def connected(self, proxy: str | None) -> socket.socket | None:
        """A connection to the host; to a proxy the library connects, but only once its name was found. Raises OSError."""
        address, deadline = parse_proxy(proxy) if proxy else parse_uri(self._url), Deadline(OPEN_TIMEOUT_S)
        self._lookup = self._lookup or Lookup(address.host, address.port)
        found = self._lookup.addresses(deadline.left())
        if proxy:
            return None
        sock = connect_to(found, deadline, OPEN_TIMEOUT_S)
        sock.settimeout(None)
        return sock


def _connect(url: str, token: str, way: _Way, trust: Trust) -> ClientConnection:
    proxy = way.proxy()
    try:
        connection = connect(
            url,
            sock=way.connected(proxy),
            additional_headers={"Authorization": f"Bearer {token}"} if token else None,
            proxy=proxy,
            ssl=trust if urlsplit(url).scheme == "wss" else None,
            compression=None,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            max_size=LARGEST_MESSAGE,
            max_queue=4,
            logger=_connections_log,
        )
    except ssl.SSLCertVerificationError:  # a ValueError, too
        raise
    except ValueError:  # what a redirection leads to, as the token is for this host alone
        raise InvalidHandshake("it points elsewhere, and is not followed: correct WS_URL") from None
    if sys.platform != "win32":  # a hub that hangs must not hold the sender: the kernel gives up where nothing moves
        patience = struct.pack("ll", int(SEND_TIMEOUT_S), int(SEND_TIMEOUT_S % 1 * 1e6))
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
    return connection


def with_query(url: str, **members: str) -> str:
    """`url` with those members in its query, in place of others of the same name."""
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in members]
    return parts._replace(query=urlencode([*kept, *members.items()])).geturl()


def _words(error: BaseException) -> str:
    """Why a connection failed or ended, for people."""
    match error:
        case InvalidStatus():
            return error.response.body.decode("utf-8", "replace").strip() or error.response.reason_phrase
        case ConnectionClosed(rcvd=Close() as close):
            return f"the hub hung up: {close.reason or close.code}"
        case ConnectionClosed():
            return _words(error.__cause__) if error.__cause__ else "the line was cut"
        case TimeoutError() | BlockingIOError():  # the latter is what SO_SNDTIMEO leads to
            return "no answer in time"
        case OSError(strerror=str() as words):
            return words
    return str(error)
