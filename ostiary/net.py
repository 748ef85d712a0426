"""Addresses: who is this machine itself, what may be shown of a URL, and how a port is taken."""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any
from urllib.parse import urlsplit

from ostiary.errors import AddressError
from ostiary.service import Deadline

AddressInfo = tuple[Any, ...]
"""What `socket.getaddrinfo` tells of one address."""

MASK = "********"

FORWARDED = (
    "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-server", "x-real-ip", "x-client-ip",
    "true-client-ip", "cf-connecting-ip", "via",
)  # fmt: skip
"""Headers that a proxy adds. One on this machine makes whoever it serves look like this machine; most of them say so."""


def is_loopback(host: str) -> bool:
    """Whether `host`, a name or an address without brackets, can only mean this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(netloc: str) -> str:
    """The host of `host`, `host:port` or `[v6]:port` as in a Host header, lower-case; empty where there is none."""
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""


def place_of(url: str) -> str:
    """What a log may show of a URL: scheme, host and port; credentials, path and query are left out."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host:
        return "(not an address)"
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def stream_url(value: str) -> str:
    """`value`, where it is a WebSocket's address that may stand in a header and takes a query. Raises ValueError."""
    host, path = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])", r"(?:/[A-Za-z0-9._~%/-]*)?"
    found = re.fullmatch(rf"wss?://{host}(?::([1-9]\d{{0,4}}))?{path}", value)
    if found is None or int(found[1] or 1) > 65535:
        raise ValueError(
            "expected ws:// or wss:// with a host, and a port and a path where needed, such as wss://door.example/ws/face-stream"
        )
    return value


def masked_url(url: str) -> str:
    """`url` with credentials and the values of its query masked."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return MASK
    place = f"{MASK}@{parts.netloc.rpartition('@')[2]}" if "@" in parts.netloc else parts.netloc
    query = "&".join(f"{member.partition('=')[0]}={MASK}" for member in parts.query.split("&")) if parts.query else ""
    return parts._replace(netloc=place, query=query).geturl()


class Lookup:
    """The addresses of one host, looked up with a limit on the wait. Used by one thread.

    The system's own resolver knows no limit: where no name server answers it takes 40 s and more. It is left to a daemon
    thread, one at a time; who waited in vain asks again and waits for the same answer.
    """

    def __init__(self, host: str, port: int):
        self._host, self._port = host, port
        self._pending: Future[list[AddressInfo]] | None = None

    def addresses(self, timeout_s: float) -> list[AddressInfo]:
        """Raises TimeoutError and socket.gaierror."""
        if self._pending is None:
            self._pending = Future()
            threading.Thread(target=self._ask, args=(self._pending,), name=f"lookup-{self._host}", daemon=True).start()
        pending = self._pending
        try:
            return pending.result(timeout_s)
        finally:
            if pending.done():
                self._pending = None

    def _ask(self, answer: Future[list[AddressInfo]]) -> None:
        try:
            answer.set_result(socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM))
        except OSError as error:
            answer.set_exception(error)


def connect(addresses: Sequence[AddressInfo], deadline: Deadline, each_s: float) -> socket.socket:
    """A connection to the first of `addresses` that takes one, each tried for at most `each_s`. Raises OSError."""
    problem = OSError(errno.EADDRNOTAVAIL, "it has no address")
    for family, kind, protocol, _, address in addresses:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(max(0.01, min(each_s, deadline.left())))
            sock.connect(address)
        except OSError as error:
            sock.close()
            problem = error
        else:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
        if not deadline.left():
            break
    raise problem


def listen(host: str, port: int, knob: str) -> socket.socket:
    """A listening socket. Raises AddressError saying what to do; `knob` names the setting of the port."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, *_, address = min(found, key=lambda info: info[0] != socket.AF_INET)
        return socket.create_server(address[:2], family=family, backlog=100)
    except socket.gaierror as error:
        raise AddressError(host, port, f"the address is not known here: {error.strerror}") from None
    except PermissionError:
        raise AddressError(host, port, f"this user may not listen there: set {knob} to a port above 1023") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise AddressError(host, port, f"the port is in use: stop the other program, or set {knob} to another port") from None
        if error.errno == errno.EADDRNOTAVAIL:
            raise AddressError(host, port, "this machine does not have that address") from None
        raise AddressError(host, port, f"cannot listen there: {error.strerror}") from None
