"""The way of a frame: source -> detect -> track -> look -> match -> decide -> sinks."""

from __future__ import annotations

import itertools
import logging
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from ostiary.domain import Decision, Detect, Detection, Frame, Match, Outcome, PassEvent, Probe, Sighting, Sink, Status, Track
from ostiary.judge import Rule
from ostiary.stream.alive import unexamined
from ostiary.stream.attention import Attention, recheck_interval
from ostiary.stream.decide import Decider, MatchAgain, Objection, Rules, unopposed
from ostiary.stream.frames import NewestFrames
from ostiary.stream.motion import MotionGate
from ostiary.stream.pace import Pace
from ostiary.stream.tempo import Tempo, slowness, too_slow_for
from ostiary.stream.track import Tracker

log = logging.getLogger(__name__)

WAIT_S = 0.5


class People(Protocol):
    """What the pipeline asks of a gallery's snapshot: immutable, and the same object until the gallery changes.

    `encoder_id` names whose encodings it matches with.
    """

    @property
    def encoder_id(self) -> str | None: ...

    def match(self, encoding: np.ndarray) -> Match: ...

    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Stages:
    """The callables that a frame passes. `gallery` gives the snapshot of now, `spend` begins a cooldown if none runs.

    `examine` adds to sightings, given the threshold, whether they show living faces. `objections` gives what speaks against
    people at a second of the wall clock.
    """

    detect: Detect
    probe: Callable[[np.ndarray, Sequence[Detection]], list[Probe]]
    gallery: Callable[[], People]
    rule: Callable[[int], Rule]
    spend: Callable[[str, str, float], bool]
    examine: Callable[[np.ndarray, Sequence[Sighting], float], list[Sighting]] = unexamined
    objections: Callable[[float], Objection] = lambda captured_at: unopposed


@dataclass(frozen=True, slots=True)
class PipelineOptions:
    rules: Rules
    max_frame_age_s: float
    max_fps: float
    motion_gate: bool


@dataclass(frozen=True, slots=True)
class PipelineStatus:
    """Frames since the start: searched for faces, rested, skipped to keep MAX_FPS, too old; and the last one's latency."""

    processed: int = 0
    rested: int = 0
    skipped: int = 0
    stale: int = 0
    passes: int = 0
    latency_s: float | None = None


class Pipeline:
    """A service: each `step` takes one frame of any camera, in turn, all the way. Used by one thread."""

    def __init__(
        self,
        frames: NewestFrames,
        stages: Stages,
        sinks: Sequence[Sink],
        options: PipelineOptions,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._frames, self._stages, self._sinks, self._options, self._clock = frames, stages, sinks, options, clock
        self._lanes: dict[str, _Lane] = {}
        self._track_ids = itertools.count(1)
        self.status = PipelineStatus()

    def step(self) -> None:
        frame = self._frames.take(WAIT_S)
        if frame is None:
            return
        lane = self._lanes.setdefault(frame.camera, _Lane(frame.camera, self._options, self._track_ids))
        if self._clock() - frame.at > self._options.max_frame_age_s:
            self.status = replace(self.status, stale=self.status.stale + 1)
        elif not lane.pace.due(frame.at):
            self.status = replace(self.status, skipped=self.status.skipped + 1)
        elif lane.rests(frame):
            self.status = replace(self.status, rested=self.status.rested + 1)
        else:
            self._tell(self._process(frame, lane))

    def warnings(self) -> list[str]:
        """Of each camera whose frames are too slow for CONFIRM_WINDOW as it was set, or for CHALLENGE. Any thread may ask."""
        return [problem for lane in list(self._lanes.values()) for problem in lane.slow()]

    def _process(self, frame: Frame, lane: _Lane) -> Outcome:
        gallery = self._stages.gallery()
        detections = self._stages.detect(frame.image)
        tracks = lane.tracker.update(detections, frame.at, lane.tempo.gap_s)
        looked = lane.attention.choose(tracks, frame.at)
        rule = self._stages.rule(len(gallery))
        sightings = self._stages.examine(frame.image, self._look(frame, tracks, looked, gallery), rule.threshold)
        objection = self._stages.objections(frame.captured_at)
        decisions = lane.decider.decide(sightings, frame.at, rule, gallery, lane.tempo.gap_s, objection, lane.again(gallery))
        lane.attention.note(looked, decisions, frame.at)
        return Outcome(frame, decisions, tuple(self._passes(frame, decisions)), tuple(sightings), rule.threshold, rule.margin)

    def _look(self, frame: Frame, tracks: tuple[Track, ...], looked: tuple[Track, ...], gallery: People) -> list[Sighting]:
        """Every track with what a close look at the chosen ones has brought."""
        probes = self._stages.probe(frame.image, [track.detection for track in looked]) if looked else []
        seen = {track.id: probe for track, probe in zip(looked, probes, strict=True)}
        return [_sighting(track, seen.get(track.id), gallery) for track in tracks]

    def _passes(self, frame: Frame, decisions: Sequence[Decision]) -> Iterator[PassEvent]:
        for decision in decisions:
            if decision.status is not Status.PASS or not decision.fresh or decision.person is None or decision.distance is None:
                continue
            if self._stages.spend(decision.person, frame.camera, frame.at):
                yield _event(frame, decision, decision.person, decision.distance)

    def _tell(self, outcome: Outcome) -> None:
        done = replace(self.status, processed=self.status.processed + 1, passes=self.status.passes + len(outcome.passes))
        self.status = replace(done, latency_s=self._clock() - outcome.frame.at)
        for sink in self._sinks:
            try:
                sink.offer(outcome)
            except Exception:  # one sink's trouble must not keep the event from the others
                log.exception("a sink failed")


class _Lane:
    """What is remembered of one camera between its frames."""

    def __init__(self, camera: str, options: PipelineOptions, track_ids: Iterator[int]):
        self._camera, self._rules = camera, options.rules
        self.pace = Pace(options.max_fps)
        self.tempo = Tempo()
        self.gate = MotionGate(options.motion_gate)
        self.tracker = Tracker(camera, track_ids)
        self.attention = Attention(recheck_interval(options.rules.confirm_frames, options.rules.window_s))
        self.decider = Decider(options.rules)
        self._encoder_id: str | None = None

    def rests(self, frame: Frame) -> bool:
        """Whether this frame need not be searched."""
        rests = self.gate.rests(frame.image, frame.at, self.tracker.alive(frame.at, self.tempo.gap_s))
        self.tempo.note(frame.at, rests)
        return rests

    def again(self, gallery: People) -> MatchAgain | None:
        """How looks at the people before are matched anew with `gallery`; None where another encoder made it."""
        before, self._encoder_id = self._encoder_id, gallery.encoder_id
        return gallery.match if gallery.encoder_id == before else None

    def slow(self) -> Iterator[str]:
        rules, gap_s = self._rules, self.tempo.gap_s
        for problem in (slowness(rules.window_s, rules.confirm_frames, gap_s), too_slow_for(rules.live.challenge, gap_s)):
            if problem:
                yield f"camera {self._camera}: {problem}"


def _event(frame: Frame, decision: Decision, person: str, distance: float) -> PassEvent:
    seems = (decision.liveness, decision.spoof)
    return PassEvent(uuid.uuid4().hex, person, distance, frame.camera, frame.at, frame.captured_at, *seems)


def _sighting(track: Track, probe: Probe | None, gallery: People) -> Sighting:
    if probe is None or not probe.quality.usable or probe.encoding is None:
        return Sighting(track, probe)
    return Sighting(track, probe, gallery.match(probe.encoding))
