"""What an owner should know of their own gallery: who is near whom, which photos are odd, which threshold suits. Pure.

`same` below is the distance within which, by the built-in curve, hardly ever two people are: one pair in a million. What
is so near is taken for one person.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ostiary.domain import Match, Quality
from ostiary.encoders import EncoderInfo, info_of
from ostiary.gallery.gallery import Gallery
from ostiary.judge import Rule
from ostiary.suggest import Suggestion, suggest

POOR = 0.35
"""Photos of a lower quality score are worth replacing."""
SIZES = (1, 10, 100, 1000, 10000)
_TOP = 4
_AT_ONCE = 32  # people whose photos are compared together


class Stranger(Protocol):
    """Somebody who is not enrolled: a name to call them by, and encodings, (n, d)."""

    @property
    def label(self) -> str: ...
    @property
    def encodings(self) -> np.ndarray: ...


@dataclass(frozen=True, slots=True)
class Near:
    """Two people, or a stranger and a person, and the distance at which they come nearest."""

    one: str
    other: str
    distance: float


@dataclass(frozen=True, slots=True)
class Photo:
    """The `number`-th example of a person (1 is the oldest), and what is wrong with it in words."""

    person: str
    number: int
    face_id: str
    problem: str


@dataclass(frozen=True, slots=True)
class Calibration:
    """`duplicates` may be one person twice, `look_alikes` may come up as each other. `residents_seen` are strangers who
    are so near to somebody enrolled that they probably are that person; they do not count. `kept` of `tried` photos,
    each left out in turn, would be let in with what is suggested. `own`, `other` and `outside` are distances: of those
    photos to the nearest of their person, of all photos to the nearest of somebody else, of strangers to anybody."""

    encoder_id: str
    people: int
    examples: int
    rule: Rule
    closest: Near | None
    duplicates: tuple[Near, ...]
    look_alikes: tuple[Near, ...]
    odd: tuple[Photo, ...]
    better: tuple[Photo, ...]
    strangers: int
    closest_stranger: Near | None
    residents_seen: tuple[Near, ...]
    suggestion: Suggestion
    margin: float
    by_size: tuple[tuple[int, float], ...]
    kept: int
    tried: int
    own: tuple[float, ...]
    other: tuple[float, ...]
    outside: tuple[float, ...]


def calibrate(
    gallery: Gallery, rule: Rule, fpir_target: float, strangers: Iterable[Stranger] = (), qualities: Mapping[str, Quality] | None = None
) -> Calibration:
    """`gallery` has people in it; `qualities` are those of the kept photos, by face id."""
    _, info = info_of(str(gallery.encoder_id))
    same = info.threshold(1000, 0.001)
    photos = list(_placed(gallery, gallery.names))
    pairs = _pairs(photos)
    met = [near for stranger in strangers if (near := _nearest_of(stranger, gallery))]
    residents_seen = [near for near in met if near.distance <= same]
    outside = sorted((near for near in met if near.distance > same), key=lambda near: near.distance)
    suggestion = suggest([near.distance for near in outside], len(gallery), info, fpir_target)
    odd = tuple(_odd(photos, info, rule))
    margin = _margin(photos, {photo.face_id for photo in odd}, info, suggestion.th_accept)
    tried = [p for p in photos if p.own is not None]
    return Calibration(
        encoder_id=info.id,
        people=len(gallery),
        examples=len(photos),
        rule=rule,
        closest=pairs[0] if pairs else None,
        duplicates=tuple(pair for pair in pairs if pair.distance <= same),
        look_alikes=tuple(pair for pair in pairs if same < pair.distance <= rule.threshold + rule.margin),
        odd=odd,
        better=tuple(_better(photos, qualities or {})),
        strangers=len(outside),
        closest_stranger=outside[0] if outside else None,
        residents_seen=tuple(residents_seen),
        suggestion=suggestion,
        margin=margin,
        by_size=tuple((size, info.threshold(size, fpir_target) - suggestion.shift) for size in SIZES),
        kept=sum(p.passes(suggestion.th_accept, margin) for p in tried),
        tried=len(tried),
        own=tuple(p.own for p in tried if p.own is not None),
        other=tuple(p.other for p in photos if p.others),
        outside=tuple(near.distance for near in outside),
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What an owner should know of one person: who may be the same one, who may come up as them, which photos do not fit."""

    duplicates: tuple[Near, ...]
    look_alikes: tuple[Near, ...]
    odd: tuple[Photo, ...]


def standings(gallery: Gallery, names: Sequence[str], rule: Rule) -> dict[str, Standing]:
    """The same about some people only, for the price of a match for each of their photos. Raises UnknownName."""
    if not names:
        return {}
    _, info = info_of(str(gallery.encoder_id))
    photos: dict[str, list[_Placed]] = {name: [] for name in names}
    for photo in _placed(gallery, names):
        photos[photo.person].append(photo)
    return {name: _standing(theirs, info, rule) for name, theirs in photos.items()}


