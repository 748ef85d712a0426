from __future__ import annotations

import itertools
from collections.abc import Callable

from ostiary.domain import Detection, Track
from ostiary.stream.track import LOST_AFTER_S, Tracker

Face = Callable[..., Detection]
FRAME = 1 / 15


def follow(tracker: Tracker, frames: list[list[Detection]], step: float = FRAME) -> list[tuple[Track, ...]]:
    return [tracker.update(faces, i * step) for i, faces in enumerate(frames)]


def new() -> Tracker:
    return Tracker("door", itertools.count(1))


def test_a_walking_face_keeps_its_track(face: Face) -> None:
    tracks = follow(new(), [[face(50 + 12 * i, 200, 60)] for i in range(30)])
    assert {t.id for (t,) in tracks} == {1}
    assert (tracks[-1][0].first_at, tracks[-1][0].last_at) == (0.0, 29 * FRAME)


def test_a_walker_seen_by_a_slow_board_keeps_the_track(face: Face) -> None:
    tracks = follow(new(), [[face(50 + 50 * i, 200, 60 + 4 * i)] for i in range(8)], step=0.33)
    assert {t.id for (t,) in tracks} == {1}


def test_faces_come_largest_first(face: Face) -> None:
    (tracks,) = follow(new(), [[face(100, 100, 50), face(400, 100, 90), face(250, 300, 70)]])
    assert [t.detection.area for t in tracks] == [8100, 4900, 2500]


def test_two_who_cross_keep_their_tracks(face: Face) -> None:
    tracker, owners = new(), []
    for i in range(31):
        left_to_right, right_to_left = face(100 + 14 * i, 200, 80), face(520 - 14 * i, 224, 80)
        tracks = tracker.update([left_to_right, right_to_left], i * FRAME)
        owners.append({t.detection: t.id for t in tracks}[left_to_right])
    assert set(owners) == {owners[0]}


def test_two_who_cross_while_one_hides_the_other_keep_their_tracks(face: Face) -> None:
    tracker = new()
    for i in range(31):
        front, behind = face(100 + 14 * i, 200, 80), face(520 - 14 * i, 215, 80)
        hidden = abs(front.box[0] - behind.box[0]) < 90  # for half a second, in which they walk further than a face is wide
        tracks = tracker.update([front] if hidden else [front, behind], i * FRAME)
        by_face = {t.detection: t.id for t in tracks}
        if i == 0:
            first = by_face[front], by_face[behind]
    assert (by_face[front], by_face[behind]) == first


def test_a_short_gap_is_bridged_and_a_long_one_is_not(face: Face) -> None:
    tracker = new()
    tracker.update([face()], 0.0)
    assert tracker.update([face()], LOST_AFTER_S - 0.1)[0].id == 1
    assert tracker.update([face()], 2 * LOST_AFTER_S + 0.1)[0].id == 2


def test_slow_frames_keep_a_track_that_fast_ones_lose(face: Face) -> None:
    slow, fast = new(), new()
    assert {slow.update([face()], n * 1.4, gap_s=1.4)[0].id for n in range(5)} == {1}
    assert [fast.update([face()], n * 1.4, gap_s=0.1)[0].id for n in range(3)] == [1, 2, 3]
    assert slow.alive(4 * 1.4 + 2.0, gap_s=1.4)
    assert not slow.alive(4 * 1.4 + 2.0, gap_s=0.1)
    assert slow.update([face()], 4 * 1.4 + 2.8, gap_s=1.4)[0].id == 2  # a frame in which it was missed


def test_an_unseen_track_is_not_reported_but_alive_for_a_while(face: Face) -> None:
    tracker = new()
    tracker.update([face()], 0.0)
    assert tracker.update([], 0.1) == ()
    assert tracker.alive(0.5)
    assert not tracker.alive(LOST_AFTER_S + 0.2)


def test_a_face_elsewhere_or_of_another_size_is_another(face: Face) -> None:
    tracker = new()
    tracker.update([face(100, 100, 60)], 0.0)
    assert tracker.update([face(400, 100, 60)], FRAME)[0].id == 2
    assert tracker.update([face(400, 100, 160)], 2 * FRAME)[0].id == 3


def test_ids_are_never_shared_between_cameras(face: Face) -> None:
    ids = itertools.count(1)
    front, back = Tracker("front", ids), Tracker("back", ids)
    assert front.update([face()], 0.0)[0].id != back.update([face()], 0.0)[0].id


def test_degenerate_boxes_and_repeated_stamps_do_no_harm() -> None:
    tracker = new()
    for at in (0.0, 0.0, 0.1):
        (track,) = tracker.update([Detection((10, 10, 10, 10), 0.5)], at)
    assert track.id == 1
