"""Which proxies are believed about whom they serve: none, unless TRUSTED_PROXIES names them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(text: str) -> tuple[str, ...]:
    """A knob's addresses and networks, checked. Raises ValueError."""
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    for part in found:
        try:
            ipaddress.ip_network(part, strict=False)
        except ValueError:
            raise ValueError(f"{part!r} is neither an address nor a network such as 10.0.0.0/8") from None
    return found


class Proxies:
    """A WSGI application behind proxies: those trusted say by X-Forwarded-For and -Proto who asks, and how."""

    def __init__(self, application: Callable[..., Iterable[bytes]], trusted: Sequence[str]):
        self._application = application
        self._trusted = [ipaddress.ip_network(one, strict=False) for one in trusted]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if self._is_trusted(str(environ.get("REMOTE_ADDR", ""))):
            environ["REMOTE_ADDR"] = self.address_of(environ)
            if environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower() == "https":
                environ["wsgi.url_scheme"] = "https"
        return self._application(environ, start_response)

    def address_of(self, environ: Mapping[str, Any]) -> str:
        """Who asks: the last address that no trusted proxy wrote of another. What stands before it anybody may have made up."""
        address = str(environ.get("REMOTE_ADDR", ""))
        if not self._is_trusted(address):
            return address
        for named in reversed(environ.get("HTTP_X_FORWARDED_FOR", "").split(",")):
            try:
                address = str(ipaddress.ip_address(named.strip()))
            except ValueError:
                break
            if not self._is_trusted(address):
                break
        return address

    def _is_trusted(self, address: str) -> bool:
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self._trusted)
