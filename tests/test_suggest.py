from __future__ import annotations

import pytest

from ostiary.encoders import ENCODERS
from ostiary.suggest import shift_of, suggest

SFACE = ENCODERS["sface"]


def expected(strangers: int, people: int) -> list[float]:
    """Distances of as many strangers as the curve foretells."""
    return [SFACE.threshold(people, (i + 0.5) / strangers) for i in range(strangers)]


def test_without_strangers_the_curve_decides() -> None:
    suggestion = suggest([], 10, SFACE, 0.001)
    assert suggestion.ceiling is None
    assert suggestion.shift == 0
    assert suggestion.th_accept == pytest.approx(SFACE.threshold(10, 0.001), abs=1e-3)


def test_strangers_as_expected_change_nothing() -> None:
    assert shift_of(expected(500, 100), 100, SFACE) == pytest.approx(0, abs=1e-9)


def test_strangers_who_come_nearer_make_it_stricter() -> None:
    nearer = [distance - 0.05 for distance in expected(500, 100)]
    assert 0.035 < shift_of(nearer, 100, SFACE) < 0.05
    assert suggest(nearer, 100, SFACE, 0.001).th_accept < SFACE.threshold(100, 0.001) - 0.035


def test_few_strangers_are_believed_less_than_many() -> None:
    few, many = ([d - 0.05 for d in expected(m, 10)] for m in (20, 2000))
    assert 0 < shift_of(few, 10, SFACE) < shift_of(many, 10, SFACE)


def test_strangers_who_keep_away_do_not_make_it_looser() -> None:
    away = [distance + 0.2 for distance in expected(500, 100)]
    assert suggest(away, 100, SFACE, 0.001).th_accept == pytest.approx(SFACE.threshold(100, 0.001), abs=1e-3)


def test_no_stranger_seen_would_pass() -> None:
    suggestion = suggest([0.55, 0.9, 0.95], 5, SFACE, 0.001)
    assert suggestion.ceiling == 0.55
    assert suggestion.th_accept < 0.55


def test_a_wished_share_of_many_strangers_may() -> None:
    suggestion = suggest([0.3, *[0.8] * 2000], 5, SFACE, 0.001)
    assert suggestion.ceiling == 0.8


def test_a_suggestion_is_a_value_that_the_knob_takes() -> None:
    assert suggest([0.0, 0.0], 1, SFACE, 0.001).th_accept >= 0.01
