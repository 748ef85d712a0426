"""Attempts to pass: looks put before the very judge of the door, asked for the threshold at which it opens.

Nothing of the rules is repeated here. A passing verdict stays one when the threshold grows, so the lowest threshold at
which an attempt passes, found by asking, says how it would go at every other.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ostiary.domain import Decision, Match, Probe, Sighting, Status, Track
from ostiary.judge import Rule
from ostiary.stream.decide import Decider, Rules


@dataclass(frozen=True, slots=True)
class Look:
    """One usable probe, `at` seconds after its attempt began, and its match."""

    at: float
    probe: Probe
    match: Match


def passes(looks: Sequence[Look], rules: Rules, margin: float) -> dict[str, float]:
    """As whom the owner of these looks passes in their course, each with the lowest threshold at which that happens."""
    found: dict[str, float] = {}
    for end in range(rules.confirm_frames, len(looks) + 1):
        window = [look for look in looks[:end] if looks[end - 1].at - look.at <= rules.window_s]
        if (opened := _opens(window, rules, margin)) is not None:
            person, threshold = opened
            found[person] = min(threshold, found.get(person, math.inf))
    return found


def _opens(window: Sequence[Look], rules: Rules, margin: float) -> tuple[str, float] | None:
    """Who passes with the last look of `window`, and the lowest threshold at which."""
    best = _judged(window, rules, Rule(math.inf, margin))
    if best.status is not Status.PASS or best.person is None:
        return None
    candidates = [c for look in window for c in look.match.candidates]
    least = min(c.distance for c in candidates if c.person == best.person)  # as it is judged, not as it is told
    distances = sorted({c.distance for c in candidates if c.distance >= least})
    lowest = bisect.bisect_left(
        distances, True, key=lambda threshold: _judged(window, rules, Rule(threshold, margin)).status is Status.PASS
    )
    return (best.person, distances[lowest]) if lowest < len(distances) else None


def _judged(window: Sequence[Look], rules: Rules, rule: Rule) -> Decision:
    decider = Decider(rules)
    for look in window:
        track = Track(1, "proof", look.probe.detection, window[0].at, look.at)
        (decision,) = decider.decide([Sighting(track, look.probe, look.match)], look.at, rule, "proof")
    return decision


def in_turns(items: Sequence[tuple[Probe, Match]], frames: int, window_s: float) -> Iterator[list[Look]]:
    """Stills as attempts of `frames` looks each, spread over half of the window; the rest that is too short is left."""
    every_s = window_s / (2 * frames)
    for start in range(0, len(items) - frames + 1, frames):
        yield [Look(i * every_s, probe, match) for i, (probe, match) in enumerate(items[start : start + frames])]


def without(match: Match, person: str) -> Match:
    """The match as it would be were `person` not enrolled."""
    return Match(tuple(candidate for candidate in match.candidates if candidate.person != person))
