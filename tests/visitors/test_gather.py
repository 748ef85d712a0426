from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ostiary.domain import Decision, Detection, Frame, Outcome, PassEvent, Probe, Quality, Reason, Sighting, Status, Track
from ostiary.visitors.gather import ENDED_S, LONG_S, LOOKS, Gathering
from ostiary.visitors.values import Encounter

BOX = (40, 40, 80, 90)


@dataclass
class Door:
    """Frames 0.1 s apart for a gathering, one face in each, and what it told."""

    gathering: Gathering = field(default_factory=Gathering)
    at: float = 100.0
    told: list[Encounter] = field(default_factory=list)
    encoder: str = "sface-2021dec"

    def show(
        self, reason: Reason | None, *, track: int = 1, times: int = 1, person: str | None = None, quality: float | None = 0.5,
        event: str | None = None, step: float = 0.1,
    ) -> None:  # fmt: skip
        """`reason` None is a PASS; `quality` None a frame that was not looked at."""
        for _ in range(times):
            self.at += step
            face = Detection(BOX, 0.9)
            judged = Quality(True, None, quality or 0, 60, 1, 0.5, 0)
            probe = Probe(face, judged, np.full(128, quality, np.float32)) if quality else None
            status = Status.REJECT if reason else Status.PASS
            decision = Decision(track, status, reason, person, 0.3 if person else None, None, None, 1, 1, quality, True, face)
            passes = (PassEvent(event, person or "", 0.3, "door", self.at, 1.7e9 + self.at),) if event else ()
            image = np.full((120, 160, 3), round((quality or 0) * 100), np.uint8)
            frame = Frame("door", 0, self.at, 1.7e9 + self.at, image)
            self.gathering.note(Outcome(frame, (decision,), passes, (Sighting(Track(track, "door", face, 0, 0), probe),)), self.encoder)
            self.told += self.gathering.take(self.at)

    def wait(self, seconds: float = ENDED_S + 0.1) -> list[Encounter]:
        """What has been told when nobody was seen for so long."""
        self.at += seconds
        self.told += self.gathering.take(self.at)
        return self.told


def test_an_unknown_track_is_told_once_when_it_has_ended() -> None:
    door = Door()
    door.show(Reason.CONFIRMING)
    door.show(Reason.UNKNOWN, times=20)
    assert door.told == []
    (told,) = door.wait()
    assert (told.status, told.reason, told.person, told.camera, told.encoder_id) == (
        Status.REJECT,
        Reason.UNKNOWN,
        None,
        "door",
        "sface-2021dec",
    )
    assert round(told.last_at - told.first_at, 3) == 2.0
    assert len(told.looks) == LOOKS
    assert door.wait(60) == [told]


def test_who_stays_is_told_without_waiting_for_the_end_and_not_again() -> None:
    door = Door()
    door.show(Reason.UNKNOWN, times=round(LONG_S * 10) + 50)
    assert len(door.told) == 1
    door.show(Reason.UNKNOWN, times=round(LONG_S * 30))
    assert len(door.wait()) == 1


def test_the_best_looks_are_kept_apart_in_time_with_the_best_picture() -> None:
    door = Door()
    for quality in (0.2, 0.9, 0.3, 0.4, 0.8, 0.5, 0.7, 0.1):
        door.show(Reason.UNKNOWN, quality=quality, step=0.5)
    door.show(Reason.UNKNOWN, quality=0.15, step=0.1)  # so soon after the last one it replaces it, being better
    (told,) = door.wait()
    assert [look.quality for look in told.looks] == [0.9, 0.8, 0.7]
    assert told.picture is not None
    assert (told.picture.shape[:2], int(told.picture[0, 0, 0])) == ((110, 100), 90), "the face and what is round it"
    assert told.picture.base is None, "the frame is not held"


def test_a_pass_is_told_at_once_by_its_own_id_and_is_no_visitor() -> None:
    door = Door()
    door.show(Reason.UNKNOWN, times=5)
    door.show(None, person="katya")
    door.show(None, person="katya", event="event-a")
    (told,) = door.told
    assert (told.decision_id, told.status, told.person, told.distance, told.reason) == ("event-a", Status.PASS, "katya", 0.3, None)
    assert told.looks
    assert told.picture is not None
    door.show(Reason.UNKNOWN, times=50)  # turns away
    assert len(door.wait()) == 1


def test_the_next_pass_of_a_track_has_its_own_looks() -> None:
    door = Door()
    door.show(None, person="katya", event="event-a", quality=0.9)
    door.show(None, person="katya", times=30, quality=0.5)
    door.show(None, person="katya", event="event-b", quality=0.5)
    assert [t.decision_id for t in door.told] == ["event-a", "event-b"]
    assert {look.quality for look in door.told[1].looks} == {0.5}


def test_doubts_about_a_person_are_told_to_be_corrected_and_glances_are_not() -> None:
    door = Door()
    door.show(Reason.AMBIGUOUS, track=1, person="tom")
    door.show(Reason.CONFIRMING, track=2, person="tom")
    door.show(Reason.CONFIRMING, track=3)
    door.show(Reason.LOW_QUALITY, track=4, quality=None, times=9)
    door.show(Reason.SPOOF, track=5, person="tom", times=9)
    door.show(Reason.UNKNOWN, track=6)  # seen once
    assert [(t.reason, t.person) for t in door.wait()] == [(Reason.AMBIGUOUS, "tom"), (Reason.CONFIRMING, "tom")]


def test_looks_of_two_encoders_never_mix() -> None:
    door = Door()
    door.show(Reason.UNKNOWN, times=20, quality=0.9)
    door.encoder = "dlib-resnet-v1"
    door.show(Reason.UNKNOWN, times=20, quality=0.5)
    (told,) = door.wait()
    assert (told.encoder_id, {look.quality for look in told.looks}) == ("dlib-resnet-v1", {0.5})


def test_nothing_is_held_of_tracks_that_ended() -> None:
    door = Door()
    for track in range(50):
        door.show(Reason.UNKNOWN, track=track)
    door.wait()
    assert door.gathering._traces == {}
