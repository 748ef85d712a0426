from __future__ import annotations

import math

import numpy as np
import pytest

from ostiary.proof.metrics import OpenSet, Roc, Share, cross_validated


def test_a_share_knows_how_sure_it_is() -> None:
    none_of_hundred = Share(0, 100)
    assert none_of_hundred.value == 0
    assert none_of_hundred.interval == pytest.approx((0, 0.037), abs=5e-4)  # about "rule of three"
    assert Share(50, 100).interval == pytest.approx((0.404, 0.596), abs=5e-4)
    assert Share(7, 7).interval[1] == 1
    assert math.isnan(Share(0, 0).value)
    assert Share(0, 0).interval == (0, 1)


def test_far_is_met_exactly_and_never_exceeded() -> None:
    impostor = [0.5 + i / 1000 for i in range(1000)]  # 0.500, 0.501, ...
    point = Roc([0.1, 0.505, 0.5095, 0.6], impostor).at_far(0.01)
    assert point is not None
    assert point.false == Share(10, 1000)
    assert 0.509 <= point.threshold < 0.510
    assert point.right == Share(3, 4)


def test_equal_impostors_are_accepted_together_or_not_at_all() -> None:
    point = Roc([0.1], [0.2] + [0.3] * 50 + [0.9] * 49).at_far(0.02)
    assert point is not None
    assert point.false == Share(1, 100)


def test_too_few_impostors_prove_nothing() -> None:
    roc = Roc([0.1], [0.5] * 99)
    assert roc.at_far(0.01) is None
    assert roc.at_far(0.02) is not None
    assert Roc([], [0.5] * 100).at_far(0.01) is None


def test_equal_error_rate() -> None:
    assert Roc([0.1, 0.2, 0.3, 0.6], [0.5, 0.7, 0.8, 0.9]).equal_error() == 0.25
    assert Roc([0.1, 0.2], [0.5, 0.7]).equal_error() == 0


def test_roc_curve_rises_from_strict_to_loose() -> None:
    far, tar = Roc([0.1, 0.3], [0.2, 0.4]).curve()
    assert list(far) == [0, 0.5, 0.5, 1]
    assert list(tar) == [0.5, 0.5, 1, 1]


def test_a_long_curve_is_thinned_but_keeps_its_low_end() -> None:
    rng = np.random.default_rng(1)
    roc = Roc(rng.random(5000) / 2, rng.random(50_000))
    far, tar = roc.curve()
    assert len(far) <= 2000
    assert set(np.arange(1, 400) / 50_000) <= set(far)
    point = roc.at_far(1e-3)
    assert point is not None
    assert tar[np.searchsorted(far, 1e-3)] == pytest.approx(point.right.value, abs=1e-3)


def test_open_set_rates_count_who_can_never_pass() -> None:
    errors = OpenSet(right=[0.2, 0.4, math.inf, 0.6], wrong=[math.inf, math.inf, 0.3, math.inf], strangers=[0.5, math.inf, math.inf])
    assert errors.fnir(0.4) == Share(2, 4)
    assert errors.mistaken(0.4) == Share(1, 4)
    assert errors.fpir(0.4) == Share(0, 3)
    assert errors.fpir(0.5) == Share(1, 3)


def test_operating_point_at_a_wished_rate_of_strangers() -> None:
    strangers = [0.3, 0.5, *[0.9] * 198]
    errors = OpenSet(right=[0.2, 0.45, 0.55, 0.6], wrong=[], strangers=strangers)
    point = errors.at_fpir(0.005)  # one of 200
    assert point is not None
    assert point.false == Share(1, 200)
    assert point.right == Share(2, 4)
    assert errors.at_fpir(0.001) is None


def test_strangers_who_never_pass_leave_every_threshold_open() -> None:
    point = OpenSet([0.2, 0.7], [], [math.inf] * 100).at_fpir(0.01)
    assert point is not None
    assert point.false.count == 0
    assert point.right == Share(2, 2)


def test_open_set_curve() -> None:
    fpir, fnir = OpenSet([0.2, 0.4], [], [0.3, math.inf]).curve()
    assert list(fpir) == [0, 0.5, 0.5]
    assert list(fnir) == [0.5, 0.5, 0]


def test_cross_validation_chooses_the_threshold_on_the_other_folds() -> None:
    distances = [0.1, 0.9] * 4 + [0.5, 0.45]  # the last fold would want 0.475; the others say about 0.5
    same = [True, False] * 4 + [True, False]
    folds = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert cross_validated(distances, same, folds) == [1, 1, 1, 1, 0.5]
