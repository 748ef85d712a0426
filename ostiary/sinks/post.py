"""One signed HTTP POST that ends in time, whatever the receiver does."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import http.client
import socket
import ssl
import threading
from dataclasses import dataclass, field

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, LocationParseError, NameResolutionError
from urllib3.util import make_headers, parse_url

from ostiary import __version__
from ostiary.errors import SettingsError
from ostiary.net import Lookup, connect, place_of
from ostiary.service import Deadline

CONNECT_TIMEOUT_S = 1.5
"""For a name to be looked up, and for each of its addresses: neither can be cut, so this bounds how long stopping may take."""
FAILURES = (OSError, HTTPError, http.client.HTTPException)
"""What a request that comes to nothing may raise."""


@dataclass(frozen=True)
class Target:
    """Where to post. `place` is what a log may show."""

    place: str
    scheme: str
    host: str
    port: int
    resource: str = field(repr=False)
    authorization: dict[str, str] = field(repr=False)


def parse_target(url: str) -> Target:
    """Raises SettingsError where nothing can be posted to `url`."""
    try:
        parts = parse_url(url)
    except LocationParseError:
        parts = parse_url("")
    if parts.scheme not in {"http", "https"} or not parts.host:
        raise SettingsError("WEBHOOK_URL", place_of(url), "expected an address such as https://gate.lan/open")
    authorization = {str(k): str(v) for k, v in make_headers(basic_auth=parts.auth).items()} if parts.auth else {}
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return Target(place_of(url), parts.scheme, parts.host.strip("[]"), port, parts.request_uri, authorization)


def signing_key(secret: str) -> bytes:
    """The key of `whsec_` and base64, or else of plain text. Raises SettingsError."""
    if not secret.startswith("whsec_"):
        return secret.encode()
    encoded = secret.removeprefix("whsec_")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)  # some leave the padding out
    except binascii.Error:
        key = b""
    if not key:
        raise SettingsError(
            "WEBHOOK_SECRET", "********", "after whsec_ base64 is expected; a secret of plain text begins with anything else"
        )
    return key


def signed_headers(key: bytes, event_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks. Without a key nothing is signed."""
    headers = {"webhook-id": event_id, "webhook-timestamp": str(timestamp)}
    if key:
        digest = hmac.digest(key, f"{event_id}.{timestamp}.".encode() + body, hashlib.sha256)
        headers["webhook-signature"] = "v1," + base64.b64encode(digest).decode()
    return headers


@dataclass(frozen=True, slots=True)
class Answer:
    """`reached`: the receiver may have got the request. `status` is None where no answer came."""

    reached: bool
    status: int | None = None
    problem: str | None = None

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class _Connecting:
    """Mixed into urllib3's connections, which know no limit on looking a name up."""

    lookup: Lookup
    deadline: Deadline

    def _new_conn(self) -> socket.socket:
        addresses = self.lookup.addresses(min(CONNECT_TIMEOUT_S, self.deadline.left()))
        return connect(addresses, self.deadline, CONNECT_TIMEOUT_S)


class _Plain(_Connecting, HTTPConnection): ...


class _Secure(_Connecting, HTTPSConnection): ...


class Post:
    """One attempt: `send` once; `cut`, from any thread, ends it at once. Redirects are answers like others.

    `lookup` finds the target's addresses; attempts share it.
    """

    def __init__(self, target: Target, lookup: Lookup, tls: ssl.SSLContext | None, timeout_s: float):
        self._target, self._lookup, self._timeout_s = target, lookup, timeout_s
        self._was_cut = threading.Event()
        self._connection: _Plain | _Secure
        connect_s = min(timeout_s, CONNECT_TIMEOUT_S)
        if target.scheme == "https":
            self._connection = _Secure(target.host, target.port, timeout=connect_s, ssl_context=tls)
        else:
            self._connection = _Plain(target.host, target.port, timeout=connect_s)

    def send(self, headers: dict[str, str], body: bytes) -> Answer:
        """The socket's own time limit begins anew with every byte that drips in: the timer holds for the whole."""
        deadline = Deadline(self._timeout_s)
        timer = threading.Timer(self._timeout_s, self.cut)
        timer.start()
        reached = False
        self._connection.lookup, self._connection.deadline = self._lookup, deadline
        try:
            self._connection.connect()
            if self._was_cut.is_set() or not deadline.left():
                return Answer(reached, problem="no connection in time")
            self._connection.timeout = deadline.left()
            reached = True
            return self._exchange(headers, body)
        except FAILURES as error:
            problem = "no answer in time" if self._was_cut.is_set() else _words(error)
            return Answer(reached, problem=problem)
        finally:
            timer.cancel()
            self._connection.close()

    def cut(self) -> None:
        self._was_cut.set()
        sock = self._connection.sock
        if sock is not None:
            with contextlib.suppress(OSError):  # below TLS, which would first want to say good-bye
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _exchange(self, headers: dict[str, str], body: bytes) -> Answer:
        own = {"content-type": "application/json", "user-agent": f"ostiary/{__version__}", "connection": "close"}
        self._connection.request(
            "POST", self._target.resource, body=body, headers={**own, **self._target.authorization, **headers}, preload_content=False
        )
        response = self._connection.getresponse()
        response.close()
        problem = None if 200 <= response.status < 300 else f"HTTP {response.status}"
        return Answer(True, response.status, problem)


def _words(error: Exception) -> str:
    """Why nothing came of it, in words that hold no secret."""
    cause = error.__cause__ or error
    match cause:
        case http.client.RemoteDisconnected():
            return "it hung up without an answer"
        case http.client.HTTPException():
            return "its answer is not HTTP"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {cause.verify_message}"
        case NameResolutionError() | socket.gaierror():
            return "its name is not known"
        case TimeoutError():
            return "no answer in time"
        case OSError(strerror=str() as words):
            return words
    return type(cause).__name__
