"""The bench of accuracy on made-up people whose figures are known, and on real pictures."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from bench.accuracy import rows_of, verification
from bench.lfw import People, encode
from bench.trials import Scheme, Trial, draw, open_set
from ostiary.encoders import ENCODERS

SFACE, DLIB = ENCODERS["sface"], ENCODERS["dlib"]


def _crowd(people: int, pictures: int, noise: float, dim: int = 128) -> People:
    rng = np.random.default_rng(people)
    return {f"person {n}": (rng.normal(size=dim) + noise * rng.normal(size=(pictures, dim))).astype(np.float32) for n in range(people)}


def test_people_who_look_like_themselves_are_told_apart_without_error() -> None:
    people = _crowd(60, 4, noise=0.2)
    rng = np.random.default_rng(0)
    trial = draw({name: len(rows) for name, rows in people.items()}, Scheme(1, 3), 40, rng)
    found = open_set(people, SFACE, Scheme(1, 3), [trial])
    assert len(found.strangers) == 20
    assert (found.fnir(0.3).value, found.fpir(0.3).value, found.mistaken(0.3).value) == (0, 0, 0)
    accuracy, error, roc = verification(people, SFACE, rng)
    assert (accuracy, error, roc.equal_error()) == (1, 0, 0)


def test_who_cannot_be_told_apart_is_let_in_by_chance() -> None:
    people = _crowd(400, 4, noise=50.0)
    rng = np.random.default_rng(0)
    trials = [draw(dict.fromkeys(people, 4), Scheme(1, 1), 200, rng) for _ in range(3)]
    found = open_set(people, SFACE, Scheme(1, 1), trials)
    point = found.at_fpir(0.1)
    assert point is not None
    assert point.right.value < 0.02
    assert 0.45 < verification(people, SFACE, rng)[0] < 0.55


@pytest.mark.parametrize("info", [SFACE, DLIB], ids=["sface", "dlib"])
def test_the_figures_are_the_distances_of_the_gallery(info: object) -> None:
    angles = {"katya": (0.0, 0.3), "ema": (1.2, 1.9), "zero": (0.5,)}
    people = {name: np.array([[np.cos(a), np.sin(a), *[0.0] * 126] for a in rows], np.float32) for name, rows in angles.items()}
    first, second = np.array([0]), np.array([1])
    trial = Trial({"katya": first, "ema": first}, {"katya": second, "ema": second}, {"zero": first})
    found = open_set(people, info, Scheme(1, 1), [trial])  # type: ignore[arg-type]
    wanted = {"cosine": lambda turn: 1 - np.cos(turn), "euclidean": lambda turn: 2 * DLIB.length * np.sin(turn / 2)}[info.metric]  # type: ignore[attr-defined]
    np.testing.assert_allclose(found.right, [wanted(0.3), wanted(0.7)], rtol=1e-4)
    np.testing.assert_allclose(found.strangers, [wanted(0.5)], rtol=1e-4)
    assert np.isinf(found.wrong).all()


@pytest.mark.parametrize("scheme", [Scheme(1, 1), Scheme(1, 3), Scheme(3, 3)])
def test_a_trial_never_shows_an_enrolled_picture_nor_enrols_a_stranger(scheme: Scheme) -> None:
    counts = {f"person {n}": n % 7 + 1 for n in range(200)}
    trial = draw(counts, scheme, 100, np.random.default_rng(3))
    assert len(trial.enrolled) == 100
    assert not set(trial.enrolled) & set(trial.strangers)
    for name, frames in trial.residents.items():
        assert len(set(frames) | set(trial.enrolled[name])) == scheme.photos + scheme.frames
    assert all(len(frames) == scheme.frames for frames in trial.strangers.values())
    assert set(trial.residents) <= set(trial.enrolled)


def test_real_pictures_by_every_encoder(portraits: dict[str, Path], tmp_path: Path) -> None:
    """The packaged portraits in LFW's layout; encoded once, then read back."""
    for person, files in {"Obama": ("obama.jpg", "obama2.jpg"), "Biden": ("biden.jpg",)}.items():
        (tmp_path / "lfw" / person).mkdir(parents=True)
        for number, file in enumerate(files, 1):
            shutil.copy2(portraits[file], tmp_path / "lfw" / person / f"{person}_{number:04}.jpg")
    encoded = encode(tmp_path / "lfw", tmp_path / "cache", workers=1)
    assert set(encoded) == set(ENCODERS)
    zero, one = np.array([0]), np.array([1])
    for name, people in encoded.items():
        info = ENCODERS[name]
        assert {person: rows.shape for person, rows in people.items()} == {"Obama": (2, info.dim), "Biden": (1, info.dim)}
        found = open_set(people, info, Scheme(1, 1), [Trial({"Obama": zero}, {"Obama": one}, {"Biden": zero})])
        limit = info.threshold(10, 0.001)
        assert (found.fnir(limit).value, found.fpir(limit).value) == (0, 0)
    (kept,) = (tmp_path / "cache").iterdir()
    written = kept.stat().st_mtime_ns
    again = encode(tmp_path / "lfw", tmp_path / "cache", workers=1)
    np.testing.assert_array_equal(again["fusion"]["Obama"], encoded["fusion"]["Obama"])
    assert kept.stat().st_mtime_ns == written


def test_the_table_has_a_column_for_each_encoder_and_the_seed_in_its_head() -> None:
    encoded = {name: _crowd(60, 6, noise=0.2, dim=info.dim) for name, info in ENCODERS.items()}
    head, *lines = rows_of(encoded, seed=5, most=30, trials=1)
    assert head == ["seed 5", *ENCODERS]
    assert all(len(line) in (1, 1 + len(ENCODERS)) for line in lines)
    assert [line for line in lines if line[0] == "verification accuracy"] == [
        ["verification accuracy", *["100.00 ± 0.00 %"] * len(ENCODERS)]
    ]
    assert sum(line[0] == "default: TPIR" for line in lines) == 3
    assert list(rows_of(encoded, seed=5, most=30, trials=1)) == [head, *lines]
