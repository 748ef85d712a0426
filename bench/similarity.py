"""Prints what ostiary/compreface/similarity.py has of each encoder: `python -m bench.similarity FOLDER`, FOLDER in LFW's layout.

CompreFace tells `(tanh((c0 - d) * c1) + 1) / 2`, d being the distance of two encodings of unit length. `c0` is the distance
that parts pairs of one person from pairs of two best, as many of each; `c1` the slope of the logistic regression through it:
then 0.9 means that nine in ten pairs that are told 0.9 are of one person, where both kinds are equally frequent.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from bench.lfw import encode

PICTURES = 10  # of a person at most, so that a few people with hundreds do not decide
_STEPS = 100


def main(folder: Path) -> int:
    for name, people in encode(folder).items():
        same, other = distances(people)
        c0 = best_parting(same, other)
        c1 = slope(same, other, c0)
        wrong = ((same > c0).mean() + (other <= c0).mean()) / 2
        print(
            f'"{name}": Scale({c0:.4f}, {c1:.3f}),  # {len(same)} pairs of one person, {len(other)} of two; {wrong:.2%} on the wrong side'
        )
        for told in (0.5, 0.6, 0.8, 0.9, 0.99):
            limit = c0 - np.arctanh(2 * told - 1) / c1
            print(f"    {told:g} or more is told of {(same <= limit).mean():.1%} of one person, of {(other <= limit).mean():.4%} of two")
    return 0


def distances(people: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Of all pairs of one person, and of all pairs of two people by one picture each."""
    same = [_within(pictures[:PICTURES]) for pictures in people.values() if len(pictures) > 1]
    return np.concatenate(same), _within(np.array([pictures[0] for pictures in people.values()]))


def _within(rows: np.ndarray) -> np.ndarray:
    rows = rows.astype(float) / np.linalg.norm(rows, axis=1, keepdims=True)
    return np.sqrt(np.maximum(0, 2 - 2 * (rows @ rows.T)[np.triu_indices(len(rows), 1)]))


def best_parting(same: np.ndarray, other: np.ndarray) -> float:
    """The distance at which fewest are on the wrong side, both kinds having the same weight."""
    tried = np.sort(same)
    missed = 1 - np.arange(1, len(tried) + 1) / len(tried)
    taken = np.searchsorted(np.sort(other), tried, side="right") / len(other)
    return float(tried[np.argmin(missed + taken)])


def slope(same: np.ndarray, other: np.ndarray, c0: float) -> float:
    """The likeliest, by Newton's method."""
    away, truth = np.concatenate((c0 - same, c0 - other)), np.concatenate((np.ones(len(same)), np.zeros(len(other))))
    weight = np.concatenate((np.full(len(same), 0.5 / len(same)), np.full(len(other), 0.5 / len(other))))
    c1 = 1.0
    for _ in range(_STEPS):
        told = 1 / (1 + np.exp(-2 * c1 * away))
        step = (weight * (truth - told) * away).sum() / (2 * (weight * told * (1 - told) * away**2).sum())
        c1 += step
        if abs(step) < 1e-9:
            break
    return float(c1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
