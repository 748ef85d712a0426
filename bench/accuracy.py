"""How well each encoder tells people apart, in one table: `python -m bench.accuracy FOLDER [--seed N] [--folds 5]`, FOLDER in LFW's layout.

Verification: the mean over ten folds of the people, each with the threshold that is best for the others, on all pairs of
one person in a fold and as many pairs of two; TAR at a FAR over all these genuine pairs, and all pairs of two people's
first pictures.

Open set: in each trial, people are drawn whose pictures suffice, others fill the gallery up, and all the rest are
strangers. Who passes is asked of the very rules that judge video, with their margin: with one frame, and with a
quorum of three. The threshold is the largest that lets in so many of the strangers of all trials together; `default` is
the one that Ostiary itself sets for a gallery of this size. That one was chosen on all of these people; what it is worth for others,
`--folds` tells (see `folds.py`).
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from bench import folds
from bench.lfw import People, encode
from bench.thresholds import pair_distances
from bench.trials import SCHEMES, draw, open_set
from ostiary.encoders import ENCODERS, EncoderInfo
from ostiary.proof.metrics import Point, Roc, cross_validated
from ostiary.settings import DecisionSettings

VERIFICATION_FOLDS = 10
FARS = (1e-2, 1e-3, 1e-4)
FPIRS = (1e-2, 3e-3, 1e-3)


def verification(people: People, info: EncoderInfo, rng: np.random.Generator) -> tuple[float, float, Roc]:
    """(accuracy, its standard error, ROC)."""
    names = rng.permutation(list(people))
    distances: list[float] = []
    same: list[bool] = []
    groups: list[int] = []
    for fold, group in enumerate(np.array_split(names, VERIFICATION_FOLDS)):
        owners = np.repeat(np.arange(len(group)), [len(people[name]) for name in group])
        away = pair_distances(np.concatenate([people[name] for name in group]), info)
        first, second = np.triu_indices(len(owners), 1)
        alike = owners[first] == owners[second]
        genuine = away[first[alike], second[alike]]
        other = rng.choice(np.flatnonzero(~alike), len(genuine), replace=len(genuine) > (~alike).sum())
        distances += [*genuine, *away[first[other], second[other]]]
        same += [True] * len(genuine) + [False] * len(genuine)
        groups += [fold] * 2 * len(genuine)
    accuracies = cross_validated(distances, same, groups)
    rows = np.array([pictures[0] for pictures in people.values()])
    impostor = pair_distances(rows, info)[np.triu_indices(len(rows), 1)]
    roc = Roc(np.array(distances)[np.array(same)], impostor)
    return float(np.mean(accuracies)), float(np.std(accuracies) / len(accuracies) ** 0.5), roc


def rows_of(encoded: dict[str, People], seed: int, most: int, trials: int) -> Iterator[list[str]]:
    """The table: first its head, then a line for each figure. All encoders meet the same pairs and trials."""
    yield [f"seed {seed}", *encoded]
    found = {name: verification(people, ENCODERS[name], np.random.default_rng(seed)) for name, people in encoded.items()}
    yield ["verification accuracy", *(f"{100 * mean:.2f} ± {100 * error:.2f} %" for mean, error, _ in found.values())]
    for far in FARS:
        yield [f"TAR at FAR {100 * far:g} %", *(_right(roc.at_far(far)) for _, _, roc in found.values())]
    counts = {name: len(rows) for name, rows in next(iter(encoded.values())).items()}
    for scheme in SCHEMES:
        rng = np.random.default_rng(seed)
        drawn = [draw(counts, scheme, most, rng) for _ in range(trials)]
        if not drawn[0].residents or not drawn[0].strangers:
            continue
        size = len(drawn[0].enrolled)
        yield [
            f"-- {scheme.photos} photo(s), {scheme.frames} frame(s), {size} enrolled, {len(drawn[0].residents)} come, {len(drawn[0].strangers)} strangers"
        ]
        sets = {name: open_set(people, ENCODERS[name], scheme, drawn) for name, people in tqdm(encoded.items(), leave=False)}
        for fpir in FPIRS:
            yield [f"TPIR at FPIR {100 * fpir:g} %", *(_right(each.at_fpir(fpir)) for each in sets.values())]
        limits = {name: ENCODERS[name].threshold(size, DecisionSettings().fpir_target) for name in sets}
        yield ["default: TPIR", *(f"{100 * (1 - each.fnir(limits[name]).value):.2f} %" for name, each in sets.items())]
        yield ["default: FPIR", *(f"{100 * each.fpir(limits[name]).value:.2f} %" for name, each in sets.items())]
        yield ["default: taken for another", *(f"{100 * each.mistaken(limits[name]).value:.2f} %" for name, each in sets.items())]


def _right(point: Point | None) -> str:
    return "too few" if point is None else f"{100 * point.right.value:.2f} %"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.accuracy")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int, default=1000, help="enrolled at most")
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--folds", type=int, default=0, help="folds of the people for choosing anew what the encoders come with")
    given = parser.parse_args(arguments)
    encoded = encode(given.folder)
    lines = rows_of(encoded, given.seed, given.people, given.trials)
    if given.folds:
        lines = itertools.chain(lines, folds.rows_of(encoded, given.folds, given.seed, given.people, given.trials))
    for first, *cells in lines:
        print(f"{first:28}" + "".join(f"{cell:>18}" for cell in cells), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
