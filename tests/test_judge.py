from __future__ import annotations

import numpy as np

from ostiary.domain import Candidate, Detection, Match, Probe, Quality, Reason
from ostiary.judge import Rule, judge

RULE = Rule(threshold=0.5, margin=0.05)
QUALITY = Quality(True, None, 1.0, 60.0, 1.0, 0.5, 0.0)


def _probe(size: int, *, usable: bool = True) -> Probe:
    return Probe(Detection((0, 0, size, size), 0.9), QUALITY, np.ones(128, np.float32) if usable else None)


def _match(*candidates: tuple[str, float]) -> Match:
    return Match(tuple(Candidate(*each) for each in candidates))


def _judged(*matches: Match) -> list[tuple[str | None, Reason | None]]:
    return [(r.name, r.reason) for r in judge([_probe(100 - i) for i in range(len(matches))], matches, RULE)]


def test_near_enough_is_a_person_and_farther_is_not() -> None:
    assert _judged(_match(("katya", 0.5))) == [("katya", None)]
    assert _judged(_match(("katya", 0.51))) == [(None, Reason.UNKNOWN)]
    assert _judged(Match()) == [(None, Reason.UNKNOWN)]


def test_two_people_about_equally_near_are_nobody() -> None:
    assert _judged(_match(("katya", 0.40), ("zero", 0.44))) == [(None, Reason.AMBIGUOUS)]
    assert _judged(_match(("katya", 0.40), ("zero", 0.46))) == [("katya", None)]


def test_no_person_is_in_a_picture_twice() -> None:
    assert _judged(_match(("katya", 0.3)), _match(("katya", 0.2)), _match(("zero", 0.4))) == [
        (None, Reason.AMBIGUOUS),
        ("katya", None),
        ("zero", None),
    ]


def test_a_face_that_cannot_be_judged_is_neither_known_nor_a_stranger() -> None:
    (found,) = judge([_probe(100, usable=False)], [Match()], RULE)
    assert (found.name, found.distance, found.reason) == (None, None, Reason.LOW_QUALITY)


def test_a_stranger_is_told_with_the_nearest_distance() -> None:
    (found,) = judge([_probe(100)], [_match(("katya", 0.6), ("zero", 0.9))], RULE)
    assert (found.distance, found.runner_up, found.runner_up_distance) == (0.6, "zero", 0.9)


def test_the_largest_face_comes_first() -> None:
    found = judge([_probe(10), _probe(30), _probe(20)], [_match((name, 0.1)) for name in "abc"], RULE)
    assert [each.name for each in found] == ["b", "c", "a"]


def test_a_face_nearest_to_a_negative_is_unknown_and_told_with_the_nearest_person() -> None:
    lookalike = Match((Candidate("visitor 1", 0.2, negative=True), Candidate("katya", 0.3)))
    (found,) = judge([_probe(100)], [lookalike], RULE)
    assert (found.name, found.reason, found.distance, found.runner_up) == (None, Reason.UNKNOWN, 0.3, "visitor 1")
    close = Match((Candidate("katya", 0.3), Candidate("visitor 1", 0.33, negative=True)))
    assert _judged(close) == [(None, Reason.AMBIGUOUS)]
