"""From what was seen to how often the doorkeeper errs: who is enrolled, who tries to pass, and how that ends."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

import numpy as np

from ostiary.domain import Match, Probe
from ostiary.gallery.gallery import Gallery
from ostiary.proof.attempts import Look, in_turns, passes, without
from ostiary.proof.folder import Layout, Subject, is_clip
from ostiary.proof.looks import Seen, Trail
from ostiary.proof.metrics import OpenSet
from ostiary.proof.pairs import lfw_accuracy, verification
from ostiary.proof.report import Confusable, InForce, PersonResult, Quorum, Report
from ostiary.stream.decide import Rules

FRAMES = (1, 2, 3, 5)
_TOP = 6
_MOST_CONFUSABLE = 10


@dataclass(slots=True)
class Cast:
    """One human being in the play: the pictures that are enrolled, and what is left to try with."""

    name: str
    resident: bool
    enrolled: list[Probe] = field(default_factory=list)
    stills: list[Probe] = field(default_factory=list)
    trails: list[Trail] = field(default_factory=list)
    unusable: Counter[str] = field(default_factory=Counter)


def cast(layout: Layout, seen: Mapping[Path, Seen], enrol: int, gallery: Gallery | None = None) -> list[Cast]:
    """Who plays whom. Without a gallery given, the first `enrol` usable pictures of each person are enrolled.

    Somebody of whom no picture would be left to try with is a stranger where there is no folder `unknown`, else is
    enrolled and does not try.
    """
    strangers_given = any(not subject.known for subject in layout.subjects)
    return [_part(subject, seen, enrol, gallery, strangers_given) for subject in layout.subjects]


def _part(subject: Subject, seen: Mapping[Path, Seen], enrol: int, gallery: Gallery | None, strangers_given: bool) -> Cast:
    part = Cast(subject.name, resident=subject.known)
    for file in subject.files:
        found = seen[file]
        if found.problem:
            part.unusable[found.problem] += 1
        elif is_clip(file):
            part.trails += found.trails
        elif (probe := found.trails[0].probes[0]).encoding is not None:
            part.stills.append(probe)
        else:
            part.unusable[probe.quality.problem or "not usable"] += 1
    if gallery is not None:
        part.resident = subject.known and subject.name in gallery
    elif part.resident:
        part.resident = bool(part.stills) and (strangers_given or len(part.stills) > enrol or bool(part.trails))
        if part.resident:
            part.enrolled, part.stills = part.stills[:enrol], part.stills[enrol:]
    return part


def gallery_of(people: Iterable[Cast], encoder_id: str) -> Gallery:
    rows = [(person.name, probe.encoding) for person in people for probe in person.enrolled if probe.encoding is not None]
    return Gallery.of(encoder_id, [name for name, _ in rows], np.array([row for _, row in rows])) if rows else Gallery()


def evaluate(layout: Layout, seen: Mapping[Path, Seen], people: Sequence[Cast], gallery: Gallery, force: InForce) -> Report:
    matched = [_Matched(person, gallery) for person in people]
    quorums = [quorum for frames in FRAMES if (quorum := _quorum(matched, frames, force)) is not None]
    pictures = {file: probe.encoding for file, probe in _pictures(seen) if probe.encoding is not None}
    of_person = {s.name: [pictures[file] for file in s.files if file in pictures] for s in layout.subjects}
    return Report(
        force=force,
        files=len(seen),
        unusable=sum((person.unusable for person in people), Counter()),
        residents=sum(person.resident for person in people),
        strangers=sum(not person.resident for person in people),
        verification=verification(force.encoder_id, of_person),
        accuracy=lfw_accuracy(force.encoder_id, layout.pairs, pictures),
        quorums=tuple(quorums),
        persons=tuple(_person(person, force) for person in matched if person.cast.resident),
        confusable=tuple(_confusable(matched)),
    )


class _Matched:
    """Somebody's probes with their matches, computed once."""

    def __init__(self, cast: Cast, gallery: Gallery):
        self.cast = cast
        self.examples = [_match(probe, gallery) for probe in cast.enrolled]
        self.stills = [(probe, _match(probe, gallery)) for probe in cast.stills]
        self.trails = [list(_looks(trail, gallery)) for trail in cast.trails]

    def attempts(self, frames: int, window_s: float) -> Iterator[list[Look]]:
        yield from in_turns(self.stills, frames, window_s)
        yield from (trail for trail in self.trails if len(trail) >= frames)

    @property
    def matches(self) -> list[Match]:
        return [*self.examples, *(m for _, m in self.stills), *(look.match for trail in self.trails for look in trail)]


