"""How machine and door did over the last day: samples every ten seconds, kept in memory, older ones as means of minutes."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from statistics import fmean

from ostiary.machine import Disk, Machine, Vitals

PERIOD_S = 10.0
PER_MINUTE = 6
FINE, COARSE = 360, 1440
"""An hour of samples, a day of minutes: about 1 MB."""


@dataclass(frozen=True, slots=True)
class Doing:
    """What the detector of this process has to tell: frames a second of all its cameras, and the last frame's way in ms."""

    fps: float | None = None
    latency_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """`at` is in seconds since 1970; `cpu` and `memory` are shares of all there is; `process_memory` and `disk_free` are in bytes."""

    at: float
    load: float | None
    cpu: float | None
    temperature_c: float | None
    memory: float | None
    process_memory: float | None
    disk_free: float | None
    fps: float | None
    latency_ms: float | None


MEASURES = tuple(field.name for field in fields(Sample) if field.name != "at")


class Telemetry:
    """A service: each `step` waits a second at most, and samples when it is time. Any thread may ask."""

    def __init__(
        self,
        machine: Machine,
        disk: Callable[[], Disk | None],
        doing: Callable[[], Doing],
        stop: threading.Event,
        clock: Callable[[], float] = time.time,
    ):
        self._machine, self._disk, self._doing, self._stop, self._clock = machine, disk, doing, stop, clock
        self._fine: deque[Sample] = deque(maxlen=FINE)
        self._coarse: deque[Sample] = deque(maxlen=COARSE)
        self._minute: list[Sample] = []
        self._changing = threading.Lock()
        self._before = Vitals()
        self._next = 0.0

    def step(self) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + PERIOD_S
            self.sample()
        self._stop.wait(1)

    def sample(self) -> Sample:
        """Takes one now."""
        before, now = self._before, self._machine.look()
        self._before = now
        disk, doing = self._disk(), self._doing()
        memory = 1 - now.memory_free / now.memory if now.memory and now.memory_free is not None else None
        taken = Sample(
            at=self._clock(),
            load=now.load,
            cpu=_share_busy(before, now),
            temperature_c=now.temperature_c,
            memory=memory,
            process_memory=now.process_memory,
            disk_free=disk.free if disk else None,
            fps=doing.fps,
            latency_ms=doing.latency_ms,
        )
        with self._changing:
            self._fine.append(taken)
            self._minute.append(taken)
            if len(self._minute) == PER_MINUTE:
                self._coarse.append(mean_of(self._minute))
                self._minute.clear()
        return taken

    def recent(self) -> list[Sample]:
        """The last hour's, oldest first."""
        with self._changing:
            return list(self._fine)

    def day(self) -> list[Sample]:
        """The last day's minutes, oldest first."""
        with self._changing:
            return list(self._coarse)


def mean_of(samples: Iterable[Sample]) -> Sample:
    """`at` is that of the last; what no sample measured stays None."""
    taken = list(samples)
    measured = {name: [value for one in taken if (value := getattr(one, name)) is not None] for name in MEASURES}
    return Sample(taken[-1].at, **{name: fmean(values) if values else None for name, values in measured.items()})


def _share_busy(before: Vitals, now: Vitals) -> float | None:
    if before.busy_s is None or before.idle_s is None or now.busy_s is None or now.idle_s is None:
        return None
    busy, idle = now.busy_s - before.busy_s, now.idle_s - before.idle_s
    return busy / (busy + idle) if busy + idle > 0 and busy >= 0 else None
