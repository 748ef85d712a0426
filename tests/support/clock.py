"""A clock that stands still until a test sets it on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Clock:
    now: float = 1_800_000_000.0
    """Seconds."""

    def __call__(self) -> float:
        return self.now