def _match(probe: Probe, gallery: Gallery) -> Match:
    assert probe.encoding is not None
    return gallery.match(probe.encoding, _TOP)


def _looks(trail: Trail, gallery: Gallery) -> Iterator[Look]:
    for at, probe in zip(trail.ats, trail.probes, strict=True):
        if probe.encoding is not None:
            yield Look(at, probe, _match(probe, gallery))


def _pictures(seen: Mapping[Path, Seen]) -> Iterator[tuple[Path, Probe]]:
    for file, found in seen.items():
        if found.trails and not is_clip(file):
            yield file, found.trails[0].probes[0]


def _quorum(people: Sequence[_Matched], frames: int, force: InForce) -> Quorum | None:
    """Where no stranger can make such an attempt, residents who are taken out of the gallery for the moment stand in."""
    rules = Rules(frames, force.window_s)
    residents = [person for person in people if person.cast.resident]
    right, wrong = [], []
    for person in residents:
        for attempt in person.attempts(frames, force.window_s):
            found = passes(attempt, rules, force.margin)
            right.append(found.pop(person.cast.name, math.inf))
            wrong.append(min(found.values(), default=math.inf))
    strangers = [_lowest(a, rules, force.margin) for p in people if not p.cast.resident for a in p.attempts(frames, force.window_s)]
    if stand_ins := not strangers:
        strangers = [
            _lowest(_taken_out(a, p.cast.name), rules, force.margin) for p in residents for a in p.attempts(frames, force.window_s)
        ]
    return Quorum(frames, OpenSet(right, wrong, strangers), stand_ins) if right or strangers else None


def _taken_out(attempt: Sequence[Look], person: str) -> list[Look]:
    return [replace(look, match=without(look.match, person)) for look in attempt]


def _lowest(attempt: Sequence[Look], rules: Rules, margin: float) -> float:
    return min(passes(attempt, rules, margin).values(), default=math.inf)


def _person(person: _Matched, force: InForce) -> PersonResult:
    """The attempts are those with the quorum in force, or with as many frames as there are."""
    frames, ends = force.confirm_frames, []
    while frames > 1 and not any(True for _ in person.attempts(frames, force.window_s)):
        frames -= 1
    rules = Rules(frames, force.window_s)
    for attempt in person.attempts(frames, force.window_s):
        ends.append(passes(attempt, rules, force.margin).get(person.cast.name, math.inf) <= force.threshold)
    tried = [match for _, match in person.stills] + [look.match for trail in person.trails for look in trail]
    own = [c.distance for match in tried for c in match.candidates if c.person == person.cast.name]
    return PersonResult(
        name=person.cast.name,
        enrolled=len(person.cast.enrolled),
        frames=frames,
        attempts=len(ends),
        passed=sum(ends),
        distance=median(own) if own else None,
        other=min((rival for m in person.matches if (rival := _rival(m, person.cast.name))), default=None),
        unusable=person.cast.unusable,
    )


def _rival(match: Match, name: str) -> tuple[float, str] | None:
    """The nearest somebody else."""
    return min(((c.distance, c.person) for c in match.candidates if c.person != name), default=None)


def _confusable(people: Sequence[_Matched]) -> Iterator[Confusable]:
    """The enrolled people who are nearest to each other, by whatever picture."""
    nearest: dict[tuple[str, str], float] = {}
    for person in people:
        for match in person.matches if person.cast.resident else ():
            if rival := _rival(match, person.cast.name):
                first, second = sorted((person.cast.name, rival[1]))
                nearest[first, second] = min(rival[0], nearest.get((first, second), math.inf))
    for (first, second), distance in sorted(nearest.items(), key=lambda item: item[1])[:_MOST_CONFUSABLE]:
        yield Confusable(first, second, distance)
