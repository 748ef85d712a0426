"""How late a network stream's pictures are, told from the times that the stream itself gives them. Pure.

What a stalled network held back arrives in a burst, and would look like now. But a picture's own time (its
presentation time) advances as the camera's clock does; so of late the earliest arrival, measured against that time,
was on time, and every other is as late as it lags behind that one.
"""

from __future__ import annotations

import math

MEMORY_S = 30.0
"""The earliest arrival of this long, up to twice, is the measure; longer, and two clocks that drift apart would tell."""

ABSURD_S = 20.0
"""So late cannot be: the stream's times have jumped, and the measure is taken anew."""


class Lateness:
    """Of one connection. `at` are local seconds of arrival, `shown` the stream's own."""

    def __init__(self) -> None:
        self._shown = -math.inf
        self._least = self._least_before = math.inf
        self._renew_at = -math.inf

    def of(self, at: float, shown: float) -> float:
        """Seconds that a picture is late; 0 where the stream's times tell nothing."""
        if shown <= self._shown:  # no times at all, or set back
            self._forget()
        self._shown = shown
        if at >= self._renew_at:
            self._least_before, self._least, self._renew_at = self._least, math.inf, at + MEMORY_S
        self._least = min(self._least, at - shown)
        late = at - shown - min(self._least, self._least_before)
        if late > ABSURD_S:
            self._forget()
            return 0.0
        return late

    def _forget(self) -> None:
        self._least = self._least_before = math.inf


class Backlog:
    """Tells when the pictures that piled up while a stream was opened have been read: then each must be waited for."""

    def __init__(self) -> None:
        self._last: tuple[float, float] | None = None
        self._untold = 0

    def remains(self, at: float, shown: float) -> bool:
        """Whether the picture that was read at `at` had been waiting. Without times of its own nothing can be told: no."""
        last, self._last = self._last, (at, shown)
        if last is None:
            return True
        advanced = shown - last[1]
        if advanced <= 0:
            self._untold += 1
            return self._untold < 5
        return at - last[0] < 0.9 * advanced
