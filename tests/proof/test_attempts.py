from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ostiary.domain import Candidate, Detection, Match, Probe, Quality
from ostiary.judge import Rule
from ostiary.proof.attempts import Look, in_turns, passes, without
from ostiary.stream.decide import Rules

GOOD = Quality(usable=True, problem=None, score=0.9, eyes_px=60, sharpness=0.4, brightness=120, yaw=0)
PROBE = Probe(Detection((0, 0, 100, 100), 0.9), GOOD, np.ones(4, np.float32))
QUORUM = Rules(confirm_frames=3, window_s=2.0)
MARGIN = 0.05
SINGLE = replace(QUORUM, confirm_frames=1)


def match(*candidates: tuple[str, float]) -> Match:
    return Match(tuple(Candidate(*c) for c in sorted(candidates, key=lambda c: c[1])))


def looks(*matches: Match, every_s: float = 0.2) -> list[Look]:
    return [Look(i * every_s, PROBE, m) for i, m in enumerate(matches)]


def test_one_look_opens_at_its_distance() -> None:
    assert passes(looks(match(("katya", 0.3), ("ema", 0.8))), SINGLE, MARGIN) == {"katya": 0.3}


def test_a_quorum_opens_at_the_median_or_the_newest_look() -> None:
    near, middle, far = (match(("katya", d), ("ema", 0.9)) for d in (0.2, 0.4, 0.6))
    assert passes(looks(far, near, middle), QUORUM, MARGIN) == {"katya": 0.4}
    assert passes(looks(near, middle, far), QUORUM, MARGIN) == {"katya": 0.6}  # the newest must itself be near enough


def test_one_lucky_look_opens_a_single_frame_but_no_quorum() -> None:
    stranger, lucky = match(("katya", 0.9), ("ema", 0.95)), match(("katya", 0.2), ("ema", 0.9))
    attempt = looks(stranger, stranger, lucky)
    assert passes(attempt, SINGLE, MARGIN)["katya"] == 0.2
    assert passes(attempt, QUORUM, MARGIN).get("katya", 1.0) > 0.85


def test_too_few_looks_never_open() -> None:
    assert passes(looks(match(("katya", 0.1)), match(("katya", 0.1))), QUORUM, MARGIN) == {}


def test_without_a_margin_nobody_passes_at_any_threshold() -> None:
    twins = match(("katya", 0.30), ("ema", 0.32))
    assert passes(looks(twins), SINGLE, MARGIN) == {}


def test_whom_two_people_agree_on_is_named_with_both() -> None:
    katya, ema = match(("katya", 0.3), ("ema", 0.9)), match(("ema", 0.4), ("katya", 0.9))
    found = passes(looks(katya, katya, katya, *[ema] * 9), QUORUM, MARGIN)
    assert found == {"katya": 0.3, "ema": 0.4}


def test_looks_beyond_the_window_do_not_count() -> None:
    sure = match(("katya", 0.3), ("ema", 0.9))
    assert passes(looks(sure, sure, sure, every_s=1.5), QUORUM, MARGIN) == {}
    assert passes(looks(sure, sure, sure, every_s=0.9), QUORUM, MARGIN) == {"katya": 0.3}


def test_passing_is_monotone_and_the_threshold_found_is_the_lowest() -> None:
    from ostiary.proof.attempts import _judged

    rng = np.random.default_rng(3)
    opened = 0
    for _ in range(100):
        window = looks(*(match(("katya", rng.uniform(0.2, 0.5)), ("ema", rng.uniform(0.3, 0.9))) for _ in range(4)))
        verdicts = [_judged(window, QUORUM, Rule(t, MARGIN)).status == "PASS" for t in np.arange(0.1, 1.0, 0.01)]
        assert verdicts == sorted(verdicts)
        opened += any(verdicts)
        for person, threshold in passes(window[-3:], QUORUM, MARGIN).items():
            assert _judged(window[-3:], QUORUM, Rule(threshold, MARGIN)).person == person
            assert _judged(window[-3:], QUORUM, Rule(threshold - 1e-9, MARGIN)).status == "REJECT"
    assert 20 < opened < 100


def test_stills_are_taken_in_turns_within_the_window() -> None:
    items = [(PROBE, match(("katya", i / 10))) for i in range(7)]
    turns = list(in_turns(items, 3, 2.0))
    assert [[look.match.candidates[0].distance for look in turn] for turn in turns] == [[0, 0.1, 0.2], [0.3, 0.4, 0.5]]
    assert turns[0][-1].at < 2.0
    assert list(in_turns(items[:2], 3, 2.0)) == []


def test_a_resident_taken_out_is_a_stranger() -> None:
    left = without(match(("katya", 0.1), ("ema", 0.6)), "katya")
    assert passes(looks(left), SINGLE, MARGIN) == {"ema": pytest.approx(0.6)}
