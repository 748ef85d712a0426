"""Who seems to be a picture of a face does not pass, where that is enforced."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from ostiary.domain import Candidate, Decision, Detection, Match, Reason, Sighting, Status
from ostiary.judge import Rule
from ostiary.stream.alive import MEMORY_S, WATCHED_S, Examine, LiveRules, unexamined
from ostiary.stream.attention import Attention
from ostiary.stream.decide import Decider, Rules
from ostiary.stream.plane import APART_S, SIDE_PX, TELLING_PAIRS

Seen = Callable[..., Sighting]
BLANK = np.zeros((240, 320, 3), np.uint8)
STILL = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
"""A view that never says that it is a plane's."""
THRESHOLD = 0.5
RULE = Rule(THRESHOLD, 0.05)


def decider(mode: str = "enforce", confirm_frames: int = 3) -> Decider:
    return Decider(Rules(confirm_frames, 2.0, LiveRules(mode, 0.5)))


def play(judge: Decider, sightings: Sequence[Sighting], start: float = 0.0, step: float = 0.1) -> list[Decision]:
    return [judge.decide([sighting], start + n * step, RULE, 1)[0] for n, sighting in enumerate(sightings)]


def scored(sighting: Sighting, *scores: float) -> list[Sighting]:
    return [replace(sighting, liveness=score, view=STILL) for score in scores]


def test_a_living_face_passes_after_a_second_and_says_how_surely_it_lives(seen: Seen) -> None:
    decisions = play(decider(), scored(seen(katya=0.3), 0.9, 0.8, 1.0, *[0.9] * 8), step=WATCHED_S / 10)
    assert [d.status for d in decisions] == [Status.REJECT] * 10 + [Status.PASS]
    assert (decisions[-1].liveness, decisions[-1].spoof) == (pytest.approx(0.9), False)


def test_at_few_frames_a_second_it_is_watched_until_enough_views_were_compared(seen: Seen) -> None:
    decisions = play(decider(), scored(seen(katya=0.3), *[0.9] * 6), step=APART_S)
    assert [d.status for d in decisions] == [Status.REJECT] * TELLING_PAIRS + [Status.PASS] * 2


def test_where_frames_are_slow_enough_of_them_are_remembered(seen: Seen) -> None:
    judge, looks = decider(confirm_frames=5), scored(seen(katya=0.3), *[0.9] * 6)  # five take longer than MEMORY_S
    decisions = [judge.decide([look], n * 1.4, RULE, 1, gap_s=1.4)[0] for n, look in enumerate(looks)]
    assert [d.status for d in decisions] == [Status.REJECT] * 4 + [Status.PASS] * 2


def test_a_picture_of_a_face_is_a_spoof_and_names_whom_it_shows(seen: Seen) -> None:
    last = play(decider(), scored(seen(katya=0.3), 0.1, 0.2, 0.1))[-1]
    assert (last.status, last.reason, last.person, last.fresh, last.spoof) == (Status.REJECT, Reason.SPOOF, "katya", False, True)


def test_one_good_or_bad_moment_decides_nothing(seen: Seen) -> None:
    assert play(decider(), scored(seen(katya=0.3), 0.1, 0.1, 1.0, 0.1, 1.0))[-1].reason is Reason.SPOOF
    assert play(decider(), scored(seen(katya=0.3), 0.9, 0.1, 0.9, 0.9, 0.9), step=0.5)[-1].status is Status.PASS


def test_a_print_cannot_be_waved_until_a_window_happens_to_look_alive(seen: Seen) -> None:
    judge = decider()
    play(judge, scored(seen(katya=0.3), *[0.05] * 20))
    later = play(judge, scored(seen(katya=0.3), *[0.9] * 15), start=2.0)
    assert {d.reason for d in later} == {Reason.SPOOF}


def test_whoever_was_taken_for_a_picture_by_mistake_gets_in_in_the_end(seen: Seen) -> None:
    judge = decider()
    play(judge, scored(seen(katya=0.3), *[0.05] * 10))
    assert play(judge, scored(seen(katya=0.3), *[0.9] * 60), start=1.0)[-1].status is Status.PASS


def test_without_enough_scores_nobody_passes(seen: Seen) -> None:
    unscored = play(decider(), [seen(katya=0.3)] * 20)
    assert {d.reason for d in unscored} == {Reason.CONFIRMING}
    assert {d.liveness for d in unscored} == {None}
    partly = play(decider(), [*scored(seen(katya=0.3), 0.9, 0.9), *[seen(katya=0.3)] * 10])
    assert {d.reason for d in partly} == {Reason.CONFIRMING}


def test_what_cannot_be_measured_is_a_spoof(seen: Seen) -> None:
    assert play(decider(), scored(seen(katya=0.3), 0.9, math.nan, 0.9))[-1].reason is Reason.SPOOF


def test_warn_lets_pass_and_marks(seen: Seen) -> None:
    last = play(decider("warn"), scored(seen(katya=0.3), 0.1, 0.1, 0.1))[-1]
    assert (last.status, last.fresh, last.spoof, last.liveness) == (Status.PASS, True, True, pytest.approx(0.1))
    assert play(decider("warn"), [seen(katya=0.3)] * 3)[-1].status is Status.PASS


