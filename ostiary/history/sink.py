"""Tells the history what came to the door: each PASS, and once what every other track came to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import cv2
import numpy as np

from ostiary.domain import Outcome
from ostiary.history.gather import Gathering, Told
from ostiary.history.recorder import Recorder
from ostiary.history.values import Entry, Pictures
from ostiary.track_ids import TrackIds

TURN_S = 0.5
FACE_PX = 224
"""The longer side of a kept face, at most."""
FRAME_PX = 960
"""The same of a kept frame."""
JPEG_QUALITY = 82


class HistorySink:
    """A sink and a service. `frames` is HISTORY_FRAMES; `ids` are shared with whoever else tells of tracks."""

    def __init__(self, recorder: Recorder, ids: TrackIds, *, frames: str = "off", clock: Callable[[], float] = time.monotonic):
        self._recorder, self._clock = recorder, clock
        self._gathering = Gathering(ids, frames=frames, shrink=lambda image: shrunk(image, FRAME_PX))
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def offer(self, outcome: Outcome) -> None:
        with self._lock:
            self._gathering.note(outcome)

    def step(self) -> None:
        self._closed.wait(TURN_S)
        self._tell(self._clock())

    def close(self) -> None:
        """Ends the pause of a running `step`, and tells of everybody who is still in view."""
        self._closed.set()
        self._tell(float("inf"))

    def _tell(self, at: float) -> None:
        with self._lock:
            told = self._gathering.take(at)
        for one in told:
            self._recorder.put(Entry(one.event, _pictures(one)))


def shrunk(image: np.ndarray, most_px: int) -> np.ndarray:
    """A copy no longer than `most_px` on its longer side."""
    scale = most_px / max(image.shape[:2])
    if scale >= 1:
        return image.copy()
    height, width = image.shape[:2]
    return cv2.resize(image, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA)


def _pictures(told: Told) -> Pictures:
    face = None if told.face is None or told.face.size == 0 else jpeg(shrunk(told.face, FACE_PX))
    return Pictures(face, None if told.frame is None else jpeg(told.frame))


def jpeg(image: np.ndarray) -> bytes:
    _, encoded = cv2.imencode(".jpg", np.ascontiguousarray(image), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return bytes(encoded)
