"""A head that turns solves the challenge; what only moves, jumps or is somebody else does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from ostiary.domain import Candidate, Decision, Match, Reason, Sighting, Status
from ostiary.judge import Rule
from ostiary.stream.alive import LiveRules
from ostiary.stream.challenge import LIMIT_S, PAUSE_S, TURN_LEFT, TURN_RIGHT, either
from ostiary.stream.decide import Decider, Rules

Seen = Callable[..., Sighting]
FPS = 15
RULE = Rule(0.5, 0.05)
AHEAD = [0.0] * 10
HEAD = np.array([[-30, -30, 0], [30, -30, 0], [0, 5, 35], [-24, 35, 0], [24, 35, 0]], float)  # the nose stands out


def points(yaw: float, flat: bool = False, pitch: float = 0.0, wander: float = 0.0) -> np.ndarray:
    """Five points of a head turned by `yaw` degrees to its own left, or of its print turned alike.

    By `wander`, in distances of the eyes, the detector is wrong about the nose where the face is turned by more than 55 degrees.
    """
    model = HEAD * (1, 1, 0 if flat else 1)
    turn, _ = cv2.Rodrigues(np.deg2rad([0.0, yaw, 0.0]))
    nod, _ = cv2.Rodrigues(np.deg2rad([pitch, 0.0, 0.0]))
    seen = (model @ turn.T @ nod.T)[:, :2] + (200, 150)
    seen[2] += wander * (abs(yaw) > 55) * (seen[1] - seen[0])
    return seen.astype(np.float32)


def swing(to: float, frames: int = 8) -> list[float]:
    """There and back."""
    there = list(np.linspace(0, to, frames))
    return [*there, to, to, *reversed(there)]


def door(side: str = TURN_LEFT) -> Decider:
    return Decider(Rules(3, 2.0, LiveRules(challenge="turn", draw=lambda: side)))


@pytest.fixture
def play(seen: Seen) -> Callable[..., list[Decision]]:
    def play(judge: Decider, yaws: Iterable[float], *, start: float = 0.0, distance: float = 0.3, **how: object) -> list[Decision]:
        decisions = []
        for number, yaw in enumerate(yaws):
            sighting = seen(katya=distance)
            face = replace(sighting.track.detection, landmarks=points(yaw, **how))  # type: ignore[arg-type]
            sighting = replace(sighting, track=replace(sighting.track, detection=face))
            decisions += judge.decide([sighting], start + number / FPS, RULE, 1)
        return decisions

    return play


Play = Callable[..., list[Decision]]


def passed(decisions: Sequence[Decision]) -> bool:
    return any(d.status is Status.PASS for d in decisions)


def test_a_print_tilted_until_its_points_wander_has_not_turned(play: Play) -> None:
    assert not passed(play(door(), [*AHEAD, *swing(65, 12), *AHEAD], flat=True, wander=0.33))
    assert passed(play(door(), [*AHEAD, *swing(55, 12), *AHEAD]))


def test_who_swings_to_and_fro_is_asked_once_looking_one_way(play: Play) -> None:
    """Else the measure would be taken at one end of the swing, from where looking ahead is a turn."""
    judge, swinging = door(), list(35 * np.sin(np.arange(30) / 2))
    assert {d.challenge for d in play(judge, swinging)} == {None}
    assert play(judge, AHEAD, start=2)[-1].challenge == TURN_LEFT


def test_who_turns_and_looks_back_passes_and_is_told_what_to_do(play: Play) -> None:
    decisions = play(door(), [*AHEAD, *swing(35), *AHEAD])
    asked = [d.challenge for d in decisions]
    assert asked[:3] == [None] * 3
    assert TURN_LEFT in asked
    assert (asked[-1], decisions[-1].status, decisions[-1].person) == (None, Status.PASS, "katya")
    assert {d.reason for d in decisions if d.challenge} == {Reason.CONFIRMING}
    first = next(i for i, d in enumerate(decisions) if d.status is Status.PASS)
    assert first > len(AHEAD) + 10, "passed before looking back"


def test_the_side_that_is_asked_for_counts(play: Play) -> None:
    assert passed(play(door(TURN_RIGHT), [*AHEAD, *swing(-35), *AHEAD]))
    assert not passed(play(door(TURN_RIGHT), [*AHEAD, *swing(35), *AHEAD]))
    assert not passed(play(door(TURN_LEFT), [*AHEAD, *swing(-35), *swing(35), *AHEAD])), "tried both sides"
    assert {either() for _ in range(100)} == {TURN_LEFT, TURN_RIGHT}


def test_who_does_nothing_or_too_little_does_not_pass(play: Play) -> None:
    assert not passed(play(door(), [0.0] * 200))
    assert not passed(play(door(), [*AHEAD, *swing(12), *AHEAD]))


@pytest.mark.parametrize("pitch", [0.0, 30.0, -30.0])
def test_a_print_may_be_turned_and_tilted_as_one_likes(play: Play, pitch: float) -> None:
    assert not passed(play(door(), [*AHEAD, *swing(60), *AHEAD, *swing(-60), *AHEAD], flat=True, pitch=pitch))


def test_after_the_time_a_new_challenge_is_asked(play: Play) -> None:
    judge, late = door(), round(LIMIT_S * FPS) + 5
    decisions = play(judge, [0.0] * (late + round(PAUSE_S * FPS) + 10))
    asked = [d.challenge is not None for d in decisions]
    assert sum(later and not earlier for earlier, later in pairwise(asked)) == 2
    assert passed(play(judge, [*swing(35), *AHEAD], start=len(decisions) / FPS))


def test_a_jump_is_another_face(play: Play) -> None:
    """A photo, then for a moment somebody's turned head, then the photo."""
    assert not passed(play(door(), [*AHEAD, *[45.0] * 6, *AHEAD]))


def test_a_gap_begins_anew(play: Play) -> None:
    judge = door()
    play(judge, [*AHEAD, *np.linspace(0, 35, 8), 35, 35])
    assert not passed(play(judge, [0.0] * 10, start=2.3))


def test_somebody_else_looking_ahead_fails_it(play: Play, seen: Seen) -> None:
    judge = door()
    play(judge, AHEAD)
    play(judge, [0.0] * 3, start=10 / FPS, distance=0.9)
    after = play(judge, [*swing(35), *AHEAD], start=13 / FPS)
    assert not passed(after)


def test_it_is_solved_for_one_person(seen: Seen, play: Play) -> None:
    judge = door()
    assert passed(play(judge, [*AHEAD, *swing(35), *AHEAD]))
    ema = Match((Candidate("ema", 0.2), Candidate("katya", 0.45)))
    for number in range(60):
        sighting = seen(katya=0.3)
        face = replace(sighting.track.detection, landmarks=points(0))
        sighting = replace(sighting, track=replace(sighting.track, detection=face), match=ema)
        (decision,) = judge.decide([sighting], (38 + number) / FPS, RULE, 1)
        assert (decision.person, decision.status) != ("ema", Status.PASS)


@pytest.mark.parametrize("landmarks", [None, np.zeros((5, 2), np.float32), np.full((5, 2), np.nan, np.float32)])
def test_without_points_nobody_passes(seen: Seen, landmarks: np.ndarray | None) -> None:
    judge = door()
    for number in range(30):
        sighting = seen(katya=0.3)
        face = replace(sighting.track.detection, landmarks=landmarks)
        (decision,) = judge.decide([replace(sighting, track=replace(sighting.track, detection=face))], number / FPS, RULE, 1)
        assert (decision.reason, decision.challenge) == (Reason.CONFIRMING, None)
