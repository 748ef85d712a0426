"""Curves, margins and the fusion's share chosen on all folds of the people but one, and the door that they make put to that one.

Residents and strangers are of the fold left out; the gallery is filled up with others, as a door's is. So no figure here knows
whom it is about: what ostiary/encoders.py says was chosen once and on everybody, and would do as well there as chance allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from bench.lfw import People
from bench.thresholds import curve_of, pair_distances
from bench.trials import RESIDENTS, SCHEMES, Scheme, Trial, draw, open_set
from ostiary.encoders import ENCODERS, EncoderInfo
from ostiary.proof.metrics import OpenSet
from ostiary.vision.fusion import joined

TARGETS = (1e-2, 1e-3)
MARGINS = np.arange(0.0, 0.11, 0.01)
SHARES = (0.4, 0.5, 0.6, 0.63, 0.7, 0.8)
MARGIN_COSTS = 1e-3
"""Of the residents' frames, at most."""

_STRICT = 1e-3  # the share of strangers that margins and shares are chosen at
_CHOICES = 3  # trials


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen for an encoder; `people` are encoded with that share."""

    info: EncoderInfo
    people: People
    share: float | None


@dataclass(frozen=True, slots=True)
class _Result:
    """One fold: (residents let in as themselves, strangers let in) in percent, for each scheme that it has people for, and target."""

    chosen: Chosen
    rates: dict[tuple[Scheme, float], tuple[float, float]]


def rows_of(encoded: dict[str, People], folds: int, seed: int, most: int, trials: int) -> Iterator[list[str]]:
    """The table's lines, mean and standard deviation over the folds."""
    names = np.array(sorted(next(iter(encoded.values()))))
    groups = np.array_split(np.random.default_rng(seed).permutation(names), folds)
    results = {encoder: [] for encoder in encoded}  # type: dict[str, list[_Result]]
    for fold, group in enumerate(tqdm(groups, leave=False, unit="fold")):
        for encoder in encoded:
            results[encoder].append(_fold(encoder, encoded, set(group), np.random.default_rng((seed, fold)), most, trials))
    yield [f"-- {folds} folds of the people: chosen on the others, put to each in turn; mean ± standard deviation of the folds"]
    yield ["margin chosen", *(_spread([r.chosen.info.margin for r in each], 2) for each in results.values())]
    yield ["dlib's share chosen", *(_spread([r.chosen.share for r in each if r.chosen.share is not None], 2) for each in results.values())]
    for scheme in SCHEMES:
        if not all(len([key for key in r.rates if key[0] == scheme]) for each in results.values() for r in each):
            continue
        yield [f"-- {scheme.photos} photo(s), {scheme.frames} frame(s), at most {most} enrolled"]
        for target in TARGETS:
            for i, what in enumerate(("TPIR", "FPIR")):
                told = (_spread([r.rates[scheme, target][i] for r in each], 2) + " %" for each in results.values())
                yield [f"{what}, {100 * target:g} % wished", *told]


def _fold(encoder: str, encoded: dict[str, People], left_out: set[str], rng: np.random.Generator, most: int, trials: int) -> _Result:
    """Every encoder meets the same trials: `rng` is drawn from alike."""
    counts = {name: len(rows) for name, rows in encoded[encoder].items()}
    others = {name: count for name, count in counts.items() if name not in left_out}
    choices = [draw(others, Scheme(1, 1), most, rng) for _ in range(_CHOICES)]
    chosen = choose(encoder, encoded, sorted(others), choices)
    rates = {}
    for scheme in SCHEMES:
        drawn = [held_out({name: counts[name] for name in sorted(left_out)}, others, scheme, most, rng) for _ in range(trials)]
        if not drawn[0].residents or not drawn[0].strangers:
            continue
        found = open_set(chosen.people, chosen.info, scheme, drawn)
        size = len(drawn[0].enrolled)
        rates.update({(scheme, target): _rates(found, chosen.info.threshold(size, target)) for target in TARGETS})
    return _Result(chosen, rates)


