"""Who is it? Votes over the looks at one track; a single lucky frame decides nothing.

A *look* is one usable probe of a track with its match. The *window* is the looks of the last `window_s` seconds,
or of as many more as slow frames call for (`stream/tempo.py`); older ones never count. Over the window:

- The *candidate* is the person who is nearest in most looks; of several, the one with the smaller median.
- The candidate's *distance* is the median over all looks. A look in which the candidate is not even among the nearest
  few counts as infinitely far, so looks that say somebody else pull it up. Of an even number the worse middle one counts.
- The *margin* is the median over the looks of how much farther the nearest other person is; nobody else: infinite.
- The *dissent* is the share of looks whose nearest person is somebody else.
- A look that is nearest to one of the gallery's negatives says nobody; for the margin a negative is another person.

The verdict, first that applies:

| the window | verdict |
|---|---|
| so many looks beyond the threshold that the quorum cannot be met with the next ones | REJECT unknown |
| fewer looks than `confirm_frames`, candidate within the threshold | REJECT confirming, naming the candidate |
| fewer, or none, and the newest probe was not usable | REJECT low_quality |
| fewer, or none | REJECT confirming |
| median beyond the threshold | REJECT unknown |
| dissent above 40 %, or margin too small | REJECT ambiguous |
| the newest look says somebody else, or nobody: perhaps another face has slipped into the track | REJECT confirming |
| it seems to be a picture of a face, and LIVENESS is enforced | REJECT spoof |
| too little has been seen to say whether it lives, and LIVENESS is enforced | REJECT confirming |
| the person may not pass at this time | REJECT schedule |
| a CHALLENGE is asked for and not solved | REJECT confirming, with the challenge |
| else | PASS, unless a nearer face of this frame is the same person: then REJECT ambiguous |

With `confirm_frames` 1 the window is the newest look alone: single-frame behaviour, for whoever asks for it.
Distances are judged by the threshold and margin of *now*, and by the people of now: when the gallery changes, the looks are
matched anew, so that a long import keeps nobody waiting. Looks of another encoder are no evidence and are dropped.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from statistics import median_high, median_low

import numpy as np

from ostiary.domain import Decision, Match, Reason, Sighting, Status
from ostiary.judge import Rule
from ostiary.stream.alive import Evidence, Finding, LiveRules
from ostiary.stream.blink import Blinking
from ostiary.stream.challenge import Challenge, Turning
from ostiary.stream.tempo import stretched

MOST_DISSENT = 0.4

_CHALLENGES: dict[str, type[Challenge]] = {"turn": Turning, "blink": Blinking}

Objection = Callable[[str], Reason | None]
"""Why a person may not pass now, however surely it is they; None: they may."""

MatchAgain = Callable[[np.ndarray], Match]

_CLAIMS = (None, Reason.CONFIRMING)  # with these a face claims to be the person named


def unopposed(person: str) -> Reason | None:
    """Everybody may, who is known."""
    return None


@dataclass(frozen=True, slots=True)
class Rules:
    """What a quorum takes; how near is near enough belongs to the encoder, and comes with every frame."""

    confirm_frames: int
    window_s: float
    live: LiveRules = LiveRules()


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    at: float
    match: Match
    encoding: np.ndarray | None = None

    @property
    def person(self) -> str | None:
        nearest = self.match.nearest
        return None if nearest is None or nearest.negative else nearest.person

    def distance_of(self, person: str) -> float:
        return min((_real(c.distance) for c in self.match.candidates if c.person == person and not c.negative), default=math.inf)

    def shown_of(self, person: str) -> float:
        """The distance to that person as the outside is told it."""
        return min((_real(c.shown) for c in self.match.candidates if c.person == person and not c.negative), default=math.inf)

    def says(self, person: str, threshold: float) -> bool:
        return self.person == person and self.distance_of(person) <= threshold

    def rival_of(self, person: str) -> tuple[float, str | None, float]:
        """The distance of the nearest other person or negative, who that is, and the distance as it is shown."""
        others = ((_real(c.distance), c.person, _real(c.shown)) for c in self.match.candidates if c.negative or c.person != person)
        return min(others, default=(math.inf, None, math.inf))


@dataclass(slots=True)
class _Window:
    """The recent looks at one track. `seen_at` is when it was last in a frame; `blind`: its newest probe was not usable."""

    seen_at: float
    blind: bool = False
    quality: float | None = None
    problem: str | None = None
    looks: list[_Look] = field(default_factory=list)
    evidence: Evidence = field(default_factory=Evidence)
    challenge: Challenge = field(default_factory=Challenge)


class Decider:
    """Judges the tracks of one camera, frame by frame."""

    def __init__(self, rules: Rules):
        self._rules = rules
        self._challenge = _CHALLENGES.get(rules.live.challenge, Challenge)
        self._windows: dict[int, _Window] = {}
        self._revision: object = None

    def decide(
        self,
        sightings: Sequence[Sighting],
        at: float,
        rule: Rule,
        revision: object,
        gap_s: float = 0.0,
        objection: Objection = unopposed,
        again: MatchAgain | None = None,
    ) -> tuple[Decision, ...]:
        """One decision for each sighting, in their order.

        `revision` is or names the gallery's snapshot matched with, `again` matches with it what was matched with the one before; None:
        that cannot be. `gap_s` is the usual time between frames.
        """
        if revision != self._revision:
            self._renew(again)
            self._revision = revision
        window_s = stretched(self._rules.window_s, self._rules.confirm_frames, gap_s)
        self._windows = {key: window for key, window in self._windows.items() if at - window.seen_at <= window_s}
        return _one_identity_each([self._judge(sighting, at, rule, window_s, objection) for sighting in sightings])

    def _renew(self, again: MatchAgain | None) -> None:
        """Has everything seen so far say what it says by the gallery of now."""
        if again is None:
            self._windows = {}
        for window in self._windows.values():
            window.looks = [replace(look, match=again(look.encoding)) for look in window.looks if again and look.encoding is not None]

    def _judge(self, sighting: Sighting, at: float, rule: Rule, window_s: float, objection: Objection) -> Decision:
        window = self._windows.setdefault(sighting.track.id, _Window(at, challenge=self._challenge()))
        looked = self._take_in(window, sighting, at, window_s)
        verdict = _verdict(window.looks, rule, self._rules.confirm_frames)
        found = window.evidence.finding(verdict.person, self._rules.live, self._rules.confirm_frames)
        verdict = _alive(verdict, found, self._rules.live)
        if verdict.reason is None and verdict.person is not None:
            verdict = replace(verdict, reason=objection(verdict.person))
        if self._rules.live.challenge != "none":
            verdict = self._challenged(verdict, window.challenge, sighting, at, rule.threshold)
        if verdict == _Verdict(Reason.CONFIRMING) and window.blind:
            verdict = _Verdict(Reason.LOW_QUALITY)
        person = verdict.person
        return Decision(
            track_id=sighting.track.id,
            status=Status.PASS if verdict.reason is None else Status.REJECT,
            reason=verdict.reason,
            person=person,
            distance=verdict.distance,
            runner_up=verdict.rival,
            runner_up_distance=verdict.rival_distance,
            votes=sum(look.says(person, rule.threshold) for look in window.looks) if person else 0,
            usable=len(window.looks),
            quality=window.quality,
            problem=window.problem if verdict.reason is Reason.LOW_QUALITY else None,
            fresh=verdict.reason is None and looked,
            detection=sighting.track.detection,
            liveness=found.score,
            spoof=found.spoof,
            challenge=window.challenge.asked,
        )

    def _challenged(self, verdict: _Verdict, challenge: Challenge, sighting: Sighting, at: float, threshold: float) -> _Verdict:
        """`verdict`, where it lets pass only once the challenge is solved; the first such one asks for it."""
        says = _Look(at, sighting.match).says(challenge.person, threshold) if sighting.match and challenge.person else None
        challenge.take_in(sighting, at, says)
        if verdict.reason is not None or verdict.person is None:
            return verdict
        challenge.ask(verdict.person, at, self._rules.live.draw)
        return verdict if challenge.solved_by(verdict.person) else replace(verdict, reason=Reason.CONFIRMING)

    def _take_in(self, window: _Window, sighting: Sighting, at: float, window_s: float) -> bool:
        """Adds what this frame brought to `window` and drops what is too old; whether there is a new look."""
        window.seen_at = at
        window.evidence.take_in(sighting, at, window_s)
        window.looks = [look for look in window.looks if 0 <= at - look.at <= window_s]
        if sighting.probe is None:
            return False
        window.quality, window.problem = sighting.probe.quality.score, sighting.probe.quality.problem
        window.blind = not sighting.probe.quality.usable
        if window.blind or sighting.match is None:
            return False
        window.looks.append(_Look(at, sighting.match, sighting.probe.encoding))
        if self._rules.confirm_frames == 1:
            del window.looks[:-1]
        return True


@dataclass(frozen=True, slots=True)
class _Verdict:
    """`reason` None is a PASS. Nobody is named where nobody is in question. Distances are as they are shown."""

    reason: Reason | None
    person: str | None = None
    distance: float | None = None
    rival: str | None = None
    rival_distance: float | None = None


def _verdict(looks: list[_Look], rule: Rule, quorum: int) -> _Verdict:
    person = _candidate(looks)
    if _too_far(looks, rule.threshold, quorum):
        return _Verdict(Reason.UNKNOWN)
    if person is None:
        return _Verdict(Reason.CONFIRMING)
    distances = [look.distance_of(person) for look in looks]
    distance = median_high(distances)
    complete = len(looks) >= quorum
    if distance > rule.threshold:
        return _Verdict(Reason.UNKNOWN if complete else Reason.CONFIRMING)
    rivals = [look.rival_of(person) for look in looks]
    _, rival, rival_shown = sorted(rivals, key=itemgetter(0))[(len(rivals) - 1) // 2]
    margin = median_low(_gap(far, near) for (far, _, _), near in zip(rivals, distances, strict=True))
    dissent = sum(look.person != person for look in looks) / len(looks)
    if not complete:
        reason: Reason | None = Reason.CONFIRMING
    elif dissent > MOST_DISSENT or margin < rule.margin:
        reason = Reason.AMBIGUOUS
    elif not looks[-1].says(person, rule.threshold):
        reason = Reason.CONFIRMING
    else:
        reason = None
    shown = median_high([look.shown_of(person) for look in looks])
    return _Verdict(reason, person, shown, rival, rival_shown if rival else None)


def _alive(verdict: _Verdict, found: Finding, rules: LiveRules) -> _Verdict:
    """`verdict`, where it lets pass or soon will, as far as what lives may."""
    if rules.mode != "enforce" or verdict.person is None or verdict.reason not in (None, Reason.CONFIRMING):
        return verdict
    if found.spoof:
        return replace(verdict, reason=Reason.SPOOF)
    return verdict if found.enough else replace(verdict, reason=Reason.CONFIRMING)


def _candidate(looks: list[_Look]) -> str | None:
    votes = Counter(look.person for look in looks if look.person is not None)
    if not votes:
        return None
    return min(votes, key=lambda person: (-votes[person], median_high([look.distance_of(person) for look in looks]), person))


def _too_far(looks: list[_Look], threshold: float, quorum: int) -> bool:
    """Whether most of a quorum is already beyond the threshold, whoever is nearest, and so are most looks."""
    far = sum(look.person is None or look.distance_of(look.person) > threshold for look in looks)
    return far > quorum / 2 and far > len(looks) / 2


def _gap(far: float, near: float) -> float:
    """How much farther the rival is; where the candidate was not even near, it is negative without bound."""
    return -math.inf if math.isinf(near) else far - near


def _one_identity_each(decisions: list[Decision]) -> tuple[Decision, ...]:
    """Two faces of one frame cannot both be Katya: the nearer one may be, the other is ambiguous."""
    nearest: dict[str, Decision] = {}
    for decision in decisions:
        if decision.person and decision.reason in _CLAIMS:
            rival = nearest.get(decision.person)
            if rival is None or _rank(decision) < _rank(rival):
                nearest[decision.person] = decision
    return tuple(
        replace(decision, status=Status.REJECT, reason=Reason.AMBIGUOUS, fresh=False)
        if decision.reason in _CLAIMS and decision.person in nearest and nearest[decision.person] is not decision
        else decision
        for decision in decisions
    )


def _rank(decision: Decision) -> float:
    return math.inf if decision.distance is None else decision.distance


def _real(distance: float) -> float:
    return math.inf if math.isnan(distance) else distance
