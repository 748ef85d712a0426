"""RTSP and other network streams through FFmpeg, with each picture's true age."""

from __future__ import annotations

import time

import cv2
import numpy as np

from ostiary.errors import SourceError
from ostiary.stream.lateness import Backlog, Lateness
from ostiary.stream.video import silence_opencv

OPEN_TIMEOUT_S = 15.0
"""FFmpeg watches a stream for up to five seconds before it gives the first picture; one of two a second takes it six."""

LONGEST_BACKLOG_S = 10.0


class NetworkSource:
    """An opened stream. `shown` names it in messages, without its secrets."""

    live = True
    interval_s: float | None = None

    def __init__(self, capture: cv2.VideoCapture, shown: str):
        self._capture, self._shown = capture, shown
        self._lateness = Lateness()
        self.late_s = 0.0

    def skip_backlog(self) -> None:
        """Throws away what arrived while the stream was being opened: seconds of it, which would pass for now."""
        backlog, give_up_at = Backlog(), time.monotonic() + LONGEST_BACKLOG_S
        while backlog.remains(*self._grab()) and time.monotonic() < give_up_at:
            pass

    def read(self) -> np.ndarray | None:
        self.late_s = self._lateness.of(*self._grab())
        delivered, image = self._capture.retrieve()
        if not delivered:
            raise self._lost()
        return image

    def close(self) -> None:
        self._capture.release()

    def _grab(self) -> tuple[float, float]:
        """Waits for the next picture; when it arrived, and the time that the stream gives it."""
        if not self._capture.grab():
            raise self._lost()
        return time.monotonic(), self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000

    def _lost(self) -> SourceError:
        return SourceError(self._shown, "stopped delivering pictures")


def open_stream(url: str, shown: str, timeout_s: float) -> NetworkSource:
    """A network stream, waited for at most `timeout_s` a picture; RTSP goes over TCP."""
    silence_opencv()
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(1000 * OPEN_TIMEOUT_S), cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(1000 * timeout_s)]
    capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, limits)
    if not capture.isOpened():
        raise SourceError(shown, "cannot be opened: check address, user name, password, and that the camera is on")
    source = NetworkSource(capture, shown)
    try:
        source.skip_backlog()
    except SourceError:
        source.close()
        raise
    return source
