"""People drawn to be residents and strangers, and put before the very rules that judge video."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bench.lfw import People
from ostiary.domain import Detection, Probe, Quality
from ostiary.encoders import EncoderInfo
from ostiary.gallery.gallery import Gallery
from ostiary.proof.attempts import in_turns, passes
from ostiary.proof.metrics import OpenSet
from ostiary.settings import DecisionSettings
from ostiary.stream.decide import Rules

RESIDENTS = 0.7  # of those who have pictures enough; the others are strangers

# All of these pictures are looked at, good or bad: quality is measured elsewhere.
_LOOKED_AT = Probe(Detection((0, 0, 1, 1), 1.0), Quality(True, None, 1.0, 40.0, 0.4, 128.0, 0.0), None)


@dataclass(frozen=True, slots=True)
class Scheme:
    """Pictures enrolled of each person, and frames that must agree."""

    photos: int
    frames: int


SCHEMES = (Scheme(1, 1), Scheme(1, 3), Scheme(3, 3))


@dataclass(frozen=True, slots=True)
class Trial:
    """Who is enrolled, with which pictures, and the frames of who comes: indices into each person's encodings."""

    enrolled: dict[str, np.ndarray]
    residents: dict[str, np.ndarray]
    strangers: dict[str, np.ndarray]


def draw(counts: dict[str, int], scheme: Scheme, most: int, rng: np.random.Generator) -> Trial:
    """`counts` are the pictures of each person; at most `most` are enrolled, and always fewer than there are."""
    enough = [name for name, count in counts.items() if count >= scheme.photos + scheme.frames]
    order = {name: rng.permutation(count) for name, count in counts.items()}
    residents = list(rng.permutation(enough))[: min(most, round(RESIDENTS * len(enough)))]
    rest = sorted(set(counts) - set(residents), key=lambda name: (counts[name] >= scheme.frames and scheme.frames > 1, rng.random()))
    fill = rest[: max(0, min(most - len(residents), len(rest) // 2))]
    return Trial(
        {name: order[name][: scheme.photos] for name in [*residents, *fill]},
        {name: order[name][scheme.photos : scheme.photos + scheme.frames] for name in residents},
        {name: order[name][: scheme.frames] for name in rest[len(fill) :] if counts[name] >= scheme.frames},
    )


def open_set(people: People, info: EncoderInfo, scheme: Scheme, trials: Sequence[Trial]) -> OpenSet:
    rules = Rules(scheme.frames, DecisionSettings().confirm_window_s)
    right, wrong, strangers = [], [], []
    for trial in trials:
        names = [name for name, rows in trial.enrolled.items() for _ in rows]
        gallery = Gallery.of(info.id, names, np.concatenate([people[name][rows] for name, rows in trial.enrolled.items()]))
        for name, found in _passes(people, trial.residents, gallery, rules, info.margin):
            right.append(found.pop(name, np.inf))
            wrong.append(min(found.values(), default=np.inf))
        strangers += [min(found.values(), default=np.inf) for _, found in _passes(people, trial.strangers, gallery, rules, info.margin)]
    return OpenSet(right, wrong, strangers)


def _passes(
    people: People, coming: dict[str, np.ndarray], gallery: Gallery, rules: Rules, margin: float
) -> Iterator[tuple[str, dict[str, float]]]:
    matches = iter(gallery.match_all(np.concatenate([people[name][rows] for name, rows in coming.items()])))
    for name, rows in coming.items():
        looks = [(_LOOKED_AT, next(matches)) for _ in rows]
        (attempt,) = in_turns(looks, rules.confirm_frames, rules.window_s)
        yield name, passes(attempt, rules, margin)
