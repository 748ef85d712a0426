"""How fast passwords may be tried: free at first, then after a pause that doubles with every failure. Pure: time is an argument.

Failures are counted by address and by user. Strangers who try an owner's name from many addresses could thereby keep the
owner waiting too; so a browser that logged in before is counted by itself, and waits for nobody else's failures. And the
pause of a user is short: it slows down guessing, it never locks out.
"""

from __future__ import annotations

import ipaddress
import math
import threading
from collections import OrderedDict
from dataclasses import dataclass

from ostiary.errors import TooManyAttempts

_FORGOTTEN_S = 3600.0
_REMEMBERED_AT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Patience:
    """`free` failures cost nothing, each further one twice the pause of the last, up to `longest_s`."""

    free: int
    longest_s: float

    def pause_s(self, failures: int) -> float:
        return 0.0 if failures <= self.free else min(self.longest_s, 2.0 ** min(failures - self.free - 1, 30))


PATIENCE = {"address": Patience(10, 900), "user": Patience(5, 30), "device": Patience(5, 900)}


@dataclass(frozen=True, slots=True)
class _Record:
    failures: int
    until: float


class Throttle:
    """Asked before each attempt, which counts as failed until `succeeded` says otherwise: so many at once gain nothing."""

    def __init__(self) -> None:
        self._records: OrderedDict[tuple[str, str], _Record] = OrderedDict()
        self._changing = threading.Lock()

    def attempt(self, user: str, address: str, device: str | None, now: float) -> Attempt:
        """Counts an attempt. `device` is what a browser proved of an earlier log-in as `user`. Raises TooManyAttempts."""
        keys = (("address", network_of(address)), ("device", device) if device else ("user", user))
        with self._changing:
            records = {key: self._record(key, now) for key in keys}
            wait_s = max(record.until for record in records.values()) - now
            if wait_s > 0:
                raise TooManyAttempts(math.ceil(wait_s))
            for key, record in records.items():
                failures = record.failures + 1
                self._put(key, _Record(failures, now + PATIENCE[key[0]].pause_s(failures)))
        return keys

    def succeeded(self, attempt: Attempt) -> None:
        """Whoever is in begins anew; an address is only forgiven this one, or an own account would pay for guessing others'."""
        with self._changing:
            for key in attempt:
                record = self._records.pop(key, None)
                if record and key[0] == "address" and record.failures > 1:
                    self._put(key, _Record(record.failures - 1, 0.0))

    def _record(self, key: tuple[str, str], now: float) -> _Record:
        record = self._records.get(key)
        return record if record and now < record.until + _FORGOTTEN_S else _Record(0, 0.0)

    def _put(self, key: tuple[str, str], record: _Record) -> None:
        self._records[key] = record
        self._records.move_to_end(key)
        while len(self._records) > _REMEMBERED_AT_MOST:
            self._records.popitem(last=False)


Attempt = tuple[tuple[str, str], ...]


def network_of(address: str) -> str:
    """Whom an address stands for: itself, but all of a /64 where one machine may take any of them."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
