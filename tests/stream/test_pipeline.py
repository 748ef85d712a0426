from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from ostiary.domain import Candidate, Detection, Frame, Match, Outcome, Probe, Quality, Reason, Status
from ostiary.judge import Rule
from ostiary.stream.alive import LiveRules
from ostiary.stream.decide import Rules
from ostiary.stream.frames import NewestFrames
from ostiary.stream.pipeline import Pipeline, PipelineOptions, Stages

BLANK = np.full((48, 64, 3), 90, np.uint8)
OPTIONS = PipelineOptions(Rules(3, 2.0), max_frame_age_s=1.0, max_fps=100, motion_gate=False)


class Known:
    """A gallery in which an encoding of one number is the distance to katya, and `rival` that to ema."""

    def __init__(self, people: int = 1, rival: float = 1.0, encoder_id: str = "sface-2021dec"):
        self.encoder_id = encoder_id
        self._people, self._rival = people, rival

    def match(self, encoding: np.ndarray) -> Match:
        return Match((Candidate("katya", float(encoding[0])), Candidate("ema", self._rival))) if self._people else Match()

    def __len__(self) -> int:
        return self._people


class Door:
    """A pipeline whose engine is scripted by the test: `faces` are what the detector finds, with their distances."""

    def __init__(self, quality: Callable[..., Quality], options: PipelineOptions = OPTIONS, sinks: Sequence[object] = ()):
        self.now = 100.0
        self.faces: list[tuple[Detection, float]] = []
        self.usable, self.margin = True, 0.05
        self.gallery = Known()
        self.looked_at: list[int] = []
        self.spent: list[tuple[str, str]] = []
        self.outcomes: list[Outcome] = []
        self._quality = quality
        self.frames = NewestFrames()
        stages = Stages(
            self._detect, self._probe, lambda: self.gallery, lambda people: Rule(0.5 / max(people, 1), self.margin), self._spend
        )
        self.pipeline = Pipeline(self.frames, stages, [*sinks, self], options, clock=lambda: self.now)

    def offer(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def see(self, times: int = 1, camera: str = "door", step: float = 0.1) -> list[Outcome]:
        """Shows that many frames; the outcomes they led to."""
        before = len(self.outcomes)
        for _ in range(times):
            self.now += step
            self.frames.put(Frame(camera, 0, self.now, 1.7e9 + self.now, BLANK))
            self.pipeline.step()
        return self.outcomes[before:]

    def _detect(self, image: np.ndarray) -> list[Detection]:
        return [face for face, _ in self.faces]

    def _probe(self, image: np.ndarray, detections: Sequence[Detection]) -> list[Probe]:
        self.looked_at.append(len(detections))
        distances = dict(self.faces)
        return [Probe(d, self._quality(self.usable), np.array([distances[d]]) if self.usable else None) for d in detections]

    def _spend(self, person: str, camera: str, at: float) -> bool:
        free = (person, camera) not in self.spent
        self.spent.append((person, camera))
        return free


@pytest.fixture
def door(quality: Callable[..., Quality]) -> Door:
    return Door(quality)


def test_an_empty_frame_is_an_outcome_without_decisions(door: Door) -> None:
    (outcome,) = door.see()
    assert (outcome.decisions, outcome.passes, outcome.frame.camera) == ((), (), "door")
    assert door.looked_at == []


def test_a_person_passes_once_on_the_quorum(door: Door, face: Callable[..., Detection]) -> None:
    door.faces = [(face(), 0.3)]
    outcomes = door.see(10)
    assert [o.decisions[0].status for o in outcomes] == [Status.REJECT] * 2 + [Status.PASS] * 8
    (event,) = [event for o in outcomes for event in o.passes]
    assert (event.person, event.distance, event.camera) == ("katya", 0.3, "door")
    assert (event.at, event.captured_at) == (outcomes[2].frame.at, outcomes[2].frame.captured_at)
    assert len(event.event_id) >= 16
    assert door.pipeline.status.passes == 1


def test_cooldown_is_asked_only_by_a_fresh_pass(door: Door, face: Callable[..., Detection]) -> None:
    door.faces = [(face(), 0.3)]
    door.see(3)
    assert len(door.spent) == 1
    door.see(2)  # settled: these frames were not looked at
    assert len(door.spent) == 1
    door.faces = [(face(), 0.9)]
    door.see(10)
    assert len(door.spent) == 1


def test_a_stranger_and_an_unusable_face_never_pass(door: Door, face: Callable[..., Detection]) -> None:
    door.faces = [(face(), 0.51)]
    assert door.see(8)[-1].decisions[0].reason is Reason.UNKNOWN
    door.usable = False
    assert door.see(30)[-1].decisions[0].reason is Reason.LOW_QUALITY
    assert door.spent == []


def test_decisions_are_ordered_by_size(door: Door, face: Callable[..., Detection]) -> None:
    door.faces = [(face(60, 60, 30), 0.3), (face(300, 60, 90), 0.9)]
    (outcome,) = door.see()
    assert [d.detection.area for d in outcome.decisions] == [8100, 900]


def test_the_threshold_is_that_of_the_gallery_of_now(door: Door, face: Callable[..., Detection]) -> None:
    door.faces = [(face(), 0.3)]
    assert door.see(3)[-1].decisions[0].status is Status.PASS
    door.gallery = Known(2)
    assert {o.decisions[0].status for o in door.see(10)} == {Status.REJECT}


def test_the_margin_is_that_of_the_encoder_of_now(door: Door, face: Callable[..., Detection]) -> None:
    door.gallery = Known(rival=0.36)
    door.faces = [(face(), 0.3)]
    assert door.see(3)[-1].decisions[0].status is Status.PASS
    door.margin = 0.1  # as when everybody has been encoded anew with another encoder
    assert door.see(20)[-1].decisions[0].reason is Reason.AMBIGUOUS


def test_who_is_removed_does_not_pass_on_old_looks(door: Door, face: Callable[..., Detection]) -> None:
    door.faces = [(face(), 0.3)]
    door.see(2)
    door.gallery = Known(0)
    assert all(o.decisions[0].person is None and not o.passes for o in door.see(10))


@pytest.mark.parametrize(("encoder_id", "passes"), [("sface-2021dec", True), ("dlib-resnet-v1", False)])
def test_who_is_enrolled_meanwhile_keeps_nobody_waiting(door: Door, face: Callable[..., Detection], encoder_id: str, passes: bool) -> None:
    door.faces = [(face(), 0.2)]
    door.see(2)
    door.gallery = Known(2, encoder_id=encoder_id)
    assert [len(o.passes) for o in door.see()] == [passes]


def test_an_old_frame_is_dropped_and_counted(door: Door) -> None:
    door.frames.put(Frame("door", 0, door.now - 1.1, 0, BLANK))
    door.pipeline.step()
    assert (door.outcomes, door.pipeline.status.stale) == ([], 1)


def test_max_fps_is_kept_for_each_camera(quality: Callable[..., Quality]) -> None:
    door = Door(quality, PipelineOptions(OPTIONS.rules, 1.0, 5, False))
    for _ in range(50):
        door.see(camera="front", step=0.01)
        door.see(camera="back", step=0.01)
    cameras = [o.frame.camera for o in door.outcomes]
    assert cameras.count("front") == cameras.count("back") == 6  # one at once, then five in the second
    assert door.pipeline.status.skipped == 100 - 12


def test_cameras_have_their_own_tracks_quorums_and_cooldowns(door: Door, face: Callable[..., Detection]) -> None:
    door.faces = [(face(), 0.3)]
    front, back = door.see(2, "front"), door.see(2, "back")
    assert {o.decisions[0].status for o in front + back} == {Status.REJECT}
    assert front[0].decisions[0].track_id != back[0].decisions[0].track_id
    assert [event.camera for c in ("front", "back") for o in door.see(1, c) for event in o.passes] == ["front", "back"]


def test_a_still_scene_rests_and_a_followed_face_does_not(quality: Callable[..., Quality], face: Callable[..., Detection]) -> None:
    door = Door(quality, PipelineOptions(OPTIONS.rules, 1.0, 100, True))
    door.see(30)
    door.outcomes.clear()
    door.see(50)
    assert 5 <= len(door.outcomes) <= 6
    door.faces = [(face(), 0.3)]
    door.see(12)  # found by the look of every second
    assert len(door.see(30)) == 30


@pytest.mark.parametrize("gap_s", [0.9, 1.0, 1.4, 2.5])
def test_on_a_slow_board_a_resident_passes_and_the_owner_is_told(door: Door, face: Callable[..., Detection], gap_s: float) -> None:
    door.see(4, "front", gap_s)  # an empty scene tells the pace as well as any
    (problem,) = door.pipeline.warnings()
    assert problem.startswith(f"camera front: {gap_s:.1f} s a frame, slower than CONFIRM_FRAMES=3 in CONFIRM_WINDOW=2 needs; the window is")
    door.faces = [(face(), 0.3)]
    statuses = [o.decisions[0].status for o in door.see(6, "front", gap_s)]
    assert statuses == [Status.REJECT] * 2 + [Status.PASS] * 4
    assert set(door.spent) == {("katya", "front")}
    door.see(5, "front", 0.1)
    assert door.pipeline.warnings() == []


def test_the_owner_is_told_of_a_challenge_that_the_camera_is_too_slow_for(quality: Callable[..., Quality]) -> None:
    blinking = PipelineOptions(Rules(3, 2.0, LiveRules(challenge="blink")), 1.0, 100, False)
    door = Door(quality, blinking)
    door.see(4, "front", 0.4)
    (problem,) = door.pipeline.warnings()
    assert problem.startswith("camera front: 2.5 frames a second, where CHALLENGE=blink needs 6")
    door.see(5, "front", 0.1)
    assert door.pipeline.warnings() == []


def test_each_of_two_cameras_on_a_slow_board_has_its_quorum(door: Door, face: Callable[..., Detection]) -> None:
    door.faces = [(face(), 0.3)]
    for _ in range(8):
        door.see(1, "front", 0.7)
        door.see(1, "back", 0.7)
    assert sorted(event.camera for o in door.outcomes for event in o.passes) == ["back", "front"]
    assert len(door.pipeline.warnings()) == 2


def test_who_shows_up_now_and_then_stretches_no_window(door: Door, face: Callable[..., Detection]) -> None:
    door.see(20)
    for _ in range(10):  # a look every 1.1 seconds, the frames between them at the usual pace
        door.faces = [(face(), 0.3)]
        (outcome,) = door.see()
        assert outcome.decisions[0].usable == 1
        door.faces = []
        door.see(10)
    assert (door.spent, door.pipeline.warnings()) == ([], [])


def test_a_resting_camera_is_not_a_slow_one(quality: Callable[..., Quality]) -> None:
    door = Door(quality, PipelineOptions(OPTIONS.rules, 1.0, 100, True))
    door.see(100)
    assert door.pipeline.status.rested > 50
    assert door.pipeline.warnings() == []


def test_a_failing_sink_keeps_the_event_from_nobody(
    quality: Callable[..., Quality], face: Callable[..., Detection], caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def offer(self, outcome: Outcome) -> None:
            raise OSError("the disk is full")

    door = Door(quality, sinks=[Broken()])
    door.faces = [(face(), 0.3)]
    assert sum(len(o.passes) for o in door.see(4)) == 1
    assert "the disk is full" in caplog.text


def test_no_frame_is_no_work(door: Door) -> None:
    door.pipeline.step()
    assert door.outcomes == []
    assert door.pipeline.status.processed == 0