def held_out(counts: dict[str, int], others: dict[str, int], scheme: Scheme, most: int, rng: np.random.Generator) -> Trial:
    """Residents and strangers from `counts`, the rest of the gallery from `others`."""
    residents = round(RESIDENTS * sum(count >= scheme.photos + scheme.frames for count in counts.values()))
    trial = draw(counts, scheme, min(most, residents), rng)
    fill = rng.permutation([name for name, count in others.items() if count >= scheme.photos])[: most - len(trial.enrolled)]
    more = {name: rng.permutation(others[name])[: scheme.photos] for name in fill}
    return replace(trial, enrolled={**trial.enrolled, **more})


def choose(encoder: str, encoded: dict[str, People], names: Sequence[str], trials: Sequence[Trial]) -> Chosen:
    """From these people alone."""
    info = ENCODERS[encoder]
    versions: dict[float | None, People] = {None: encoded[encoder]}
    if encoder == "fusion":
        mirrored, dlib = encoded["sface-mirrored"], encoded["dlib"]
        versions = {share: {name: joined(mirrored[name], dlib[name], share) for name in mirrored} for share in SHARES}
    tried = {share: _Tries.of(people, info, trials) for share, people in versions.items()}
    share = max(tried, key=lambda each: tried[each].identified(tried[each].strictest(_STRICT), 0.0))
    people, tries = versions[share], tried[share]
    curve = curve_of(np.array([people[name][0] for name in names]), info)
    threshold = replace(info, curve=curve).threshold(len(trials[0].enrolled), _STRICT)
    free = tries.identified(threshold, 0.0)
    margin = max(float(m) for m in MARGINS if free - tries.identified(threshold, m) <= MARGIN_COSTS)
    return Chosen(replace(info, curve=curve, margin=round(margin, 2)), people, share)


@dataclass(frozen=True, slots=True)
class _Tries:
    """Single frames: each resident's nearest (infinite where that is another person) and how much farther the next is; strangers'."""

    nearest: np.ndarray
    gap: np.ndarray
    strangers: np.ndarray

    @classmethod
    def of(cls, people: People, info: EncoderInfo, trials: Sequence[Trial]) -> _Tries:
        nearest, gap, strangers = [], [], []
        for trial in trials:
            first = np.array([people[name][rows[0]] for name, rows in trial.enrolled.items()])
            place = {name: i for i, name in enumerate(trial.enrolled)}
            come, who = _first_frames(people, trial.residents)
            away = np.sort(pair_distances(np.vstack([first, come]), info)[len(first) :, : len(first)], axis=1)
            own = pair_distances(np.vstack([first, come]), info)[len(first) + np.arange(len(who)), [place[name] for name in who]]
            nearest.append(np.where(own <= away[:, 0], away[:, 0], np.inf))
            gap.append(away[:, 1] - away[:, 0])
            out, _ = _first_frames(people, trial.strangers)
            strangers.append(pair_distances(np.vstack([first, out]), info)[len(first) :, : len(first)].min(axis=1))
        return cls(np.concatenate(nearest), np.concatenate(gap), np.concatenate(strangers))

    def strictest(self, rate: float) -> float:
        """The threshold that lets in no more strangers."""
        return float(np.sort(self.strangers)[int(rate * len(self.strangers))])

    def identified(self, threshold: float, margin: float) -> float:
        return float(((self.nearest < threshold) & (self.gap >= margin)).mean())


def _first_frames(people: People, coming: dict[str, np.ndarray]) -> tuple[np.ndarray, list[str]]:
    return np.array([people[name][rows[0]] for name, rows in coming.items()]), list(coming)


def _rates(found: OpenSet, threshold: float) -> tuple[float, float]:
    return 100 * (1 - found.fnir(threshold).value), 100 * found.fpir(threshold).value


def _spread(values: Sequence[float], digits: int) -> str:
    return f"{np.mean(values):.{digits}f} ± {np.std(values):.{digits}f}" if values else "-"
