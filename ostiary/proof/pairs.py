"""Verification: distances between single pictures of one person and of two, measured by the gallery itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ostiary.gallery.gallery import Gallery
from ostiary.proof.folder import Pair
from ostiary.proof.metrics import Roc, cross_validated

MOST_PAIRS = 1_000_000
"""Impostor pairs that are compared: a hundred of them are within a FAR of 1e-4."""
_SEED = 7


@dataclass(frozen=True, slots=True)
class Accuracy:
    """LFW's protocol: the mean over the folds of a `pairs.txt`, each with the threshold of the others, and its standard error."""

    mean: float
    error: float
    pairs: int
    skipped: int
    """Pairs of which a picture could not be judged."""


def verification(encoder_id: str, people: Mapping[str, Sequence[np.ndarray]]) -> Roc:
    """Every picture with every other of the same person, and with those of others: all, or as many as are enough."""
    genuine = [distance for encodings in people.values() for distance in _within(encoder_id, encodings)]
    names = [name for name, encodings in people.items() for _ in encodings]
    rows = [encoding for encodings in people.values() for encoding in encodings]
    return Roc(genuine, list(_between(encoder_id, names, rows)))


def lfw_accuracy(encoder_id: str, pairs: Sequence[Pair], encodings: Mapping[Path, np.ndarray]) -> Accuracy | None:
    known = [pair for pair in pairs if pair.first in encodings and pair.second in encodings]
    if len({pair.fold for pair in known}) < 2:
        return None
    distances = [_distances(encoder_id, [encodings[pair.first]], encodings[pair.second])[0] for pair in known]
    folds = cross_validated(distances, [pair.same for pair in known], [pair.fold for pair in known])
    return Accuracy(float(np.mean(folds)), float(np.std(folds) / len(folds) ** 0.5), len(known), len(pairs) - len(known))


def _within(encoder_id: str, encodings: Sequence[np.ndarray]) -> Iterator[float]:
    for i in range(1, len(encodings)):
        yield from _distances(encoder_id, encodings[:i], encodings[i]).values()


def _between(encoder_id: str, names: Sequence[str], rows: Sequence[np.ndarray]) -> Iterator[float]:
    """Each picture with a sample of the pictures before it, evenly drawn, of other people."""
    rng = np.random.default_rng(_SEED)
    share = min(1.0, MOST_PAIRS / max(len(rows) * (len(rows) - 1) / 2, 1))
    for i in range(1, len(rows)):
        others = [j for j in np.flatnonzero(rng.random(i) < share).tolist() if names[j] != names[i]]
        if others:
            yield from _distances(encoder_id, [rows[j] for j in others], rows[i]).values()


def _distances(encoder_id: str, rows: Sequence[np.ndarray], probe: np.ndarray) -> dict[int, float]:
    """The distance from `probe` to each of `rows`, by index, nearest first."""
    gallery = Gallery.of(encoder_id, [str(i) for i in range(len(rows))], np.array(rows))
    return {int(candidate.person): candidate.distance for candidate in gallery.match(probe, len(rows)).candidates}
