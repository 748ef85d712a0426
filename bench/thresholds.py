"""Prints each encoder's curve for ostiary/encoders.py: `python -m bench.thresholds FOLDER`, FOLDER in LFW's layout."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from bench.lfw import encode
from ostiary.encoders import ENCODERS, EncoderInfo

SHARES = (3e-6, 1e-5, 1e-4, 1e-3, 1e-2)


def main(folder: Path) -> int:
    for name, people in encode(folder).items():
        rows = np.array([pictures[0] for pictures in people.values()])
        print(f"{name}: {len(rows)} people, {len(rows) * (len(rows) - 1) // 2} pairs, curve {curve_of(rows, ENCODERS[name])}")
        if ENCODERS[name].metric == "euclidean":
            print(f"{name}: median length {np.median(np.linalg.norm(rows, axis=1)):.3f}")
    return 0


def curve_of(rows: np.ndarray, info: EncoderInfo) -> tuple[tuple[float, float], ...]:
    """As `EncoderInfo.curve` has it, of one picture of each person."""
    distances = np.sort(pair_distances(rows, info)[np.triu_indices(len(rows), 1)])
    return tuple((share, round(float(distances[int(share * len(distances))]), 3)) for share in SHARES)


def pair_distances(rows: np.ndarray, info: EncoderInfo) -> np.ndarray:
    """(n, n) distances between all of `rows`, as they are judged."""
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    away = np.maximum(0, 1 - rows @ rows.T)
    return away if info.metric == "cosine" else info.length * np.sqrt(2 * away)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
