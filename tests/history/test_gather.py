from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ostiary.domain import Candidate, Decision, Detection, Frame, Match, Outcome, PassEvent, Probe, Quality, Reason, Sighting, Status, Track
from ostiary.history.gather import ENDED_S, LONG_S, Gathering, Told
from ostiary.history.values import Grounds, Kind
from ostiary.track_ids import TrackIds
from ostiary.visitors.gather import Gathering as VisitorsGathering

BOX = (40, 40, 80, 90)
WALL = 1.7e9


@dataclass
class Door:
    """Frames 0.1 s apart for a gathering, one face in each, and what it told."""

    gathering: Gathering
    at: float = 100.0
    told: list[Told] = field(default_factory=list)
    visitors: VisitorsGathering | None = None

    def show(
        self, reason: Reason | None, *, track: int = 1, times: int = 1, person: str | None = None, quality: float = 0.5,
        event: str | None = None, distance: float | None = 0.3, match: Match | None = None,
    ) -> None:  # fmt: skip
        """`reason` None is a PASS."""
        for _ in range(times):
            self.at += 0.1
            face = Detection(BOX, 0.9)
            probe = Probe(face, Quality(True, None, quality, 60, 1, 0.5, 0), np.full(128, quality, np.float32))
            status = Status.REJECT if reason else Status.PASS
            decision = Decision(track, status, reason, person, distance, "Zero", float("inf"), 2, 3, quality, True, face, 0.98)
            passes = (PassEvent(event, person or "", 0.3, "door", self.at, WALL + self.at),) if event else ()
            frame = Frame("door", 0, self.at, WALL + self.at, np.full((120, 160, 3), round(quality * 100), np.uint8))
            sighting = Sighting(Track(track, "door", face, 100.0, self.at), probe, match)
            outcome = Outcome(frame, (decision,), passes, (sighting,), 0.5, 0.05)
            self.gathering.note(outcome)
            if self.visitors:
                self.visitors.note(outcome, "sface-2021dec")
            self.told += self.gathering.take(self.at)

    def wait(self, seconds: float = ENDED_S + 0.1) -> list[Told]:
        self.at += seconds
        self.told += self.gathering.take(self.at)
        return self.told


def door(frames: str = "off") -> Door:
    return Door(Gathering(TrackIds(), frames=frames))


def test_a_pass_is_told_at_once_with_all_its_grounds() -> None:
    here = door()
    here.show(Reason.CONFIRMING, times=2, person="katya")
    here.show(None, person="katya", event="the-event")
    (told,) = here.told
    event = told.event
    assert (event.id, event.kind, event.reason, event.person, event.camera) == ("the-event", Kind.PASS, None, "katya", "door")
    assert event.at == WALL + here.at
    assert event.grounds == Grounds(
        0.3, "Zero", None, 0.5, 0.05, votes=2, usable=3, quality=0.5, liveness=0.98, track_id=1, seen_s=0.3, frames=3
    )
    assert told.face is not None
    assert told.face.shape == (110, 100, 3)
    assert here.wait() == [told]  # nothing more of a track that passed


def test_a_pass_that_the_cooldown_held_back_is_no_refusal() -> None:
    here = door()
    here.show(Reason.UNKNOWN, times=5)
    here.show(None, person="katya")
    here.show(Reason.SPOOF, person="katya")
    assert here.wait() == []


def test_a_refused_track_is_told_once_when_it_has_ended() -> None:
    here = door()
    here.show(Reason.CONFIRMING)
    here.show(Reason.UNKNOWN, times=20)
    assert here.told == []
    (told,) = here.wait()
    assert (told.event.kind, told.event.reason, told.event.person) == (Kind.VISITOR, "unknown", None)
    assert here.wait() == [told]


def test_of_who_is_unknown_the_nearest_is_told() -> None:
    here = door()
    match = Match((Candidate("Zero", 0.7, told=0.71), Candidate("katya", 0.9)))
    here.show(Reason.UNKNOWN, times=3, match=match, distance=None)
    (told,) = here.wait()
    grounds = told.event.grounds
    assert grounds is not None
    assert (told.event.person, grounds.distance, grounds.runner_up, grounds.runner_up_distance) == (None, None, "Zero", 0.71)


def test_the_weightiest_verdict_is_told_and_of_equals_the_last() -> None:
    here = door()
    here.show(Reason.SPOOF, person="katya", times=2)
    here.show(Reason.UNKNOWN, times=3)
    here.show(Reason.LOW_QUALITY, times=3)
    here.show(Reason.UNKNOWN, track=2, times=2)
    here.show(Reason.AMBIGUOUS, track=2, person="bob")
    first, second = sorted(here.wait(), key=lambda told: told.event.grounds.track_id)  # type: ignore[union-attr, arg-type, return-value]
    assert (first.event.reason, first.event.person, first.event.at) == ("spoof", "katya", WALL + 100.2)
    assert (second.event.kind, second.event.reason, second.event.person) == (Kind.REJECT, "ambiguous", "bob")


def test_who_stays_refused_is_told_without_waiting_and_may_still_pass() -> None:
    here = door()
    here.show(Reason.UNKNOWN, times=round(LONG_S * 10) + 1)
    assert [told.event.kind for told in here.told] == [Kind.VISITOR]
    here.show(Reason.UNKNOWN, times=50)
    here.show(None, person="katya", event="late")
    assert [told.event.id for told in here.wait()][1:] == ["late"]


def test_what_may_yet_change_waits_for_the_end() -> None:
    here = door()
    here.show(Reason.LOW_QUALITY, times=round(LONG_S * 15))
    assert here.told == []
    assert [told.event.reason for told in here.wait()] == ["low_quality"]


def test_what_a_single_frame_shows_is_not_told() -> None:
    here = door()
    here.show(Reason.UNKNOWN)
    assert here.wait() == []


def test_the_best_picture_is_kept() -> None:
    here = door()
    for quality in (0.2, 0.9, 0.4):
        here.show(Reason.UNKNOWN, quality=quality)
    (told,) = here.wait()
    assert told.face is not None
    assert int(told.face[0, 0, 0]) == 90


def test_whole_frames_are_kept_as_was_asked_for() -> None:
    kept = {}
    for frames in ("off", "pass", "all"):
        here = door(frames)
        here.show(None, person="katya", event="e")
        here.show(Reason.UNKNOWN, track=2, times=2)
        kept[frames] = [told.frame is not None for told in here.wait()]
    assert kept == {"off": [False, False], "pass": [True, False], "all": [True, True]}


def test_infinity_tells_all_that_is_left() -> None:
    here = door()
    here.show(Reason.UNKNOWN, times=3)
    assert len(here.gathering.take(float("inf"))) == 1


def test_visitors_and_history_tell_of_one_track_by_one_id() -> None:
    ids = TrackIds()
    here = Door(Gathering(ids), visitors=VisitorsGathering(ids))
    here.show(Reason.UNKNOWN, times=20)
    (told,) = here.wait()
    assert here.visitors is not None
    (encounter,) = here.visitors.take(here.at)
    assert encounter.decision_id == told.event.id
    assert TrackIds().of(1) != told.event.id
