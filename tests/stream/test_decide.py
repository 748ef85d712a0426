from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from ostiary.domain import Candidate, Decision, Match, Reason, Sighting, Status
from ostiary.judge import Rule
from ostiary.stream.decide import Decider, Rules

Seen = Callable[..., Sighting]
THRESHOLD, MARGIN = 0.5, 0.05
RULE = Rule(THRESHOLD, MARGIN)
STEP = 0.1


def decider(confirm_frames: int = 3, window_s: float = 2.0) -> Decider:
    return Decider(Rules(confirm_frames, window_s))


def play(
    judge: Decider, sightings: list[Sighting], start: float = 0.0, step: float = STEP, revision: object = 1, rule: Rule = RULE
) -> list[Decision]:
    """The decisions on a single face over frames `step` seconds apart."""
    return [judge.decide([s], start + i * step, rule, revision)[0] for i, s in enumerate(sightings)]


def verdicts(decisions: list[Decision]) -> list[str]:
    return [d.reason.value if d.reason else d.status.value for d in decisions]


def test_quorum_of_three_frames_passes_on_the_third(seen: Seen) -> None:
    decisions = play(decider(), [seen(katya=0.3, ema=0.8), seen(katya=0.4, ema=0.7), seen(katya=0.35, ema=0.9)])
    assert verdicts(decisions) == ["confirming", "confirming", "PASS"]
    last = decisions[-1]
    assert (last.person, last.distance, last.runner_up, last.runner_up_distance) == ("katya", 0.35, "ema", 0.8)
    assert (last.votes, last.usable, last.fresh, last.status) == (3, 3, True, Status.PASS)
    assert [d.person for d in decisions] == ["katya"] * 3


def test_one_lucky_frame_among_unknown_ones_never_passes(seen: Seen) -> None:
    stranger = [seen(katya=0.7)] * 5
    decisions = play(decider(), [*stranger, seen(katya=0.1), *stranger])
    assert "PASS" not in verdicts(decisions)
    assert decisions[-1].reason is Reason.UNKNOWN


def test_a_stranger_is_unknown_as_soon_as_the_quorum_is_out_of_reach_and_is_never_named(seen: Seen) -> None:
    decisions = play(decider(), [seen(katya=0.7), seen(katya=0.6), seen(katya=0.8), seen(katya=0.6)])
    assert verdicts(decisions) == ["confirming", "unknown", "unknown", "unknown"]
    assert {(d.person, d.distance, d.runner_up, d.votes) for d in decisions} == {(None, None, None, 0)}


def test_nobody_enrolled_is_unknown(seen: Seen) -> None:
    assert verdicts(play(decider(), [seen()] * 3)) == ["confirming", "unknown", "unknown"]


def test_distance_exactly_at_the_threshold_passes_and_just_beyond_does_not(seen: Seen) -> None:
    assert verdicts(play(decider(), [seen(katya=THRESHOLD)] * 3))[-1] == "PASS"
    assert verdicts(play(decider(), [seen(katya=THRESHOLD + 1e-9)] * 3))[-1] == "unknown"


def test_margin_is_to_the_nearest_other_person(seen: Seen) -> None:
    twins = play(decider(), [seen(tom=0.30, tim=0.34)] * 3)
    assert verdicts(twins)[-1] == "ambiguous"
    assert (twins[-1].person, twins[-1].runner_up, twins[-1].status) == ("tom", "tim", Status.REJECT)
    assert verdicts(play(decider(), [seen(tom=0.30, tim=0.36)] * 3))[-1] == "PASS"


def test_the_margin_is_that_of_the_encoder_of_now(seen: Seen) -> None:
    judge, look = decider(), seen(tom=0.30, tim=0.36)
    assert verdicts(play(judge, [look] * 3))[-1] == "PASS"
    assert verdicts(play(judge, [look], start=0.3, rule=Rule(THRESHOLD, 0.07))) == ["ambiguous"]


def test_margin_is_the_median_so_one_close_call_is_forgiven(seen: Seen) -> None:
    assert verdicts(play(decider(), [seen(tom=0.3, tim=0.6), seen(tom=0.3, tim=0.31), seen(tom=0.3, tim=0.6)]))[-1] == "PASS"


