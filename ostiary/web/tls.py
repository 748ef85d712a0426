"""TLS for waitress, which has none: each connection shakes hands within the server's one loop, so that a stalled one holds up nobody.

Waitress's worker threads write while its loop reads; OpenSSL allows one of them at a time, hence a lock for each connection.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any

_RECORD_BYTES = 1 << 15
"""More than a TLS record holds: none of it stays behind in OpenSSL, where the loop does not see that it waits."""


class TlsSocket:
    """A socket that does not block, as the loop expects one: what is not ready yet is EWOULDBLOCK, what is broken is a lost connection."""

    def __init__(self, sock: ssl.SSLSocket):
        self._socket = sock
        self._lock = threading.Lock()
        self.wants_write = False

    def shake_hands(self) -> bool:
        """Goes on with the handshake as far as it goes; True when it is over. Raises OSError."""
        try:
            with self._lock:
                self._socket.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as error:
            self.wants_write = isinstance(error, ssl.SSLWantWriteError)
            return False
        return True

    def recv(self, size: int) -> bytes:
        return self._now(lambda: self._socket.recv(max(size, _RECORD_BYTES)))

    def send(self, data: bytes) -> int:
        return self._now(lambda: self._socket.send(data))

    def shutdown(self, how: int) -> None:
        with self._lock:
            self._say_goodbye()
            self._socket.shutdown(how)

    def close(self) -> None:
        with self._lock:
            self._say_goodbye()
            self._socket.close()

    def __getattr__(self, name: str) -> Any:  # fileno, getsockopt, setblocking, ...
        return getattr(self._socket, name)

    def _now(self, act: Callable[[], Any]) -> Any:
        try:
            with self._lock:
                return act()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise BlockingIOError(errno.EWOULDBLOCK, "not yet") from None
        except ssl.SSLError:
            raise ConnectionResetError(errno.ECONNRESET, "TLS was broken off") from None

    def _say_goodbye(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._socket.unwrap()


class _NotYet(Exception):
    """Only part of a record is there. Waitress takes an OSError for the end."""


class _Shaking:
    """A channel that shakes hands first. Whoever is too slow is closed as any silent connection."""

    socket: TlsSocket
    will_close: bool
    _shaking = True

    def readable(self) -> bool:
        return not self.will_close if self._shaking else bool(super().readable())  # type: ignore[misc]

    def writable(self) -> bool:
        return self.socket.wants_write or self.will_close if self._shaking else bool(super().writable())  # type: ignore[misc]

    def handle_read(self) -> None:
        if self._shaking:
            self._shake()
            return
        with contextlib.suppress(_NotYet):
            super().handle_read()  # type: ignore[misc]

    def handle_write(self) -> None:
        if self._shaking and not self.will_close:
            self._shake()
        else:
            super().handle_write()  # type: ignore[misc]

    def recv(self, size: int) -> bytes:
        try:
            return bytes(super().recv(size))  # type: ignore[misc]
        except BlockingIOError:
            raise _NotYet from None

    def _shake(self) -> None:
        try:
            self._shaking = not self.socket.shake_hands()
        except OSError:  # no TLS, or none that fits
            self.will_close = True


def over_tls(channel: type, context: ssl.SSLContext) -> Callable[..., Any]:
    """What makes a channel of each accepted connection, in the place of `channel` itself."""
    kind = type("TlsChannel", (_Shaking, channel), {})

    def make(server: Any, sock: socket.socket, *rest: Any, **options: Any) -> Any:
        try:
            wrapped = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        except (OSError, ValueError):  # the sender is gone already
            sock.close()
            return None
        return kind(server, TlsSocket(wrapped), *rest, **options)

    return make
