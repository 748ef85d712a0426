from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ostiary.domain import Decision, Detection, Reason, Sighting, Status, Track
from ostiary.judge import Rule
from ostiary.stream.attention import MOST_LOOKS, Attention, recheck_interval
from ostiary.stream.decide import Decider, Rules

Seen = Callable[..., Sighting]
Face = Callable[..., Detection]


def track(number: int, face: Face) -> Track:
    return Track(number, "door", face(), 0.0, 0.0)


def decision(number: int, status: Status, reason: Reason | None, fresh: bool, face: Face) -> Decision:
    return Decision(number, status, reason, None, None, None, None, 0, 0, None, fresh, face())


def test_undecided_faces_are_looked_at_in_every_frame(face: Face) -> None:
    attention, tracks = Attention(), (track(1, face),)
    for reason in (Reason.CONFIRMING, Reason.AMBIGUOUS, Reason.LOW_QUALITY):
        attention.note(tracks, (decision(1, Status.REJECT, reason, False, face),), 0.0)
        assert attention.choose(tracks, 0.01) == tracks


def test_settled_faces_are_looked_at_now_and_then(face: Face) -> None:
    for settled in (decision(1, Status.PASS, None, True, face), decision(1, Status.REJECT, Reason.UNKNOWN, False, face)):
        attention, tracks = Attention(0.4), (track(1, face),)
        attention.note(tracks, (settled,), 0.0)
        assert attention.choose(tracks, 0.39) == ()
        assert attention.choose(tracks, 0.4) == tracks


def test_who_is_undecided_comes_before_strangers_that_are_known_for_such(face: Face) -> None:
    """At a frame a second all of them are due in each; in turns, a resident among them would never have a quorum."""
    strangers = tuple(track(number, face) for number in range(2 * MOST_LOOKS))
    attention, resident = Attention(), track(99, face)
    attention.note(strangers, tuple(decision(t.id, Status.REJECT, Reason.UNKNOWN, False, face) for t in strangers), 0.0)
    for now in (1.0, 2.0, 3.0):
        looked = attention.choose((*strangers, resident), now)
        assert (looked[0], len(looked)) == (resident, MOST_LOOKS)
        attention.note(looked, (decision(99, Status.REJECT, Reason.CONFIRMING, False, face),), now)


def test_a_look_that_did_not_confirm_calls_for_another(face: Face) -> None:
    attention, tracks = Attention(), (track(1, face),)
    attention.note(tracks, (decision(1, Status.PASS, None, False, face),), 0.0)
    assert attention.choose(tracks, 0.01) == tracks


def test_a_crowd_takes_turns(face: Face) -> None:
    attention, crowd = Attention(), tuple(track(i, face) for i in range(3 * MOST_LOOKS))
    looked = []
    for frame in range(3):
        chosen = attention.choose(crowd, frame / 10)
        assert len(chosen) == MOST_LOOKS
        attention.note(chosen, tuple(decision(t.id, Status.REJECT, Reason.CONFIRMING, False, face) for t in chosen), frame / 10)
        looked += [t.id for t in chosen]
    assert sorted(looked) == list(range(3 * MOST_LOOKS))


def test_a_settled_quorum_stays_alive_and_a_swap_is_noticed_at_once(seen: Seen) -> None:
    """Attention and decisions together, 15 frames a second: looks get rare, the PASS stays; then a stranger slips in."""
    for rules in (Rules(3, 2.0), Rules(5, 1.0)):
        attention, judge = Attention(recheck_interval(rules.confirm_frames, rules.window_s)), Decider(rules)
        looks, verdicts = 0, []
        for frame in range(90):
            at = frame / 15
            sighting = seen(1, at, **({"katya": 0.3} if frame < 60 else {"katya": 0.9}))
            chosen = attention.choose((sighting.track,), at)
            looks += len(chosen)
            decisions = judge.decide([sighting if chosen else replace(sighting, probe=None, match=None)], at, Rule(0.5, 0.05), 1)
            attention.note(chosen, decisions, at)
            verdicts.append(decisions[0].status)
            if frame == 59:
                assert looks < 60 / 15 / recheck_interval(rules.confirm_frames, rules.window_s) + rules.confirm_frames + 2
        assert set(verdicts[rules.confirm_frames - 1 : 60]) == {Status.PASS}
        assert set(verdicts[60 + 7 :]) == {Status.REJECT}


def test_a_stranger_who_comes_to_be_seen_better_is_looked_at_at_once(face: Face) -> None:
    attention = Attention(0.4)
    far, near = (Track(1, "door", face(width=width), 0.0, 0.0) for width in (60, 100))
    stranger = replace(decision(1, Status.REJECT, Reason.UNKNOWN, False, face), detection=far.detection)
    attention.note((far,), (stranger,), 0.0)
    assert attention.choose((far,), 0.1) == ()
    assert attention.choose((near,), 0.1) == (near,)
    attention.note((near,), (replace(stranger, detection=near.detection),), 0.1)
    assert attention.choose((near,), 0.2) == ()


def test_a_face_that_turns_to_the_camera_is_seen_better(face: Face) -> None:
    points = np.array([[80, 90], [120, 90], [100, 110], [85, 130], [115, 130]], np.float32)
    away = points * [0.4, 1] + [60, 0]
    attention = Attention(0.4)
    turned, frontal = (Track(1, "door", replace(face(), landmarks=p), 0.0, 0.0) for p in (away, points))
    attention.note((turned,), (replace(decision(1, Status.REJECT, Reason.UNKNOWN, False, face), detection=turned.detection),), 0.0)
    assert attention.choose((turned,), 0.1) == ()
    assert attention.choose((frontal,), 0.1) == (frontal,)


def test_who_is_let_in_is_not_looked_at_more_often_for_coming_nearer(face: Face) -> None:
    attention = Attention(0.4)
    attention.note((track(1, face),), (decision(1, Status.PASS, None, True, face),), 0.0)
    assert attention.choose((Track(1, "door", face(width=300), 0.0, 0.0),), 0.1) == ()


def test_the_best_seen_of_a_crowd_come_first(face: Face) -> None:
    crowd = tuple(Track(i, "door", face(width=40 + 10 * i), 0.0, 0.0) for i in range(MOST_LOOKS + 3))
    assert [t.id for t in Attention().choose(crowd, 0.0)] == list(range(MOST_LOOKS + 2, 2, -1))