@pytest.mark.parametrize(("dissenting", "agreeing", "verdict"), [(2, 3, "PASS"), (3, 4, "ambiguous")])
def test_more_than_forty_per_cent_dissent_does_not_pass(seen: Seen, dissenting: int, agreeing: int, verdict: str) -> None:
    # Tom's median and margin are fine in both plays: only the share of looks that say Sam differs.
    looks = [seen(sam=0.3, tom=0.4)] * dissenting + [seen(tom=0.2, sam=0.6)] * agreeing
    decisions = play(decider(), looks)
    assert (verdicts(decisions)[-1], decisions[-1].person) == (verdict, "tom")


def test_a_candidate_missing_from_a_look_counts_as_infinitely_far(seen: Seen) -> None:
    assert verdicts(play(decider(), [seen(tom=0.2), seen(sam=0.2), seen(sam=0.2), seen(tom=0.2)]))[-1] != "PASS"


def test_tie_of_votes_goes_to_the_smaller_median(seen: Seen) -> None:
    tied = [seen(tom=0.40, sam=0.42), seen(sam=0.20, tom=0.45)]
    assert play(decider(), tied)[-1].person == "sam"
    assert play(decider(), list(reversed(tied)))[-1].person == "sam"


def test_looks_older_than_the_window_never_count(seen: Seen) -> None:
    judge = decider(window_s=2.0)
    play(judge, [seen(katya=0.3)] * 2)
    for tenth in range(2, 22):  # the face stays, but cannot be judged
        judge.decide([seen(1, 0, False)], tenth / 10, RULE, 1)
    (late,) = judge.decide([seen(katya=0.3)], 2.2, RULE, 1)
    assert (late.reason, late.usable) == (Reason.CONFIRMING, 1)


def test_sparse_looks_never_make_a_quorum(seen: Seen) -> None:
    assert set(verdicts(play(decider(window_s=2.0), [seen(katya=0.3)] * 10, step=1.01))) == {"confirming"}


def test_where_frames_are_slow_the_window_stretches_and_still_takes_its_quorum(seen: Seen) -> None:
    def slow(judge: Decider, at: float, **distances: float) -> str:
        (decision,) = judge.decide([seen(**distances)], at, RULE, 1, gap_s=1.4)
        return verdicts([decision])[0]

    judge = decider()
    assert [slow(judge, at, katya=0.3) for at in (0.0, 1.4, 2.8)] == ["confirming", "confirming", "PASS"]
    stranger = decider()
    assert "PASS" not in [slow(stranger, n * 1.4, katya=0.3 if n == 3 else 0.7) for n in range(8)]
    sparse = decider()  # two of three frames could not be judged: 1.5 times the usual gap is forgiven, not three times
    assert {slow(sparse, n * 4.2, katya=0.3) for n in range(8)} == {"confirming"}


def test_a_normal_pace_stretches_nothing(seen: Seen) -> None:
    """Looks a second apart at 15 frames a second: the frames between showed nobody."""
    for gap_s in (0.0, 1 / 15, 0.5):
        judge = decider()
        decisions = [judge.decide([seen(katya=0.3)], n * 1.01, RULE, 1, gap_s)[0] for n in range(10)]
        assert set(verdicts(decisions)) == {"confirming"}


def test_after_a_swap_the_newcomer_does_not_inherit_the_name(seen: Seen) -> None:
    judge = decider()
    assert verdicts(play(judge, [seen(katya=0.3)] * 5))[-1] == "PASS"
    swapped = play(judge, [seen(katya=0.8)] * 10, start=0.5)
    assert not any(d.fresh or d.status is Status.PASS for d in swapped)
    assert swapped[-1].reason is Reason.UNKNOWN


def test_after_a_swap_another_resident_needs_their_own_quorum(seen: Seen) -> None:
    judge = decider()
    play(judge, [seen(katya=0.3, ema=0.7)] * 5)
    swapped = play(judge, [seen(ema=0.3, katya=0.7)] * 25, start=0.5)
    passes = [i for i, d in enumerate(swapped) if d.status is Status.PASS]
    assert passes
    assert passes[0] >= 5, "ema passed on fewer looks than katya had"
    assert {swapped[i].person for i in passes} == {"ema"}