def _standing(photos: Sequence[_Placed], info: EncoderInfo, rule: Rule) -> Standing:
    same, pairs = info.threshold(1000, 0.001), _pairs(photos)
    return Standing(
        duplicates=tuple(pair for pair in pairs if pair.distance <= same),
        look_alikes=tuple(pair for pair in pairs if same < pair.distance <= rule.threshold + rule.margin),
        odd=tuple(_odd(photos, info, rule)),
    )


@dataclass(frozen=True, slots=True)
class _Placed:
    """An example among the others: distance to the nearest of the same person (None: it is the only one), and to others."""

    person: str
    number: int
    of: int
    face_id: str
    own: float | None
    others: tuple[tuple[float, str], ...]

    @property
    def other(self) -> float:
        return self.others[0][0] if self.others else math.inf

    def passes(self, threshold: float, margin: float) -> bool:
        return self.own is not None and self.own <= threshold and self.other - self.own >= margin


def _placed(gallery: Gallery, names: Sequence[str]) -> Iterator[_Placed]:
    for start in range(0, len(names), _AT_ONCE):
        shown = [(name, i, example) for name in names[start : start + _AT_ONCE] for i, example in enumerate(gallery.examples(name))]
        matches = gallery.match_all(np.stack([example.encoding for _, _, example in shown]), _TOP)
        for (name, i, example), match in zip(shown, matches, strict=True):
            own = gallery.only(name, but=i).match(example.encoding).nearest
            of = len(gallery.examples(name))
            yield _Placed(name, i + 1, of, example.face_id, own.distance if own else None, tuple(_others(match, name)))


def _others(match: Match, name: str) -> Iterator[tuple[float, str]]:
    for candidate in match.candidates:
        if candidate.person != name and not candidate.negative:
            yield candidate.distance, candidate.person


def _pairs(photos: Sequence[_Placed]) -> list[Near]:
    """Every two people who are near each other by some photo, the nearest first."""
    nearest: dict[tuple[str, str], float] = {}
    for photo in photos:
        for distance, other in photo.others:
            one, two = sorted((photo.person, other))
            nearest[one, two] = min(distance, nearest.get((one, two), math.inf))
    return [Near(one, two, distance) for (one, two), distance in sorted(nearest.items(), key=lambda item: item[1])]


def _nearest_of(stranger: Stranger, gallery: Gallery) -> Near | None:
    found = (c for match in gallery.match_all(stranger.encodings, _TOP) for c in match.candidates if not c.negative)
    nearest = min(found, key=lambda candidate: candidate.distance, default=None)
    return Near(stranger.label, nearest.person, nearest.distance) if nearest else None


def _odd(photos: Sequence[_Placed], info: EncoderInfo, rule: Rule) -> Iterator[Photo]:
    """Photos that do not fit the other photos of their person: another face, a wrong name, or a useless picture."""
    unlike = info.threshold(1, 0.001)
    for photo in photos:
        if photo.own is None or (photo.own <= unlike and (photo.own <= rule.threshold or photo.other >= photo.own)):
            continue
        if photo.other < photo.own and photo.other <= rule.threshold:
            yield Photo(photo.person, photo.number, photo.face_id, f"looks more like {photo.others[0][1]} ({photo.other:.3f})")
        elif photo.of == 2:
            if photo.number == 2:
                yield Photo(
                    photo.person, 2, photo.face_id, f"differs from the first one ({photo.own:.3f}): one of them may show somebody else"
                )
        else:
            yield Photo(photo.person, photo.number, photo.face_id, f"is unlike the other photos of {photo.person} ({photo.own:.3f})")


def _better(photos: Sequence[_Placed], qualities: Mapping[str, Quality]) -> Iterator[Photo]:
    """Of people of whom no photo is good: the best of those there are."""
    best: dict[str, tuple[float, _Placed, Quality]] = {}
    for photo in photos:
        if quality := qualities.get(photo.face_id):
            score = quality.score if quality.usable else 0.0
            if photo.person not in best or score > best[photo.person][0]:
                best[photo.person] = score, photo, quality
    for score, photo, quality in sorted(best.values(), key=lambda item: item[0]):
        if score < POOR:
            yield Photo(photo.person, photo.number, photo.face_id, quality.problem or f"quality is only {quality.score:.2f}")


def _margin(photos: Sequence[_Placed], odd: set[str], info: EncoderInfo, threshold: float) -> float:
    """The encoder's own, or as much more, up to twice that, as keeps every photo that fits from passing as somebody else."""
    wrong = [p.own - p.other for p in photos if p.own is not None and p.face_id not in odd and p.other <= threshold and p.other < p.own]
    return min(2 * info.margin, max([info.margin, *(math.ceil((excess + 0.005) * 100) / 100 for excess in wrong)]))
