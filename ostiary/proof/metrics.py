"""Error rates from distances alone: pure functions over numbers, smaller is closer, infinite is never."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_SURE = 1.96  # standard deviations of a 95 % interval


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of`, with the 95 % interval that so few trials allow (Wilson's)."""

    count: int
    of: int

    @property
    def value(self) -> float:
        return self.count / self.of if self.of else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        if not self.of:
            return 0.0, 1.0
        n, p, z2 = self.of, self.value, _SURE**2
        middle, half = p + z2 / (2 * n), _SURE * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
        # At the ends the bound is exactly 0 or 1, whatever rounding says.
        low = 0.0 if self.count == 0 else (middle - half) / (1 + z2 / n)
        return low, 1.0 if self.count == n else (middle + half) / (1 + z2 / n)


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold does: the `wanted` rate of false accepts, what it comes to, and the share of right accepts."""

    wanted: float
    threshold: float
    false: Share
    right: Share


class Roc:
    """Verification: distances between pictures of one person (`genuine`) and of two (`impostor`)."""

    def __init__(self, genuine: Sequence[float] | np.ndarray, impostor: Sequence[float] | np.ndarray):
        self.genuine = np.sort(np.asarray(genuine, float))
        self.impostor = np.sort(np.asarray(impostor, float))

    def at_far(self, far: float) -> Point | None:
        """The largest threshold that accepts at most `far` of the impostors; None where there are too few to tell."""
        threshold = _loosest(self.impostor, far)
        if threshold is None or not len(self.genuine):
            return None
        return Point(far, threshold, within(self.impostor, threshold), within(self.genuine, threshold))

    def curve(self) -> tuple[np.ndarray, np.ndarray]:
        """(FAR, TAR), ascending."""
        thresholds = _sample(self.genuine, self.impostor)
        return _at(self.impostor, thresholds), _at(self.genuine, thresholds)

    def equal_error(self) -> float:
        """The rate at which as many impostors are accepted as genuine pairs are refused."""
        if not len(self.genuine) or not len(self.impostor):
            return math.nan
        thresholds = np.union1d(self.genuine, self.impostor)
        far, frr = _at(self.impostor, thresholds), 1 - _at(self.genuine, thresholds)
        nearest = int(np.argmin(abs(far - frr)))
        return float((far[nearest] + frr[nearest]) / 2)


class OpenSet:
    """Identification with strangers about: the lowest threshold at which each attempt would pass, infinite for never.

    `right` are attempts of residents to pass as themselves, `wrong` the same attempts passing as somebody else,
    `strangers` attempts of people who are not enrolled to pass as anybody.
    """

    def __init__(self, right: Sequence[float], wrong: Sequence[float], strangers: Sequence[float]):
        self.right, self.wrong, self.strangers = (np.sort(np.asarray(values, float)) for values in (right, wrong, strangers))

    def fnir(self, threshold: float) -> Share:
        """Residents who are not let in as themselves."""
        return Share(len(self.right) - within(self.right, threshold).count, len(self.right))

    def mistaken(self, threshold: float) -> Share:
        """Residents who are let in as somebody else."""
        return within(self.wrong, threshold)

    def fpir(self, threshold: float) -> Share:
        """Strangers who are let in."""
        return within(self.strangers, threshold)

    def at_fpir(self, fpir: float) -> Point | None:
        """The largest threshold that lets in at most `fpir` of the strangers; None where there are too few to tell."""
        threshold = _loosest(self.strangers, fpir)
        if threshold is None or not len(self.right):
            return None
        return Point(fpir, threshold, self.fpir(threshold), within(self.right, threshold))

    def curve(self) -> tuple[np.ndarray, np.ndarray]:
        """(FPIR, FNIR): the first ascending, the second descending."""
        thresholds = _sample(self.right, self.strangers)
        return _at(self.strangers, thresholds), 1 - _at(self.right, thresholds)


def within(values: np.ndarray, threshold: float) -> Share:
    """How many of ascending `values` are at most `threshold`."""
    return Share(int(np.searchsorted(values, threshold, "right")), len(values))


def cross_validated(distances: Sequence[float], same: Sequence[bool], folds: Sequence[int]) -> list[float]:
    """The accuracy in each fold with the threshold that is best for the other folds (LFW's protocol)."""
    d, s, f = np.asarray(distances, float), np.asarray(same, bool), np.asarray(folds)
    accuracies = []
    for fold in np.unique(f):
        threshold = _best_threshold(d[f != fold], s[f != fold])
        accuracies.append(float(((d[f == fold] <= threshold) == s[f == fold]).mean()))
    return accuracies


def _best_threshold(distances: np.ndarray, same: np.ndarray) -> float:
    """Halfway between the two neighbouring distances where the fewest pairs are told wrongly."""
    order = np.argsort(distances)
    ranked, truth = distances[order], same[order]
    right = np.cumsum(truth) + (~truth).sum() - np.cumsum(~truth)
    best = int(np.argmax(right))
    return float(ranked[best] + ranked[min(best + 1, len(ranked) - 1)]) / 2


def _loosest(bad: np.ndarray, rate: float) -> float | None:
    """The largest threshold within which at most `rate` of ascending `bad` are; None where that is less than one of them."""
    allowed = math.floor(rate * len(bad) + 1e-9)
    if allowed < 1:
        return None
    return float(np.nextafter(bad[allowed], -math.inf)) if allowed < len(bad) else math.inf


def _at(values: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    return np.searchsorted(values, thresholds, "right") / max(len(values), 1)


def _sample(good: np.ndarray, bad: np.ndarray, most: int = 500) -> np.ndarray:
    """Thresholds, ascending, enough to draw both: the low end of `bad`, where few of them decide, is kept whole."""
    chosen = [bad[:most], *(values[np.linspace(0, len(values) - 1, most).astype(int)] for values in (good, bad) if len(values))]
    thresholds = np.unique(np.concatenate(chosen))
    return thresholds[np.isfinite(thresholds)]
