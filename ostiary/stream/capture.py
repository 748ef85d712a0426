"""Drains one camera in its own thread, so that whoever takes a frame gets the newest, and brings it back when lost."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ostiary.domain import Frame
from ostiary.errors import OstiaryError, SourceError
from ostiary.service import backoff
from ostiary.stream.frames import NewestFrames
from ostiary.stream.source import Source, masked

log = logging.getLogger(__name__)

LONGEST_PAUSE_S = 15.0
BEHIND_S = 0.5
State = Literal["connecting", "live", "lost", "ended"]


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """How one camera does. `problem` is for people; `frames` and `dropped` count since the start, `fps` is of late."""

    name: str
    source: str
    state: State
    problem: str | None
    frames: int
    dropped: int
    repeated: int
    fps: float
    last_frame_at: float | None
    reconnects: int


class Capture:
    """A service: each `step` opens the source if need be, reads one picture and hands it on, stamped.

    A live source that repeats one picture is stuck: its repetitions are not handed on, for they are no further
    evidence of anything, and after `freeze_timeout_s` it counts as lost. All waiting ends with `stop`.
    """

    def __init__(
        self,
        name: str,
        spec: str,
        frames: NewestFrames,
        stop: threading.Event,
        *,
        open_source: Callable[[str], Source],
        freeze_timeout_s: float,
    ):
        self._name, self._spec, self._shown = name, spec, masked(spec)
        self._frames, self._stop = frames, stop
        self._open_source, self._freeze_timeout_s = open_source, freeze_timeout_s
        self._busy = threading.Lock()
        self._source: Source | None = None
        self._pauses = backoff(longest_s=LONGEST_PAUSE_S)
        self._state: State = "connecting"
        self._problem: str | None = None
        self._last: np.ndarray | None = None
        self._stuck_at: np.ndarray | None = None  # a camera that comes back with the very picture it was stuck at still is
        self._changed_at = self._due_at = 0.0
        self._count = self._repeated = self._reconnects = 0
        self._captured_at: float | None = None
        self._stamps: deque[float] = deque(maxlen=30)

    def step(self) -> None:
        with self._busy:
            if self._state == "ended":
                self._stop.wait(1)
                return
            try:
                self._turn()
            except OstiaryError as error:
                self._lose(error)

    def close(self) -> None:
        """Lets go of the camera, unless its thread hangs in it: closing it there would crash."""
        if self._busy.acquire(timeout=0.5):
            try:
                self._release()
            finally:
                self._busy.release()

    def status(self) -> CameraStatus:
        """Callable from any thread."""
        now = time.monotonic()
        stamps = [at for at in tuple(self._stamps) if now - at < 5]
        state, problem = self._state, self._problem
        source = self._source
        if state == "live" and source is not None and source.live and now - self._changed_at > 2 * self._freeze_timeout_s:
            state, problem = "lost", "the camera does not answer"  # its thread hangs inside the driver
        return CameraStatus(
            name=self._name,
            source=self._shown,
            state=state,
            problem=problem,
            frames=self._count,
            dropped=self._frames.dropped(self._name),
            repeated=self._repeated,
            fps=(len(stamps) - 1) / (stamps[-1] - stamps[0]) if len(stamps) > 1 and stamps[-1] > stamps[0] else 0.0,
            last_frame_at=self._captured_at,
            reconnects=self._reconnects,
        )

    def _turn(self) -> None:
        if self._source is None:
            self._source = self._open_source(self._spec)
            self._changed_at = self._due_at = time.monotonic()
            self._last = self._stuck_at
        source = self._source
        self._keep_pace(source)
        image = source.read()
        if image is None:
            self._end()
        elif source.live and self._is_repeated(image):
            self._repeated += 1
        else:
            self._hand_on(image, source.late_s)

    def _keep_pace(self, source: Source) -> None:
        if source.interval_s is None:
            return
        now = time.monotonic()
        if now < self._due_at:
            self._stop.wait(self._due_at - now)
        elif now - self._due_at > BEHIND_S:  # too slow a machine: go on from here, never hurry
            self._due_at = now
        self._due_at += source.interval_s

    def _is_repeated(self, image: np.ndarray) -> bool:
        last, self._last = self._last, image
        repeated = last is not None and _same(last, image)
        if not repeated:
            self._stuck_at = None
        elif time.monotonic() - self._changed_at > self._freeze_timeout_s:
            self._stuck_at = image
            raise SourceError(self._shown, f"has sent the same picture for {self._freeze_timeout_s:g} s: the camera is stuck")
        return repeated

    def _hand_on(self, image: np.ndarray, late_s: float) -> None:
        at, captured_at = time.monotonic() - late_s, time.time() - late_s
        self._changed_at, self._captured_at = time.monotonic(), captured_at
        self._stamps.append(at)
        self._count += 1
        if self._state != "live":
            self._begin(image)
        self._frames.put(Frame(self._name, self._count, at, captured_at, image))

    def _begin(self, image: np.ndarray) -> None:
        height, width = image.shape[:2]
        log.info("camera %s: live, %d x %d from %s", self._name, width, height, self._shown)
        self._reconnects += self._state == "lost" and self._count > 1
        self._state, self._problem = "live", None
        self._pauses = backoff(longest_s=LONGEST_PAUSE_S)

    def _end(self) -> None:
        log.info("camera %s: %s has ended after %d frames", self._name, self._shown, self._count)
        self._state, self._problem = "ended", None
        self._release()

    def _lose(self, error: OstiaryError) -> None:
        self._release()
        pause = next(self._pauses)
        if str(error) != self._problem:  # said once, not at every attempt
            log.warning("camera %s: %s; trying again", self._name, error)
        self._state, self._problem = "lost", str(error)
        self._stop.wait(pause)

    def _release(self) -> None:
        source, self._source, self._last = self._source, None, None
        if source is not None:
            source.close()


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two pictures are equal in every pixel; a coarse sample first, since nearly always they differ."""
    return a.shape == b.shape and np.array_equal(a[::16, ::16], b[::16, ::16]) and np.array_equal(a, b)
