from __future__ import annotations

import base64
import time
from typing import Any

import cv2
import numpy as np

from ostiary.domain import Decision, Detection, Frame, Outcome, PassEvent, Status
from ostiary.settings import StreamSettings
from ostiary.sinks.stream import StreamSink

KATYA = Decision(1, Status.PASS, None, "katya", 0.3, None, None, 3, 3, 0.9, True, Detection((20, 40, 60, 90), 0.9))


def outcome(number: int, camera: str = "front", *, passes: bool = False, ago_s: float = 0.0) -> Outcome:
    frame = Frame(camera, number, time.monotonic() - ago_s, time.time(), np.full((120, 160, 3), (200, 100, 50), np.uint8))
    events = (PassEvent(f"evt_{number}", "katya", 0.3, camera, frame.at, frame.captured_at),) if passes else ()
    return Outcome(frame, (KATYA,), events)


class Listener:
    def __init__(self, *, draw: bool = True, frames_wanted: bool = True):
        self.messages: list[dict[str, Any]] = []
        self.frames_wanted = frames_wanted
        self.sink = StreamSink(self.messages.append, StreamSettings(jpeg_quality=90), draw, frames_wanted=lambda: self.frames_wanted)

    def picture(self) -> np.ndarray:
        return cv2.imdecode(np.frombuffer(base64.b64decode(self.messages[-1]["frame"]), np.uint8), cv2.IMREAD_COLOR)


def test_a_frame_is_drawn_compressed_and_published() -> None:
    listener = Listener()
    listener.sink.offer(outcome(7))
    listener.sink.step()
    [message] = listener.messages
    assert (message["type"], message["frame_id"], message["name"], message["status"]) == ("face_event", 7, "katya", "PASS")
    assert message["drawn"] is True
    picture = listener.picture()
    assert picture.shape == (120, 160, 3)
    assert np.abs(picture[110, 150].astype(int) - (200, 100, 50)).max() < 8  # BGR all the way
    assert np.abs(picture[65, 20].astype(int) - (200, 100, 50)).max() > 40  # the box's edge


def test_without_drawing_the_picture_is_as_it_was() -> None:
    listener = Listener(draw=False)
    listener.sink.offer(outcome(7))
    listener.sink.step()
    assert np.abs(listener.picture().astype(int) - (200, 100, 50)).max() < 8
    assert listener.messages[0]["drawn"] is False


def test_the_newest_of_each_camera_and_every_pass() -> None:
    listener = Listener()
    for number in range(1, 7):
        listener.sink.offer(outcome(number, passes=number in {2, 4}))
    listener.sink.offer(outcome(10, "back"))
    for _ in range(5):
        listener.sink.step()
    assert [message["frame_id"] for message in listener.messages] == [2, 4, 6, 10]
    assert [event["event_id"] for message in listener.messages for event in message["passes"]] == ["evt_2", "evt_4"]
    assert listener.sink.skipped == 3


def test_pictures_are_made_only_while_somebody_watches() -> None:
    listener = Listener(frames_wanted=False)
    listener.sink.offer(outcome(1, passes=True))
    listener.sink.step()
    assert "frame" not in listener.messages[0]
    assert listener.messages[0]["passes"]
    listener.frames_wanted = True
    listener.sink.offer(outcome(2))
    listener.sink.step()
    assert "frame" in listener.messages[1]


def test_what_is_old_is_not_news() -> None:
    listener = Listener()
    listener.sink.offer(outcome(1, passes=True, ago_s=60))
    listener.sink.step()
    assert listener.messages == []


def test_part_of_a_larger_picture_can_be_sent() -> None:
    listener = Listener(draw=False)
    whole = outcome(1)
    part = Frame("front", 1, whole.frame.at, 0.0, whole.frame.image[10:90:2, 20:100])  # not contiguous
    listener.sink.offer(Outcome(part, ()))
    listener.sink.step()
    assert listener.picture().shape == (40, 80, 3)
