"""From frames to events: each PASS at once, and what every other track came to, once. Pure; time is that of the frames.

A track that never passes is told when it has ended, or as soon as it has been refused for a while. What it came to is the
weightiest verdict on it: who was refused as a picture is told so, even if the face was turned away in the end.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ostiary.cutting import cut
from ostiary.domain import Candidate, Decision, Outcome, PassEvent, Reason, Sighting, Status
from ostiary.history.values import Event, Grounds, Kind
from ostiary.track_ids import TrackIds

ENDED_S = 1.5
"""A track not seen for so long has ended; the tracker gives up a little earlier."""
LONG_S = 10.0
"""Who is refused for so long is told without waiting for the end."""
FEWEST_FRAMES = 2
"""Of a track that is told as refused; what a single frame shows may be no face at all."""

_WEIGHT = {
    Reason.LOW_QUALITY: 0,
    Reason.CONFIRMING: 1,
    Reason.UNKNOWN: 2,
    Reason.AMBIGUOUS: 2,
    Reason.SCHEDULE: 3,
    Reason.BLOCKED: 3,
    Reason.SPOOF: 4,
}
_SETTLED = 2
"""Of less weight are those that the next frames may still change."""

Shrink = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """An event with the face as it was cut out, and the frame where those are kept."""

    event: Event
    face: np.ndarray | None = None
    frame: np.ndarray | None = None


@dataclass(slots=True)
class _Trace:
    """What is remembered of one track: the weightiest verdict on it, when that was, and its best picture."""

    camera: str
    began: float
    seen: float = 0.0
    frames: int = 0
    verdict: Decision | None = None
    verdict_at: float = 0.0
    threshold: float | None = None
    margin: float | None = None
    nearest: Candidate | None = None
    face: np.ndarray | None = None
    frame: np.ndarray | None = None
    face_quality: float = -2.0
    told: bool = False

    def tell(self) -> None:
        """Nothing more is to be told of it, and no picture is needed."""
        self.told, self.face, self.frame = True, None, None


class Gathering:
    """Fed with every outcome. Holds a small picture for each track in view.

    `frames` says whose whole frames are kept (`off`, `pass`, `all`), `shrink` makes small copies of them.
    """

    def __init__(self, ids: TrackIds, *, frames: str = "off", shrink: Shrink = np.copy):
        self._ids, self._frames, self._shrink = ids, frames, shrink
        self._traces: dict[int, _Trace] = {}
        self._passed: list[Told] = []

    def note(self, outcome: Outcome) -> None:
        """Takes in what one frame led to."""
        sightings = {sighting.track.id: sighting for sighting in outcome.sightings}
        for decision in outcome.decisions:
            sighting = sightings.get(decision.track_id)
            if sighting is not None:
                self._follow(outcome, sighting, decision)
        for event in outcome.passes:
            self._passed.append(self._passed_by(outcome, event))

    def take(self, at: float) -> list[Told]:
        """What is to be told by the second `at`; infinity tells all that is left."""
        passed, self._passed = self._passed, []
        ended = {key: trace for key, trace in self._traces.items() if at - trace.seen > ENDED_S}
        for key in ended:
            del self._traces[key]
        long = {key: trace for key, trace in self._traces.items() if _is_long(trace)}
        told = [self._refused(key, trace) for key, trace in (ended | long).items() if not trace.told and trace.frames >= FEWEST_FRAMES]
        for trace in long.values():
            trace.tell()
        return passed + [one for one in told if one is not None]

    def _follow(self, outcome: Outcome, sighting: Sighting, decision: Decision) -> None:
        frame, track = outcome.frame, sighting.track
        trace = self._traces.setdefault(track.id, _Trace(frame.camera, track.first_at))
        trace.seen = frame.at
        trace.frames += 1
        if trace.told:
            return
        if decision.status is Status.PASS:
            trace.tell()
        elif _weight(decision) >= _weight(trace.verdict):
            trace.verdict, trace.verdict_at = decision, frame.captured_at
            trace.threshold, trace.margin = outcome.threshold, outcome.margin
        if sighting.match and sighting.match.nearest:
            trace.nearest = sighting.match.nearest
        quality = sighting.probe.quality.score if sighting.probe else -1.0
        if not trace.told and quality > trace.face_quality:
            trace.face, trace.face_quality = cut(frame.image, track.detection.box), quality
            trace.frame = self._shrink(frame.image) if self._frames == "all" else None

    def _passed_by(self, outcome: Outcome, event: PassEvent) -> Told:
        frame = outcome.frame
        decision = next((d for d in outcome.decisions if d.status is Status.PASS and d.person == event.person), None)
        trace = self._traces.get(decision.track_id) if decision else None
        kept = Event(
            event.event_id,
            event.captured_at,
            Kind.PASS,
            camera=event.camera,
            person=event.person,
            grounds=_grounds(decision, trace, outcome.threshold, outcome.margin) if decision else Grounds(distance=_real(event.distance)),
        )
        face = cut(frame.image, decision.detection.box) if decision else None
        return Told(kept, face, None if self._frames == "off" else self._shrink(frame.image))

    def _refused(self, track: int, trace: _Trace) -> Told | None:
        decision = trace.verdict
        if decision is None or decision.reason is None:
            return None
        event = Event(
            self._ids.of(track),
            trace.verdict_at,
            Kind.VISITOR if decision.reason is Reason.UNKNOWN else Kind.REJECT,
            decision.reason.value,
            trace.camera,
            decision.person,
            _grounds(decision, trace, trace.threshold, trace.margin),
        )
        return Told(event, trace.face, trace.frame)


def _weight(decision: Decision | None) -> int:
    return -1 if decision is None or decision.reason is None else _WEIGHT[decision.reason]


def _is_long(trace: _Trace) -> bool:
    return not trace.told and _weight(trace.verdict) >= _SETTLED and trace.seen - trace.began >= LONG_S


def _grounds(decision: Decision, trace: _Trace | None, threshold: float | None, margin: float | None) -> Grounds:
    runner_up, its_distance = decision.runner_up, decision.runner_up_distance
    if decision.reason is Reason.UNKNOWN and trace and trace.nearest:
        runner_up, its_distance = trace.nearest.person, trace.nearest.shown
    return Grounds(
        distance=_real(decision.distance),
        runner_up=runner_up,
        runner_up_distance=_real(its_distance),
        threshold=_real(threshold),
        margin=_real(margin),
        votes=decision.votes,
        usable=decision.usable,
        quality=_real(decision.quality),
        liveness=_real(decision.liveness),
        spoof=decision.spoof,
        challenge=decision.challenge,
        problem=decision.problem,
        track_id=decision.track_id,
        seen_s=round(trace.seen - trace.began, 2) if trace else 0.0,
        frames=trace.frames if trace else 0,
    )


def _real(value: float | None) -> float | None:
    """An unmeasurable value is told as none."""
    return None if value is None or not math.isfinite(value) else round(float(value), 4)