def test_off_asks_for_nothing(seen: Seen) -> None:
    last = play(decider("off"), [seen(katya=0.3)] * 3)[-1]
    assert (last.status, last.spoof) == (Status.PASS, False)


def test_a_stranger_stays_unknown_however_alive(seen: Seen) -> None:
    assert play(decider(), scored(seen(katya=0.9), 0.9, 0.9, 0.9))[-1].reason is Reason.UNKNOWN
    assert play(decider(), scored(seen(katya=0.9), 0.1, 0.1, 0.1))[-1].reason is Reason.UNKNOWN


def test_single_frame_behaviour_still_averages_what_is_known(seen: Seen) -> None:
    decisions = play(decider(confirm_frames=1), scored(seen(katya=0.3), 0.9, 0.8, 0.9, 0.9, 0.1, 0.1, 0.1, 0.1), step=0.5)
    assert [d.reason for d in decisions] == [Reason.CONFIRMING] * 4 + [None] + [Reason.CONFIRMING] * 2 + [Reason.SPOOF]


@pytest.mark.parametrize("fps", [15, 5, 2])
def test_a_living_face_vouches_for_nobody_elses_picture(seen: Seen, fps: int) -> None:
    """Ema steps aside and holds up a picture of Katya, in whose place the track goes on."""
    judge, gap_s = decider(), 1 / fps
    herself, picture = scored(seen(ema=0.3, katya=0.9), 0.95), scored(seen(katya=0.3, ema=0.9), 0.05)
    assert play(judge, herself * 6 * fps, step=gap_s)[-1].status is Status.PASS
    after = play(judge, picture * 6 * fps, start=6, step=gap_s)
    assert {d.status for d in after} == {Status.REJECT}
    assert after[-1].reason is Reason.SPOOF


@pytest.mark.parametrize("fps", [15, 5, 2, 1])
def test_nor_for_long_for_her_own(seen: Seen, fps: int) -> None:
    judge, gap_s = decider(), 1 / fps
    herself, picture = scored(seen(katya=0.3), 0.95), scored(seen(katya=0.3), 0.05)
    assert play(judge, herself * 6 * fps, step=gap_s)[-1].status is Status.PASS
    for number, sighting in enumerate(picture * 6 * fps):
        (decision,) = judge.decide([sighting], 6 + number * gap_s, RULE, 1, gap_s)
        assert number * gap_s < max(0.7, gap_s) or decision.status is Status.REJECT
    assert decision.reason is Reason.SPOOF


def test_scores_are_forgotten_after_a_while_and_with_the_gallery(seen: Seen) -> None:
    judge = decider()
    play(judge, scored(seen(katya=0.3), *[0.1] * 3))
    (decision,) = judge.decide(scored(seen(katya=0.3), 0.9), 0.5, RULE, 2)
    assert decision.liveness == 0.9
    for n in range(round(MEMORY_S / 0.1) + 5):
        (decision,) = judge.decide(scored(seen(katya=0.3), 0.6), 0.6 + n / 10, RULE, 2)
    assert decision.liveness == pytest.approx(0.6)


def test_a_photo_held_nearer_does_not_take_the_residents_name(seen: Seen) -> None:
    """The resident stands beside a photo of herself that matches better."""
    judge = decider()
    for n in range(12):
        photo, herself = scored(seen(1, katya=0.1), 0.05) + scored(seen(2, katya=0.3), 0.95)
        decisions = judge.decide([photo, herself], n / 10, RULE, 1)
    assert [(d.status, d.reason) for d in decisions] == [(Status.REJECT, Reason.SPOOF), (Status.PASS, None)]


def test_only_looks_near_a_pass_are_examined(seen: Seen) -> None:
    asked: list[Detection] = []

    def score(image: np.ndarray, detection: Detection) -> float:
        asked.append(detection)
        return 0.7

    ignored = Match((Candidate("visitor 3", 0.1, negative=True), Candidate("katya", 0.3)))
    sightings = [
        seen(1, katya=0.3),
        seen(2, katya=0.51),
        seen(3),
        seen(4, 0.0, False),
        seen(5, 0.0, True, False),
        replace(seen(6, katya=0.3), match=ignored),
    ]
    examined = Examine(score)(BLANK, sightings, THRESHOLD)
    assert [s.liveness for s in examined] == [0.7, None, None, None, None, None]
    assert asked == [sightings[0].track.detection]
    assert [s.view is not None for s in examined] == [True, False, False, False, False, False]
    (viewed,) = Examine(None)(BLANK, [seen(katya=0.3)], THRESHOLD)
    assert (viewed.liveness, viewed.view is not None) == (None, True)
    assert [s.liveness for s in unexamined(BLANK, sightings, THRESHOLD)] == [None] * 6


def test_a_picture_that_hangs_there_is_not_looked_at_in_every_frame(seen: Seen) -> None:
    attention, judge = Attention(), decider()
    looks = 0
    for n in range(60):
        (sighting,) = scored(seen(katya=0.3), 0.1)
        looked = attention.choose((sighting.track,), n / 10)
        looks += len(looked)
        decisions = judge.decide([sighting if looked else Sighting(sighting.track)], n / 10, RULE, 1)
        attention.note(looked, decisions, n / 10)
    assert looks < 20
