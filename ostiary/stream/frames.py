"""The hand-over between the cameras' threads and the pipeline: `LatestOnly` for each camera, taken in turn."""

from __future__ import annotations

import threading
from collections import Counter

from ostiary.domain import Frame


class NewestFrames:
    """Keeps the newest frame of each camera. `put` never blocks; a frame that nobody took in time is lost and counted."""

    def __init__(self) -> None:
        self._waiting: dict[str, Frame] = {}
        self._changed = threading.Condition()
        self._dropped: Counter[str] = Counter()

    def put(self, frame: Frame) -> None:
        with self._changed:
            if frame.camera in self._waiting:
                self._dropped[frame.camera] += 1
            # A dict keeps the place of a key that is replaced: the camera whose turn is next stays next.
            self._waiting[frame.camera] = frame
            self._changed.notify()

    def take(self, timeout_s: float) -> Frame | None:
        """The newest frame of the camera that has waited longest; None when none came within `timeout_s`."""
        with self._changed:
            if not self._waiting:
                self._changed.wait(timeout_s)
            return self._waiting.pop(next(iter(self._waiting))) if self._waiting else None

    def dropped(self, camera: str) -> int:
        return self._dropped[camera]
