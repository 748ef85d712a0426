from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ostiary.machine import Disk, Machine, Vitals
from ostiary.telemetry import COARSE, FINE, PER_MINUTE, Doing, Telemetry


class Scripted(Machine):
    """A machine whose every look is told: twice as much idle as busy time passes between two."""

    def __init__(self) -> None:
        super().__init__(Path("/dev/null"))
        self.looks = 0

    def look(self) -> Vitals:
        self.looks += 1
        return Vitals(load=float(self.looks), busy_s=10.0 * self.looks, idle_s=30.0 * self.looks, memory=1000, memory_free=400)


@pytest.fixture
def telemetry() -> Telemetry:
    times = iter(range(100_000))
    stop = threading.Event()
    stop.set()
    return Telemetry(Scripted(), lambda: Disk(100, 50), lambda: Doing(fps=9.5), stop, clock=lambda: float(next(times)))


def test_a_sample_holds_shares_and_what_is_unknown_stays_so(telemetry: Telemetry) -> None:
    first, second = telemetry.sample(), telemetry.sample()
    assert first.cpu is None  # nothing to compare with yet
    assert (second.cpu, second.memory, second.disk_free, second.fps) == (0.25, 0.6, 50, 9.5)
    assert second.temperature_c is None
    assert second.latency_ms is None


def test_minutes_are_means_and_both_memories_are_bounded(telemetry: Telemetry) -> None:
    for _ in range(PER_MINUTE * (COARSE + 2)):
        telemetry.sample()
    assert len(telemetry.recent()) == FINE
    assert len(telemetry.day()) == COARSE
    first = telemetry.day()[0]
    loads = [PER_MINUTE * 2 + i for i in range(1, PER_MINUTE + 1)]  # two minutes were forgotten
    assert first.load == sum(loads) / PER_MINUTE
    assert first.at == PER_MINUTE * 3 - 1
    assert first.temperature_c is None


def test_a_step_samples_once_in_its_period(telemetry: Telemetry) -> None:
    telemetry.step()
    telemetry.step()
    assert len(telemetry.recent()) == 1
