"""What is chosen on some people is put to others."""

from __future__ import annotations

import numpy as np

from bench import folds
from bench.folds import Chosen, choose, held_out
from bench.lfw import People
from bench.trials import Scheme, draw
from ostiary.encoders import ENCODERS


def _crowd(people: int, pictures: int, noise: float, dim: int, seed: int = 0) -> People:
    rng = np.random.default_rng(seed)
    return {f"person {n:03}": (rng.normal(size=dim) + noise * rng.normal(size=(pictures, dim))).astype(np.float32) for n in range(people)}


def _encoded(people: int, pictures: int, noise: float) -> dict[str, People]:
    return {name: _crowd(people, pictures, noise, info.dim) for name, info in ENCODERS.items()}


def test_who_is_left_out_is_enrolled_and_comes_but_never_fills_up() -> None:
    counts, others = {f"out {n}": n % 5 + 1 for n in range(40)}, {f"other {n}": n % 5 + 1 for n in range(300)}
    trial = held_out(counts, others, Scheme(1, 1), 200, np.random.default_rng(0))
    assert len(trial.enrolled) == 200
    assert set(trial.residents) | set(trial.strangers) <= set(counts)
    assert not set(trial.strangers) & set(trial.enrolled)
    assert set(trial.enrolled) - set(trial.residents) <= set(others)
    for name, frames in trial.residents.items():
        assert not set(frames) & set(trial.enrolled[name])


def test_what_is_chosen_is_chosen_of_those_people_alone() -> None:
    near, far = _encoded(40, 3, 0.3), _encoded(40, 3, 0.3)
    for people in far.values():
        people["person 039"] = people["person 038"].copy()  # twins, whom nobody who chooses may see
    names = [f"person {n:03}" for n in range(38)]
    trials = [draw(dict.fromkeys(names, 3), Scheme(1, 1), 20, np.random.default_rng(0))]

    def chosen(encoded: dict[str, People]) -> Chosen:
        return choose("sface", encoded, names, trials)

    assert chosen(near).info == chosen(far).info
    twins = choose("sface", far, [*names, "person 038", "person 039"], trials)
    assert twins.info.curve[0][1] < chosen(far).info.curve[0][1]


def test_the_fusion_takes_the_share_of_the_encoder_that_tells_people_apart() -> None:
    sharp, vague = _crowd(80, 3, 0.9, 128), _crowd(80, 3, 5.0, 128, seed=1)
    names = sorted(sharp)
    trials = [draw(dict.fromkeys(names, 3), Scheme(1, 1), 40, np.random.default_rng(n)) for n in range(2)]
    fusion = _crowd(80, 3, 1.0, 256)
    to_dlib = choose("fusion", {"sface-mirrored": vague, "dlib": sharp, "fusion": fusion}, names, trials)
    to_sface = choose("fusion", {"sface-mirrored": sharp, "dlib": vague, "fusion": fusion}, names, trials)
    assert to_dlib.share is not None
    assert to_sface.share is not None
    assert to_dlib.share > to_sface.share
    assert to_dlib.people["person 000"].shape == (3, 256)


def test_the_table_s_lines_have_a_column_for_each_encoder() -> None:
    lines = list(folds.rows_of(_encoded(60, 7, 0.2), 2, seed=3, most=30, trials=1))
    assert all(len(line) in (1, 1 + len(ENCODERS)) for line in lines)
    figures = {line[0]: line[1:] for line in lines if len(line) > 1}
    assert figures["TPIR, 1 % wished"][0] == "100.00 ± 0.00 %"
    assert figures["dlib's share chosen"][:3] == ["-"] * 3
    assert list(folds.rows_of(_encoded(60, 7, 0.2), 2, seed=3, most=30, trials=1)) == lines
