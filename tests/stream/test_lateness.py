from __future__ import annotations

import random

import pytest

from ostiary.stream.lateness import ABSURD_S, Backlog, Lateness


def lates(arrivals: list[tuple[float, float]]) -> list[float]:
    lateness = Lateness()
    return [lateness.of(at, shown) for at, shown in arrivals]


def test_a_steady_stream_is_on_time_whatever_its_clock_says() -> None:
    assert lates([(100 + i / 10, 7000 + i / 10) for i in range(50)]) == pytest.approx([0] * 50, abs=1e-6)


def test_a_burst_after_a_stall_is_as_late_as_it_was_held_back() -> None:
    steady = [(i / 10, i / 10) for i in range(20)]
    burst = [(5.0, i / 10) for i in range(20, 50)]
    assert lates(steady + burst)[20:] == pytest.approx([5 - i / 10 for i in range(20, 50)], abs=1e-6)


def test_jitter_is_small_lateness() -> None:
    chance = random.Random(3)
    assert max(lates([(i / 10 + chance.uniform(0, 0.05), i / 10) for i in range(200)])) < 0.06


@pytest.mark.parametrize("drift", [1e-4, -1e-4])
def test_clocks_that_drift_apart_do_not_tell_in_a_day(drift: float) -> None:
    assert max(lates([(i / 2, i / 2 * (1 + drift)) for i in range(2 * 86400)])) < 0.02


def test_times_that_stand_still_tell_nothing() -> None:
    assert lates([(i / 10, 0.0) for i in range(50)]) == [0] * 50


@pytest.mark.parametrize("jump", [-1000.0, 1000.0, -ABSURD_S - 1, -0.5])
def test_times_that_jump_are_forgiven(jump: float) -> None:
    before = [(i / 10, 2000 + i / 10) for i in range(100)]
    after = [(10 + i / 10, 2010 + jump + i / 10) for i in range(100)]
    assert lates(before + after)[101:] == pytest.approx([0] * 99, abs=1e-6)


def drained(arrivals: list[tuple[float, float]]) -> int:
    """How many pictures are thrown away."""
    backlog = Backlog()
    return next((i for i, arrival in enumerate(arrivals) if not backlog.remains(*arrival)), len(arrivals))


def test_what_piled_up_is_thrown_away_and_no_more() -> None:
    piled_up = [(3.0 + i / 1000, i / 10) for i in range(27)]
    steady = [(3.1 + i / 10, 2.7 + i / 10) for i in range(20)]
    assert drained(piled_up + steady) in (27, 28)


def test_a_slow_decoder_does_not_take_a_pile_for_now() -> None:
    piled_up = [(3.0 + i * 0.06, i / 10) for i in range(60)]
    assert drained(piled_up) == 60


def test_without_times_the_pile_is_not_waited_for() -> None:
    assert drained([(i / 10, 0.0) for i in range(50)]) <= 6