def test_only_a_frame_that_was_looked_at_is_fresh(seen: Seen) -> None:
    decisions = play(decider(), [*[seen(katya=0.3)] * 3, seen(1, 0, False), seen(katya=0.3)])
    assert [(d.status, d.fresh) for d in decisions[2:]] == [(Status.PASS, True), (Status.PASS, False), (Status.PASS, True)]


def test_an_unusable_look_is_neither_fresh_nor_a_vote(seen: Seen) -> None:
    decisions = play(decider(), [*[seen(katya=0.3)] * 3, seen(1, 0, True, False)])
    assert (decisions[-1].status, decisions[-1].fresh, decisions[-1].usable) == (Status.PASS, False, 3)


def test_unusable_frames_are_low_quality_and_not_a_stranger(seen: Seen) -> None:
    decisions = play(decider(), [seen(1, 0, True, False)] * 4)
    assert verdicts(decisions) == ["low_quality"] * 4
    assert (decisions[-1].usable, decisions[-1].quality, decisions[-1].person) == (0, 0.1, None)
    assert decisions[-1].problem == "blurred: hold still"


def test_who_cannot_be_judged_any_longer_is_told_so_and_not_to_wait(seen: Seen) -> None:
    blind = seen(1, 0, True, False)
    assert verdicts(play(decider(), [seen(katya=0.7), blind, blind])) == ["confirming", "low_quality", "low_quality"]
    assert verdicts(play(decider(), [seen(katya=0.3), blind, seen(katya=0.3)])) == ["confirming"] * 3


def test_a_face_that_had_no_turn_yet_is_confirming(seen: Seen) -> None:
    assert verdicts(play(decider(), [seen(1, 0, False)])) == ["confirming"]


def test_confirm_frames_one_is_single_frame_behaviour(seen: Seen) -> None:
    decisions = play(decider(confirm_frames=1), [seen(katya=0.8), seen(katya=0.3), seen(katya=0.8), seen(katya=0.3)])
    assert verdicts(decisions) == ["unknown", "PASS", "unknown", "PASS"]


def test_two_faces_cannot_be_one_person(seen: Seen) -> None:
    judge = decider()
    for i in range(3):
        near, far = judge.decide([seen(1, katya=0.30), seen(2, katya=0.40)], i * STEP, RULE, 1)
    assert (near.status, near.person) == (Status.PASS, "katya")
    assert (far.status, far.reason, far.fresh) == (Status.REJECT, Reason.AMBIGUOUS, False)


def test_of_three_claims_the_nearest_wins_whatever_the_order(seen: Seen) -> None:
    judge = decider()
    for i in range(3):
        decided = judge.decide([seen(1, katya=0.40), seen(2, katya=0.30), seen(3, katya=0.35)], i * STEP, RULE, 1)
    assert [d.status for d in decided] == [Status.REJECT, Status.PASS, Status.REJECT]


def test_two_people_pass_side_by_side(seen: Seen) -> None:
    judge = decider()
    for i in range(3):
        both = judge.decide([seen(1, katya=0.3, ema=0.8), seen(2, ema=0.3, katya=0.8)], i * STEP, RULE, 1)
    assert [(d.status, d.person) for d in both] == [(Status.PASS, "katya"), (Status.PASS, "ema")]


def test_a_change_of_the_gallery_empties_the_window(seen: Seen) -> None:
    judge = decider()
    play(judge, [seen(katya=0.3)] * 3, revision=1)
    (removed,) = judge.decide([seen(1, 0, False)], 0.3, RULE, 2)
    assert (removed.status, removed.person, removed.usable) == (Status.REJECT, None, 0)


def test_looks_are_matched_anew_when_the_gallery_changes(seen: Seen) -> None:
    """During a long import the gallery changes twice a second; at three frames a second no quorum fits in between."""
    judge, (herself,) = decider(), [seen(katya=0.3)]
    statuses = []
    for number in range(9):
        (decision,) = judge.decide([herself], number / 3, RULE, number, 1 / 3, again=lambda encoding: Match((Candidate("katya", 0.3),)))
        statuses.append(decision.status)
    assert statuses == [Status.REJECT] * 2 + [Status.PASS] * 7
    (removed,) = judge.decide([seen(1, 0, False)], 3.0, RULE, -1, again=lambda encoding: Match((Candidate("ema", 0.7),)))
    assert (removed.status, removed.reason, removed.person) == (Status.REJECT, Reason.UNKNOWN, None)


