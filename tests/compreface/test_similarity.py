"""CompreFace's scale."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ostiary.compreface.similarity import SCALES, rounded, scale_of, scaled, similarity, unit
from ostiary.encoders import ENCODERS
from ostiary.errors import BadEmbedding


def _at(cosine: float, dim: int) -> tuple[np.ndarray, np.ndarray]:
    one, other = np.zeros(dim), np.zeros(dim)
    one[0], other[0], other[1] = 3.0, 0.2 * cosine, 0.2 * math.sqrt(1 - cosine**2)
    return one, other


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("cosine", [1.0, 0.9, 0.7, 0.5, 0.34, 0.2, 0.0, -1.0])
def test_the_formula_holds_for_vectors_of_any_length(name: str, cosine: float) -> None:
    info = ENCODERS[name]
    c0, c1 = SCALES[name]
    wanted = (math.tanh((c0 - math.sqrt(2 - 2 * cosine)) * c1) + 1) / 2
    assert similarity(*_at(cosine, info.dim), info.id) == pytest.approx(wanted, abs=1e-7)


def test_compreface_tells_the_same_with_its_own_coefficients(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it tells by its default model, at four cosines."""
    monkeypatch.setitem(SCALES, "sface", (1.1817961, 5.291995557))
    told = [rounded(similarity(*_at(cosine, 128), ENCODERS["sface"].id)) for cosine in (1, 0.9, 0.7, 0.5, 0.3, 0.2, 0.1, 0, -1)]
    assert told == [1.0, 0.99958, 0.98674, 0.87260, 0.49624, 0.29324, 0.15554, 0.07872, 0.00017]


@pytest.mark.parametrize("name", ENCODERS)
def test_half_is_where_the_encoder_cannot_tell_and_nearer_is_never_less(name: str) -> None:
    encoder_id = ENCODERS[name].id
    assert scaled(np.array(scale_of(encoder_id).c0), encoder_id) == 0.5
    told = scaled(np.linspace(2, 0, 1000), encoder_id)
    assert (np.diff(told) >= 0).all()
    assert (told.min() >= 0, told.max() <= 1) == (True, True)


def test_rounding_is_half_up() -> None:
    assert [rounded(value) for value in (0.000005, 0.5, 0.123454999, 0.999995, 1.0)] == [0.00001, 0.5, 0.12345, 1.0, 1.0]


def test_what_is_no_embedding_is_told() -> None:
    sface = ENCODERS["sface"].id
    for wrong in (np.zeros(128), np.ones(127), np.full(128, np.inf), np.full(128, np.nan), np.ones((1, 128)), np.empty(0), np.float64(1)):
        with pytest.raises(BadEmbedding):
            unit(wrong, sface)
    assert np.linalg.norm(unit(np.full(128, 1e300), sface)) == pytest.approx(1)
