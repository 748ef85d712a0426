"""Eyes that close for a moment and open again solve the challenge; a still face, a smile, somebody else do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from ostiary.domain import Decision, Detection, Reason, Sighting, Status
from ostiary.judge import Rule
from ostiary.stream.alive import LiveRules, unexamined
from ostiary.stream.attention import Attention
from ostiary.stream.blink import BLINK, WithEyes
from ostiary.stream.challenge import LIMIT_S
from ostiary.stream.decide import Decider, Rules

Seen = Callable[..., Sighting]
FPS = 15
RULE = Rule(0.5, 0.05)
FACE = np.array([[170, 120], [230, 120], [200, 155], [176, 185], [224, 185]], np.float32)
WIDE, SHUT = 0.3, 0.05
OPEN = [WIDE] * 10
CLOSING, OPENING = [0.2, 0.1], [0.1, 0.18]
BLINKS = [*CLOSING, *[SHUT] * 4, *OPENING]


def door() -> Decider:
    return Decider(Rules(3, 2.0, LiveRules(challenge=BLINK)))


@pytest.fixture
def play(seen: Seen) -> Callable[..., list[Decision]]:
    def play(
        judge: Decider,
        eyes: Iterable[float | tuple[float, float] | None],
        *,
        start: float = 0.0,
        fps: float = FPS,
        distance: float = 0.3,
        heights: Iterable[float] = (),
        nose: float = 0.0,
    ) -> list[Decision]:
        decisions, heights = [], iter(heights)
        for number, each in enumerate(eyes):
            points = FACE * (1, next(heights, 1.0))
            points[2, 0] += 60 * nose
            sighting = seen(katya=distance)
            sighting = replace(sighting, track=replace(sighting.track, detection=replace(sighting.track.detection, landmarks=points)))
            sighting = replace(sighting, eyes_open=(each, each) if isinstance(each, float) else each)
            decisions += judge.decide([sighting], start + number / fps, RULE, 1, 1 / fps)
        return decisions

    return play


Play = Callable[..., list[Decision]]


def passed(decisions: Sequence[Decision]) -> bool:
    return any(d.status is Status.PASS for d in decisions)


def test_who_closes_the_eyes_and_opens_them_passes_and_is_told_what_to_do(play: Play) -> None:
    decisions = play(door(), [*OPEN, *BLINKS, *OPEN])
    assert decisions[3].challenge is None
    assert decisions[9].challenge == BLINK
    assert {d.reason for d in decisions if d.challenge} == {Reason.CONFIRMING}
    assert (decisions[-1].status, decisions[-1].person, decisions[-1].challenge) == (Status.PASS, "katya", None)
    first = next(i for i, d in enumerate(decisions) if d.status is Status.PASS)
    assert first >= len(OPEN) + len(BLINKS), "passed before the eyes were open again"


@pytest.mark.parametrize("usual", [0.13, 0.22, 0.4])
def test_each_face_is_judged_by_its_own_eyes(play: Play, usual: float) -> None:
    """A smiling face is no more open than another one is that has half closed its eyes."""
    before = [usual] * 10
    assert passed(play(door(), [*before, *[0.05] * 4, *before]))
    assert not passed(play(door(), [*before, *[0.55 * usual] * 4, *before]))


def test_six_looks_a_second_are_enough_and_three_too_few(play: Play) -> None:
    assert passed(play(door(), [*OPEN, *[SHUT] * 3, *OPEN], fps=6))
    for held in range(1, 6):
        assert not passed(play(door(), [*OPEN, *[SHUT] * held, *OPEN], fps=3))


def test_who_passed_stays_passed_though_looks_become_rare(play: Play) -> None:
    judge = door()
    assert passed(play(judge, [*OPEN, *BLINKS, *OPEN]))
    later = play(judge, [WIDE if n % 6 == 0 else None for n in range(60)], start=28 / FPS)
    assert {d.status for d in later} == {Status.PASS}


def test_a_still_picture_does_not(play: Play) -> None:
    noise = np.random.default_rng(7).normal(0, 0.03, 600)
    assert not passed(play(door(), [WIDE] * 200))
    assert not passed(play(door(), [float(WIDE + each) for each in noise]))
    assert not passed(play(door(), [SHUT] * 200)), "a picture of closed eyes"
    assert not passed(play(door(), [0.06, 0.05, 0.02, 0.02, 0.05, 0.06] * 30)), "a picture in dark glasses"


def test_one_bad_look_is_no_blink(play: Play) -> None:
    for fps in (6, 15, 30):
        assert not passed(play(door(), [*OPEN, *[SHUT, *OPEN] * 5], fps=fps))


def test_too_short_too_long_and_too_slow(play: Play) -> None:
    assert not passed(play(door(), [*[WIDE] * 30, SHUT, SHUT, *OPEN], fps=60))
    assert not passed(play(door(), [*OPEN, *[SHUT] * 26, *OPEN]))
    down = [float(each) for each in np.linspace(WIDE, SHUT, 30)]
    assert not passed(play(door(), [*OPEN, *down, *down[::-1], *OPEN])), "drifts"
    assert not passed(play(door(), [*OPEN, SHUT, SHUT, *down[::-1], *OPEN])), "opens slowly"


def test_a_blink_before_it_is_asked_for_or_after_the_time_does_not_count(play: Play) -> None:
    assert not passed(play(door(), [WIDE, WIDE, SHUT, SHUT, *OPEN, *OPEN]))
    late = round(LIMIT_S * FPS)
    assert not passed(play(door(), [*[WIDE] * (late + 8), *BLINKS, *OPEN]))


def test_a_wink_is_not_enough(play: Play) -> None:
    assert not passed(play(door(), [*OPEN, *[(SHUT, WIDE)] * 4, *OPEN, *[(WIDE, SHUT)] * 4, *OPEN]))


def test_a_print_tipped_back_is_lower_as_a_whole(play: Play) -> None:
    tipped = [1.0] * 10 + [0.4] * 4
    assert not passed(play(door(), [*OPEN, *[0.4 * WIDE] * 4, *OPEN], heights=tipped))
    assert passed(play(door(), [*OPEN, *[0.4 * WIDE] * 4, *OPEN], heights=[1.0] * 10 + [0.9] * 4))


@pytest.mark.parametrize("swapped", [{"nose": 0.5}, {"distance": 0.9}])
def test_another_face_begins_it_anew(play: Play, swapped: dict[str, float]) -> None:
    """Open eyes on one print, closed ones on another; or the eyes of somebody else."""
    judge = door()
    play(judge, OPEN)
    assert play(judge, [SHUT] * 4, start=10 / FPS, **swapped)[-1].challenge is None
    assert not passed(play(judge, OPEN, start=14 / FPS))


def test_a_look_at_somebody_else_shows_no_closed_eyes(play: Play) -> None:
    for distance in (0.9, 0.3):
        judge = door()
        play(judge, OPEN)
        play(judge, [SHUT], start=10 / FPS, distance=distance)
        play(judge, [SHUT], start=11 / FPS)
        assert passed(play(judge, OPEN, start=12 / FPS)) is (distance == 0.3)


def test_a_gap_begins_it_anew(play: Play) -> None:
    judge = door()
    play(judge, [*OPEN, *[SHUT] * 4])
    assert not passed(play(judge, OPEN, start=13 / FPS + 0.6))


def test_after_a_gap_it_is_asked_again_once_the_eyes_are_known(play: Play) -> None:
    judge = door()
    there = [*OPEN, *BLINKS, *[WIDE] * round(LIMIT_S * FPS)]
    assert passed(play(judge, there))
    again = play(judge, [WIDE] * 6, start=len(there) / FPS + 0.6)
    assert [d.challenge for d in again] == [None] * 4 + [BLINK] * 2
    assert not passed(again)


@pytest.mark.parametrize("eyes", [None, (float("nan"), float("nan"))])
def test_without_a_measurement_nobody_passes(play: Play, eyes: tuple[float, float] | None) -> None:
    decisions = play(door(), [eyes] * 40)
    assert not passed(decisions)
    assert {d.challenge for d in decisions} == {None}


def test_every_frame_is_looked_at_while_it_runs(play: Play, seen: Seen) -> None:
    attention, track = Attention(), seen().track
    for number, decision in enumerate(play(door(), OPEN)):
        assert attention.choose((track,), number / FPS) == (track,)
        attention.note((track,), (decision,), number / FPS)


def test_only_looks_near_a_pass_are_measured(seen: Seen) -> None:
    measured: list[Detection] = []

    def eyes_open(image: np.ndarray, face: Detection) -> tuple[float, float]:
        measured.append(face)
        return WIDE, SHUT

    blank = np.zeros((240, 320, 3), np.uint8)
    far = [seen(2, katya=0.9), seen(3, 0.0, False), seen(4, 0.0, True, False), seen(5, not_katya=0.2)]
    examined = WithEyes(unexamined, eyes_open)(blank, [seen(katya=0.3), *far], RULE.threshold)
    assert [sighting.eyes_open for sighting in examined] == [(WIDE, SHUT), None, None, None, None]
    assert len(measured) == 1
