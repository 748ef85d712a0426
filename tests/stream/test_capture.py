from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import cv2
import numpy as np
import pytest

from ostiary.errors import SourceError
from ostiary.stream.capture import Capture
from ostiary.stream.frames import NewestFrames
from ostiary.stream.source import Source, open_source


class Pictures:
    """A source that a test scripts: pictures, None for the end, or an error to raise."""

    def __init__(self, script: Iterator[np.ndarray | Exception | None], live: bool = True, interval_s: float | None = None):
        self._script, self.live, self.interval_s = script, live, interval_s
        self.closed = False
        self.late_s = 0.0

    def read(self) -> np.ndarray | None:
        item = next(self._script)
        if isinstance(item, Exception):
            raise item
        return item

    def close(self) -> None:
        self.closed = True


def picture(grey: int) -> np.ndarray:
    return np.full((32, 32, 3), grey % 256, np.uint8)


def lost() -> SourceError:
    return SourceError("rtsp://***@camera", "stopped delivering pictures")


class Stop(threading.Event):
    """A stop that remembers what was waited for instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0)
        return self.is_set()


def capture(
    *sources: Source | Exception, stop: threading.Event | None = None, freeze_timeout_s: float = 60
) -> tuple[Capture, NewestFrames]:
    frames, script = NewestFrames(), iter(sources)

    def opened(spec: str) -> Source:
        source = next(script)
        if isinstance(source, Exception):
            raise source
        return source

    made = Capture("door", "rtsp://u:s3cret@camera/x", frames, stop or Stop(), open_source=opened, freeze_timeout_s=freeze_timeout_s)
    return made, frames


def steps(capture: Capture, times: int) -> None:
    for _ in range(times):
        capture.step()


def test_frames_are_numbered_and_stamped_when_they_are_captured() -> None:
    door, frames = capture(Pictures(map(picture, count())))
    before = time.monotonic(), time.time()
    steps(door, 3)
    frame = frames.take(0)
    assert frame is not None
    assert (frame.camera, frame.id) == ("door", 3)
    assert before[0] <= frame.at <= time.monotonic()
    assert before[1] <= frame.captured_at <= time.time()
    status = door.status()
    assert (status.state, status.frames, status.dropped, status.reconnects, status.problem) == ("live", 3, 2, 0, None)
    assert status.last_frame_at == frame.captured_at


def test_a_late_picture_is_stamped_when_it_should_have_come() -> None:
    source = Pictures(map(picture, count()))
    source.late_s = 3.0
    door, frames = capture(source)
    steps(door, 1)
    frame = frames.take(0)
    assert frame is not None
    assert time.monotonic() - frame.at == pytest.approx(3, abs=0.5)
    assert time.time() - frame.captured_at == pytest.approx(3, abs=0.5)


def test_it_is_connecting_before_the_first_picture() -> None:
    door, _ = capture(Pictures(map(picture, count())))
    assert (door.status().state, door.status().last_frame_at) == ("connecting", None)


def test_a_lost_camera_is_tried_again_with_growing_pauses_and_comes_back(caplog: pytest.LogCaptureFixture) -> None:
    stop = Stop()
    first = Pictures(iter([picture(1), picture(2), lost()]))
    door, frames = capture(first, *[lost() for _ in range(8)], Pictures(map(picture, count(7))), stop=stop)
    steps(door, 5)
    status = door.status()
    assert (status.state, status.problem) == ("lost", "video source rtsp://***@camera: stopped delivering pictures")
    assert first.closed
    steps(door, 7)
    assert stop.waits == sorted(stop.waits) or max(stop.waits) > 8 * stop.waits[0]
    assert max(stop.waits) <= 15 * 1.2
    status = door.status()
    assert (status.state, status.reconnects, status.frames) == ("live", 1, 3)
    assert frames.take(0).id == 3
    assert caplog.text.count("stopped delivering") == 1
    assert "s3cret" not in caplog.text + str(door.status())


def test_a_stuck_camera_counts_as_lost_and_its_repetitions_are_no_frames() -> None:
    stuck = Pictures(picture(5) for _ in count())
    door, frames = capture(stuck, Pictures(map(picture, count())), freeze_timeout_s=0.05)
    steps(door, 3)
    assert frames.take(0).id == 1
    assert frames.take(0) is None
    time.sleep(0.06)
    steps(door, 1)
    status = door.status()
    assert (status.state, status.repeated, status.frames) == ("lost", 2, 1)
    assert "same picture" in status.problem
    assert stuck.closed
    steps(door, 1)
    assert door.status().state == "live"


def test_a_camera_stuck_for_ever_is_said_so_once(caplog: pytest.LogCaptureFixture) -> None:
    stuck = [Pictures(picture(5) for _ in count()) for _ in range(3)]
    door, _ = capture(*stuck, Pictures(map(picture, count(6))), freeze_timeout_s=0.02)
    with caplog.at_level("INFO"):
        for _ in stuck:
            steps(door, 2)
            time.sleep(0.03)
            steps(door, 1)
            assert door.status().state == "lost"
    assert [record.levelname for record in caplog.records] == ["INFO", "WARNING"]  # live once, lost once
    assert door.status().frames == 1
    steps(door, 1)
    assert (door.status().state, door.status().frames, door.status().reconnects) == ("live", 2, 1)


def test_one_different_pixel_is_a_new_picture() -> None:
    changed = picture(5)
    changed[3, 3, 1] += 1
    door, _ = capture(Pictures(iter([picture(5), picture(5), changed])))
    steps(door, 3)
    assert (door.status().frames, door.status().repeated) == (2, 1)


def test_a_camera_that_hangs_in_its_driver_is_shown_as_lost() -> None:
    hanging, let_go = threading.Event(), threading.Event()

    def script() -> Iterator[np.ndarray]:
        yield picture(1)
        hanging.set()
        let_go.wait(10)
        yield picture(2)

    door, _ = capture(Pictures(script()), freeze_timeout_s=0.02)
    thread = threading.Thread(target=steps, args=(door, 2))
    thread.start()
    assert hanging.wait(5)
    time.sleep(0.05)
    status = door.status()
    door.close()  # must return though the thread holds the camera
    let_go.set()
    thread.join()
    assert (status.state, status.problem) == ("lost", "the camera does not answer")


def test_a_file_ends_and_may_repeat_itself() -> None:
    film = Pictures(iter([picture(5), picture(5), None]), live=False, interval_s=0.001)
    door, frames = capture(film)
    steps(door, 4)
    assert (door.status().state, door.status().frames, film.closed) == ("ended", 2, True)
    assert frames.take(0).id == 2


def test_a_file_plays_at_its_pace_and_never_hurries_to_catch_up() -> None:
    stop = Stop()
    door, _ = capture(Pictures(map(picture, count()), live=False, interval_s=10), stop=stop)
    steps(door, 4)
    assert stop.waits == pytest.approx([10, 20, 30], abs=0.5)


def test_stop_ends_the_waiting() -> None:
    stop = threading.Event()
    door, _ = capture(Pictures(map(picture, count()), live=False, interval_s=60), stop=stop)
    thread = threading.Thread(target=steps, args=(door, 2))
    thread.start()
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def test_closing_lets_go_of_the_camera() -> None:
    source = Pictures(map(picture, count()))
    door, _ = capture(source)
    steps(door, 1)
    door.close()
    assert source.closed


def test_a_real_video_file_goes_all_the_way(tmp_path: Path) -> None:
    file = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 100, (64, 48))
    for grey in range(20):
        writer.write(np.full((48, 64, 3), 10 * grey, np.uint8))
    writer.release()
    frames = NewestFrames()
    door = Capture("film", str(file), frames, threading.Event(), open_source=open_source, freeze_timeout_s=10)
    steps(door, 21)
    status = door.status()
    assert (status.state, status.frames) == ("ended", 20)
    assert status.fps > 0
    last: Callable[[], object] = lambda: frames.take(0).image.mean()  # noqa: E731
    assert last() == pytest.approx(190, abs=3)
