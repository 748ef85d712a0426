from __future__ import annotations

import random
import threading

import numpy as np
import pytest

from ostiary.domain import Frame
from ostiary.stream.frames import NewestFrames
from ostiary.stream.pace import Pace


@pytest.mark.parametrize(
    ("camera_fps", "max_fps", "expected"), [(30, 15, 15), (15, 15, 15), (25, 15, 15), (10, 15, 10), (60, 5, 5), (2, 0.5, 0.5)]
)
def test_pace_keeps_to_the_highest_rate(camera_fps: float, max_fps: float, expected: float) -> None:
    pace, jitter = Pace(max_fps), random.Random(2)
    taken = sum(pace.due(i / camera_fps + jitter.uniform(0, 0.1 / camera_fps)) for i in range(int(60 * camera_fps)))
    assert (taken - 1) / 60 == pytest.approx(expected, rel=0.1)


def test_pace_does_not_make_up_for_a_pause() -> None:
    pace = Pace(10)
    assert pace.due(0)
    assert [pace.due(60 + i / 100) for i in range(5)] == [True, False, False, False, False]


def frame(camera: str, number: int) -> Frame:
    return Frame(camera, number, 0.0, 0.0, np.zeros((1, 1, 3), np.uint8))


def taken(frames: NewestFrames) -> tuple[str, int] | None:
    got = frames.take(0)
    return (got.camera, got.id) if got else None


def test_only_the_newest_frame_waits_and_losses_are_counted() -> None:
    frames = NewestFrames()
    for number in range(5):
        frames.put(frame("front", number))
    assert taken(frames) == ("front", 4)
    assert taken(frames) is None
    assert (frames.dropped("front"), frames.dropped("back")) == (4, 0)


def test_a_fast_camera_does_not_starve_a_slow_one() -> None:
    frames = NewestFrames()
    frames.put(frame("fast", 0))
    frames.put(frame("slow", 0))
    order = []
    for number in range(1, 5):
        order.append(taken(frames))
        frames.put(frame("fast", number))
        frames.put(frame("fast", number + 10))
    assert order[:2] == [("fast", 0), ("slow", 0)]
    frames.put(frame("slow", 1))
    assert {taken(frames)[0], taken(frames)[0]} == {"fast", "slow"}


def test_a_waiting_taker_is_woken() -> None:
    frames = NewestFrames()
    timer = threading.Timer(0.05, frames.put, [frame("front", 7)])
    timer.start()
    got = frames.take(5)
    timer.join()
    assert got is not None
    assert got.id == 7