def test_a_stricter_threshold_judges_old_looks_too(seen: Seen) -> None:
    judge = decider()
    play(judge, [seen(katya=0.45)] * 3)
    (stricter,) = judge.decide([seen(1, 0, False)], 0.3, Rule(0.4, MARGIN), 1)
    assert stricter.status is Status.REJECT


def test_nan_distances_never_pass(seen: Seen) -> None:
    for margin in (0.05, 0.0):
        assert "PASS" not in verdicts(play(decider(), [seen(katya=float("nan"))] * 5, rule=Rule(THRESHOLD, margin)))
        assert "PASS" not in verdicts(play(decider(), [seen(katya=float("nan"), ema=0.9)] * 5, rule=Rule(THRESHOLD, margin)))


def test_tracks_do_not_share_their_looks(seen: Seen) -> None:
    judge = decider()
    for i in range(4):
        (decision,) = judge.decide([seen(i, katya=0.3)], i * STEP, RULE, 1)
    assert (decision.status, decision.usable) == (Status.REJECT, 1)


def test_whatever_happens_a_pass_rests_on_a_quorum_in_the_window(seen: Seen) -> None:
    """Random plays against the rules said anew, the slow way."""
    chance = random.Random(4)
    passes = 0
    for _ in range(150):
        judge, looks, at = decider(), [], 0.0
        for _ in range(40):
            at += chance.choice([0.07, 0.2, 0.5])
            distances = {"tom": chance.uniform(0.2, 0.6), "sam": chance.uniform(0.3, 0.9)}
            looked = chance.random() < 0.8
            (decision,) = judge.decide([seen(1, 0, looked, **distances)], at, RULE, 1)
            if looked:
                looks.append((at, distances))
            if decision.status is Status.PASS:
                passes += 1
                window = [d for when, d in looks if at - when <= 2.0]
                mine = sorted(d[decision.person] for d in window)
                assert len(window) >= 3
                assert mine[len(mine) // 2] <= THRESHOLD
                assert sum(min(d, key=d.get) != decision.person for d in window) <= 0.4 * len(window)
                assert decision.fresh == looked
    assert passes > 100


def test_whose_face_is_nearest_to_a_negative_is_unknown_however_near_a_person_is(seen: Seen) -> None:
    decisions = play(decider(), [seen(not_katya=0.2, katya=0.25)] * 5)
    assert verdicts(decisions)[-1] == "unknown"
    assert {(d.person, d.runner_up) for d in decisions} == {(None, None)}


def test_a_person_must_be_nearer_than_a_negative_by_the_margin(seen: Seen) -> None:
    assert verdicts(play(decider(), [seen(katya=0.30, not_katya=0.34)] * 3))[-1] == "ambiguous"
    assert verdicts(play(decider(), [seen(katya=0.30, not_katya=0.36)] * 3))[-1] == "PASS"


def test_a_negative_labelled_like_a_person_is_not_that_person(seen: Seen) -> None:
    look = seen(not_a_person=0.3)  # a visitor who happens to be labelled so
    assert {d.person for d in play(decider(), [look] * 4)} == {None}


def test_whom_something_speaks_against_is_rejected_by_name_once_they_are_known_for_sure(seen: Seen) -> None:
    judge = decider()

    def after_hours(person: str) -> Reason | None:
        return Reason.SCHEDULE if person == "katya" else None

    decisions = [judge.decide([seen(katya=0.3, ema=0.9)], i * STEP, RULE, 1, objection=after_hours)[0] for i in range(4)]
    assert verdicts(decisions) == ["confirming", "confirming", "schedule", "schedule"]
    assert (decisions[-1].person, decisions[-1].fresh) == ("katya", False)
    others = [judge.decide([seen(2, ema=0.3, katya=0.9)], 1 + i * STEP, RULE, 1, objection=after_hours)[0] for i in range(3)]
    assert verdicts(others)[-1] == "PASS"
