"""How often somebody may ask: so many requests at once, and then as many as come back with time. Pure: time is an argument."""

from __future__ import annotations

import math
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass

from ostiary.errors import TooManyAttempts

_PERIODS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}
_REMEMBERED_AT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    amount: int
    period_s: float


def parse(text: str) -> Rate | None:
    """`300/minute`; off is None. Raises ValueError."""
    if text.lower() in {"", "off", "0"}:
        return None
    found = re.fullmatch(r"(\d{1,7})/(second|minute|hour)", text.strip().lower())
    if not found or not int(found[1]):
        raise ValueError("expected a number per second, minute or hour, such as 300/minute, or off")
    return Rate(int(found[1]), _PERIODS[found[2]])


def rate(text: str) -> str:
    """A knob's text, checked. Raises ValueError."""
    parse(text)
    return text.strip().lower()


class Limiter:
    """One allowance for each key; those not seen for longest are forgotten first."""

    def __init__(self, rate: Rate):
        self._rate = rate
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # allowance, as of when
        self._changing = threading.Lock()

    def take(self, key: str, now: float) -> None:
        """Raises TooManyAttempts."""
        back = self._rate.amount / self._rate.period_s
        with self._changing:
            left, at = self._left.get(key, (float(self._rate.amount), now))
            left = min(self._rate.amount, left + max(0.0, now - at) * back)
            taken = left >= 1
            self._left[key] = (left - taken, now)
            self._left.move_to_end(key)
            while len(self._left) > _REMEMBERED_AT_MOST:
                self._left.popitem(last=False)
        if not taken:
            raise TooManyAttempts(math.ceil((1 - left) / back))
