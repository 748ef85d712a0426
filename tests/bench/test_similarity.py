"""The fit behind CompreFace's scale, on distances whose right answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from bench.similarity import best_parting, distances, slope


def test_the_parting_and_the_slope_are_found() -> None:
    """Of two normal distributions of one width, the odds are logistic in the distance: 2 c1 = (m2 - m1) / s^2."""
    turns = np.random.default_rng(1)
    same, other = turns.normal(0.9, 0.1, 20000), turns.normal(1.3, 0.1, 80000)
    c0 = best_parting(same, other)
    assert c0 == pytest.approx(1.1, abs=0.02)
    assert slope(same, other, 1.1) == pytest.approx((1.3 - 0.9) / 0.1**2 / 2, rel=0.03)


def test_pairs_are_of_one_person_or_of_two() -> None:
    a, b, c = np.eye(3)
    same, other = distances({"ann": np.array([a * 3, b]), "bob": np.array([c])})
    assert same == pytest.approx([np.sqrt(2)])
    assert other == pytest.approx([np.sqrt(2)])
