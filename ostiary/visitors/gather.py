"""From frames to encounters: what each track came to, told once. Pure; time is that of the frames.

A track that never passes is told when it has ended, or when it has been unknown for a while. Each PASS is told at once.
A track that passed is never told as unknown: somebody who turns away after passing is no visitor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter

import numpy as np

from ostiary.cutting import cut
from ostiary.domain import Decision, Outcome, PassEvent, Probe, Reason, Sighting, Status
from ostiary.track_ids import TrackIds
from ostiary.visitors.values import Encounter, Look

ENDED_S = 1.5
"""A track not seen for so long has ended; the tracker gives up a little earlier."""
LONG_S = 10.0
"""Who stays unknown for so long is told without waiting for the end."""
LOOKS = 3
APART_S = 0.3
"""Looks that follow each other faster show the same: the better one is kept."""
FEWEST_LOOKS = 2
"""Of an unknown track; a single look is too little to be a visitor."""

_TOLD = {Reason.UNKNOWN, Reason.AMBIGUOUS, Reason.CONFIRMING}


@dataclass(slots=True)
class _Trace:
    """What is remembered of one track, whose id is `decision_id` unless it passes. `at` of a look is the monotonic second of its frame."""

    decision_id: str
    camera: str
    encoder_id: str
    began: float
    first_at: float
    seen: float = 0.0
    last_at: float = 0.0
    looks: list[tuple[float, Look]] = field(default_factory=list)
    picture: np.ndarray | None = None
    picture_quality: float = -1.0
    decision: Decision | None = None
    told: bool = False

    def forget_looks(self) -> None:
        self.looks, self.picture, self.picture_quality = [], None, -1.0


class Gathering:
    """Fed with every outcome. Holds a small picture for each track in view, and nothing once a track was told.

    `ids` name what tracks came to.
    """

    def __init__(self, ids: TrackIds | None = None) -> None:
        self._ids = ids or TrackIds()
        self._traces: dict[int, _Trace] = {}
        self._passed: list[Encounter] = []

    def note(self, outcome: Outcome, encoder_id: str) -> None:
        """Takes in what one frame, encoded by `encoder_id`, led to."""
        sightings = {sighting.track.id: sighting for sighting in outcome.sightings}
        for decision in outcome.decisions:
            sighting = sightings.get(decision.track_id)
            if sighting is not None:
                self._follow(outcome, sighting, decision, encoder_id)
        self._passed += self._passes(outcome)

    def take(self, at: float) -> list[Encounter]:
        """What is to be told by the second `at`; each encounter once."""
        passed, self._passed = self._passed, []
        ended = [key for key, trace in self._traces.items() if at - trace.seen > ENDED_S]
        long = [trace for trace in self._traces.values() if _stays_unknown(trace, at)]
        told = [_rejected(trace) for trace in [*(self._traces.pop(key) for key in ended), *long] if _is_worth_telling(trace)]
        for trace in long:
            trace.told = True
            trace.forget_looks()
        return passed + told

    def _follow(self, outcome: Outcome, sighting: Sighting, decision: Decision, encoder_id: str) -> None:
        frame, track = outcome.frame, sighting.track
        trace = self._traces.setdefault(track.id, _Trace(self._ids.of(track.id), frame.camera, encoder_id, frame.at, frame.captured_at))
        if trace.encoder_id != encoder_id:
            trace.encoder_id = encoder_id
            trace.forget_looks()
        trace.seen, trace.last_at, trace.decision = frame.at, frame.captured_at, decision
        probe = sighting.probe
        if probe is not None and probe.encoding is not None and (decision.status is Status.PASS or not trace.told):
            _look(trace, probe, frame.at, frame.image)

    def _passes(self, outcome: Outcome) -> Iterator[Encounter]:
        for event in outcome.passes:
            for decision in outcome.decisions:
                trace = self._traces.get(decision.track_id)
                if trace and trace.looks and decision.status is Status.PASS and decision.person == event.person:
                    yield _passed(trace, event)
                    trace.told = True
                    trace.forget_looks()


def _look(trace: _Trace, probe: Probe, at: float, image: np.ndarray) -> None:
    if probe.encoding is None:
        return
    look = Look(probe.encoding, probe.quality.score)
    if trace.looks and at - trace.looks[-1][0] < APART_S:
        if look.quality <= trace.looks[-1][1].quality:
            return
        trace.looks[-1] = (trace.looks[-1][0], look)
    else:
        trace.looks.append((at, look))
    if len(trace.looks) > LOOKS:
        trace.looks.remove(min(trace.looks, key=lambda held: held[1].quality))
    if look.quality > trace.picture_quality:
        trace.picture, trace.picture_quality = cut(image, probe.detection.box), look.quality


def _stays_unknown(trace: _Trace, at: float) -> bool:
    unknown = trace.decision is not None and trace.decision.reason is Reason.UNKNOWN
    return unknown and not trace.told and at - trace.seen <= ENDED_S and trace.seen - trace.began >= LONG_S


def _is_worth_telling(trace: _Trace) -> bool:
    decision = trace.decision
    if trace.told or decision is None or decision.reason not in _TOLD:
        return False
    if decision.reason is Reason.UNKNOWN:
        return len(trace.looks) >= FEWEST_LOOKS
    return bool(trace.looks) and decision.person is not None


def _passed(trace: _Trace, event: PassEvent) -> Encounter:
    return _encounter(trace, event.event_id, Status.PASS, None, event.person, event.distance)


def _rejected(trace: _Trace) -> Encounter:
    decision = trace.decision
    assert decision is not None
    return _encounter(trace, trace.decision_id, Status.REJECT, decision.reason, decision.person, decision.distance)


def _encounter(
    trace: _Trace, decision_id: str, status: Status, reason: Reason | None, person: str | None, distance: float | None
) -> Encounter:
    looks = sorted((look for _, look in sorted(trace.looks, key=itemgetter(0))), key=lambda look: -look.quality)
    return Encounter(
        decision_id,
        trace.camera,
        status,
        reason,
        person,
        distance,
        trace.first_at,
        trace.last_at,
        trace.encoder_id,
        tuple(looks),
        trace.picture,
    )
