from __future__ import annotations

from itertools import accumulate

import pytest

from ostiary.stream.tempo import LONGEST_PATIENCE_S, LONGEST_WINDOW_S, Tempo, patience, slowness, stretched, too_slow_for


def measured(*gaps: float, tempo: Tempo | None = None) -> float:
    tempo = tempo or Tempo()
    for at in accumulate(gaps, initial=100.0):
        tempo.note(at, rested=False)
    return tempo.gap_s


def test_the_pace_is_the_usual_gap_once_some_were_measured() -> None:
    assert [measured(*[1.4] * n) for n in range(5)] == [0, 0, 0, pytest.approx(1.4), pytest.approx(1.4)]
    assert measured(*[0.1] * 10, *[1.4] * 5) == pytest.approx(1.4)
    assert measured(*[1.4] * 10, *[0.1] * 3) == pytest.approx(0.1)


def test_a_hiccup_or_two_are_no_pace() -> None:
    assert measured(0.1, 0.1, 0.1, 3.0, 3.0) == pytest.approx(0.1)


def test_a_camera_that_was_away_says_nothing_about_speed() -> None:
    assert measured(0.1, 0.1, 0.1, *[LONGEST_WINDOW_S + 1] * 5) == pytest.approx(0.1)
    assert measured(0.1, 0.1, 0.1, *[-1.0, 0.0] * 5) == pytest.approx(0.1)


def test_a_camera_that_rests_is_not_slow() -> None:
    tempo = Tempo()
    for tenth in range(200):  # searched once a second, as nothing moves
        tempo.note(tenth / 10, rested=tenth % 10 != 0)
    assert tempo.gap_s == 0
    assert measured(0.1, 0.1, 0.1, tempo=tempo) == pytest.approx(0.1)


@pytest.mark.parametrize("gap_s", [0.0, 1 / 15, 0.3, 0.66, 2 / 3])
def test_at_a_normal_pace_nothing_changes(gap_s: float) -> None:
    assert stretched(2.0, 3, gap_s) == 2.0
    assert patience(1.0, gap_s) == 1.0
    assert slowness(2.0, 3, gap_s) is None


def test_a_slow_pace_stretches_up_to_a_limit() -> None:
    assert stretched(2.0, 3, 1.4) == pytest.approx(4.2)
    assert patience(1.0, 1.4) == pytest.approx(2.1)
    assert (stretched(2.0, 3, 60), patience(1.0, 60)) == (LONGEST_WINDOW_S, LONGEST_PATIENCE_S)
    assert stretched(10.0, 3, 60) == 10.0
    assert stretched(2.0, 1, 60) == 2.0


def test_the_owner_is_told_of_a_slow_pace() -> None:
    told = slowness(2.0, 3, 1.4)
    assert told is not None
    assert told.startswith(
        "1.4 s a frame, slower than CONFIRM_FRAMES=3 in CONFIRM_WINDOW=2 needs; the window is stretched to 4.2 s: use fewer"
    )
    assert "nobody can pass" in (slowness(2.0, 3, 3.1) or "")
    assert "nobody can pass" in (slowness(10.0, 5, 3.0) or "")
    assert slowness(10.0, 3, 3.0) is None
    assert slowness(2.0, 3, 1 / 1.3) is None  # a MAX_FPS that the settings let pass
    assert slowness(2.0, 1, 60) is None


@pytest.mark.parametrize(("challenge", "fps"), [("turn", 4), ("blink", 6)])
def test_the_owner_is_told_where_a_challenge_cannot_be_solved(challenge: str, fps: float) -> None:
    assert too_slow_for(challenge, 1 / fps) is None
    assert too_slow_for(challenge, 1.05 / fps) is None
    assert too_slow_for(challenge, 0.0) is None  # not known yet
    told = too_slow_for(challenge, 2 / fps)
    assert told is not None
    assert told.startswith(f"{fps / 2:.1f} frames a second, where CHALLENGE={challenge} needs {fps:g}")


def test_without_a_challenge_nobody_is_told_of_one() -> None:
    assert too_slow_for("none", 5.0) is None
