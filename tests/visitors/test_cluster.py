from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ostiary.encoders import ENCODERS
from ostiary.visitors.cluster import TAKEN_FOR_ANOTHER, belonging
from ostiary.visitors.values import Look

Vector = Callable[..., np.ndarray]
SFACE = ENCODERS["sface"]


def _looks(*rows: np.ndarray) -> list[Look]:
    return [Look(row, 0.5) for row in rows]


def _at(base: np.ndarray, distance: float) -> np.ndarray:
    """A unit vector at that cosine distance from `base`."""
    aside = np.eye(128)[int(np.argmin(abs(base)))]
    aside = aside - (aside @ base) * base
    aside /= np.linalg.norm(aside)
    return ((1 - distance) * base + np.sqrt(1 - (1 - distance) ** 2) * aside).astype(np.float32)


def test_the_first_is_new_and_looks_are_needed(vector: Vector) -> None:
    assert belonging(_looks(vector(1)), SFACE.id, []) is None
    assert belonging([], SFACE.id, [(1, vector(1))]) is None


def test_the_nearest_in_most_looks_within_the_threshold(vector: Vector) -> None:
    known = [(7, vector(1)), (9, vector(2)), (9, vector(2, 1))]
    assert belonging(_looks(vector(2, 5), vector(2, 6), vector(1, 7)), SFACE.id, known) == 9
    assert belonging(_looks(vector(3, 5), vector(3, 6)), SFACE.id, known) is None


def test_one_look_near_by_chance_is_not_enough(vector: Vector) -> None:
    assert belonging(_looks(vector(3, 1), vector(1, 2), vector(3, 3)), SFACE.id, [(7, vector(1))]) is None


def test_the_threshold_is_that_of_the_encoder_for_so_many_visitors(vector: Vector) -> None:
    limit = SFACE.threshold(1, TAKEN_FOR_ANOTHER)
    base = vector(1)
    assert belonging(_looks(_at(base, limit - 0.01)), SFACE.id, [(1, base)]) == 1
    assert belonging(_looks(_at(base, limit + 0.01)), SFACE.id, [(1, base)]) is None
    crowd = [(1, base), *((i, vector(i)) for i in range(2, 300))]
    assert belonging(_looks(_at(base, limit - 0.01)), SFACE.id, crowd) is None
