"""Tells systemd that the service is up and still alive (sd_notify; a no-op elsewhere)."""

from __future__ import annotations

import contextlib
import socket


def notify(address: str, message: str) -> None:
    """Sends `message` (such as READY=1 or WATCHDOG=1) to the socket that systemd names in NOTIFY_SOCKET.

    An empty `address` does nothing. A leading @ means the abstract name space, as sd_notify(3) says.
    """
    if not address:
        return
    target = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.settimeout(1)
        with contextlib.suppress(OSError):  # systemd will notice by itself that nobody reports
            sock.sendto(message.encode(), target)
