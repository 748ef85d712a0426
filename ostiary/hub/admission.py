"""Who may come in to the hub, and what they asked for: decided from path and headers alone."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from ostiary.net import FORWARDED, host_of, is_loopback
from ostiary.tickets import STAYS_S, Tickets

PATH = "/ws/face-stream"
SLOWEST_FPS, FASTEST_FPS = 0.1, 120.0


class HeadersOf(Protocol):
    """The one thing needed of a request's headers; names are case-insensitive."""

    def get_all(self, key: str) -> list[str]: ...


class Refused(Exception):
    """Why somebody may not come in: an HTTP status and a sentence for its body."""

    def __init__(self, status: int, because: str):
        super().__init__(status, because)
        self.status, self.because = status, because


@dataclass(frozen=True, slots=True)
class Wishes:
    """What an admitted client asked for. `cameras` is empty for all of them, `interval_s` 0 for every frame."""

    publishes: bool = False
    frames: bool = True
    status: bool = False
    cameras: frozenset[str] = frozenset()
    interval_s: float = 0.0
    stays_s: float | None = None  # None: for as long as it likes
    unproved: bool = False  # let in because nothing was locked, and with nothing to show


@dataclass(frozen=True)
class Gatekeeper:
    """`token` empty: only this machine may come in, under a name that means this machine, and without a token while not `locked`.

    Tickets are as good as the token, but not for ever.
    """

    token: str = ""
    publish_token: str = ""
    origins: Sequence[str] = ()
    tickets: Tickets | None = None
    locked: Callable[[], bool] = lambda: False

    @property
    def is_open(self) -> bool:
        """Whether this machine may come in with nothing to show."""
        return not self.token and not self.locked()

    def admit(self, target: str, headers: HeadersOf) -> Wishes:
        """The wishes of a request for `target` (path and query). Raises Refused."""
        parts = urlsplit(target)
        if parts.path != PATH:
            raise Refused(404, f"the stream is at {PATH}")
        query = parse_qs(parts.query, keep_blank_values=True)
        host = host_of(_only(headers, "Host"))
        is_open = self.is_open
        if is_open and not is_loopback(host):
            raise Refused(403, "without WS_TOKEN, keys and users the stream answers only to localhost and 127.0.0.1")
        if is_open and any(headers.get_all(name) for name in FORWARDED):
            raise Refused(403, "without WS_TOKEN the stream answers to no proxy")
        publishes = _word(query, "role", "subscribe") == "publish"
        self._check_origin(_only(headers, "Origin"), host, publishes)
        shown = _shown_token(query, headers)
        by_ticket = shown.count(".") == 2 and self.tickets is not None and self.tickets.admits(shown, publishes=publishes)
        if not by_ticket:
            self._check_token(shown, publishes, is_open)
        unproved = is_open and not by_ticket and not (publishes and self.publish_token)
        return _wishes(query, publishes, STAYS_S if by_ticket and not publishes else None, unproved)

    def _check_origin(self, origin: str, host: str, publishes: bool) -> None:
        """A browser sends the page's origin: it must be the host that serves the stream too, or one allowed by name."""
        if not origin:
            return
        if publishes:
            raise Refused(403, "web pages do not publish")
        own = host_of(origin.partition("://")[2])  # empty for "null", the origin of files and sandboxes
        if (not own or own != host) and origin.lower() not in {allowed.lower().rstrip("/") for allowed in self.origins}:
            raise Refused(403, "pages of this origin may not read the stream: add it to WS_ORIGINS")

    def _check_token(self, shown: str, publishes: bool, is_open: bool) -> None:
        wanted = (publishes and self.publish_token) or self.token
        if not wanted and not is_open:
            raise Refused(401, "the token is missing or wrong: GET /stream-info hands one out to whoever has a key or is logged in")
        if wanted and not hmac.compare_digest(shown.encode("utf-8", "surrogateescape"), wanted.encode()):
            knob = "WS_PUBLISH_TOKEN or, where that is empty, WS_TOKEN" if publishes else "WS_TOKEN"
            raise Refused(401, f"the token is missing or wrong: send {knob} as ?token= or 'Authorization: Bearer'")


def _shown_token(query: dict[str, list[str]], headers: HeadersOf) -> str:
    scheme, _, credential = _only(headers, "Authorization").partition(" ")
    bearer = credential.strip() if scheme.lower() == "bearer" else ""
    return bearer or _only(headers, "x-api-key") or _word(query, "token", "")


def _wishes(query: dict[str, list[str]], publishes: bool, stays_s: float | None, unproved: bool) -> Wishes:
    return Wishes(
        publishes=publishes,
        frames=_flag(query, "frames", True),
        status=_flag(query, "status", False),
        cameras=frozenset(name for value in query.get("camera", []) for name in value.split(",") if name),
        interval_s=_interval(query),
        stays_s=stays_s,
        unproved=unproved,
    )


def _flag(query: dict[str, list[str]], name: str, default: bool) -> bool:
    value = _word(query, name, "1" if default else "0")
    if value not in {"0", "1"}:
        raise Refused(400, f"{name}: expected 0 or 1")
    return value == "1"


def _interval(query: dict[str, list[str]]) -> float:
    if "fps" not in query:
        return 0.0
    try:
        fps = float(_word(query, "fps", ""))
    except ValueError:
        fps = 0.0
    if not SLOWEST_FPS <= fps <= FASTEST_FPS:
        raise Refused(400, f"fps: expected a number from {SLOWEST_FPS:g} to {FASTEST_FPS:g}")
    return 1 / fps


def _word(query: dict[str, list[str]], name: str, default: str) -> str:
    return query.get(name, [default])[-1]


def _only(headers: HeadersOf, name: str) -> str:
    values = headers.get_all(name)
    if len(values) > 1:
        raise Refused(400, f"the header {name} was sent more than once")
    return values[0] if values else ""
