"""One short look at a source, to see whether it delivers: opened, read for a moment, closed again, bounded in time."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass

import cv2
import numpy as np

from ostiary.errors import Overloaded, SourceError
from ostiary.stream.source import Source, SourceOptions, masked, open_source

PATIENCE_S = 20.0
"""FFmpeg alone waits up to 15 s for a network camera to answer."""
LOOK_S = 2.0
MOST_FRAMES = 40
WIDTH = 640


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What a source delivered: its pictures' size, how many a second, and one of them as a JPEG of at most `WIDTH` across."""

    width: int
    height: int
    fps: float | None
    jpeg: bytes


class Trials:
    """Tries sources for whoever asks, `at_once` at a time: each may hold a thread for as long as a driver likes."""

    def __init__(self, options: SourceOptions, *, at_once: int = 2, patience_s: float = PATIENCE_S):
        self._options, self._patience_s = options, patience_s
        self._places = threading.Semaphore(at_once)

    def run(self, spec: str) -> Trial:
        """Raises SourceError saying why there is no picture, and Overloaded while others are being tried."""
        if not self._places.acquire(blocking=False):
            raise Overloaded
        answer: Future[Trial] = Future()
        threading.Thread(target=self._try, args=(spec, answer), name="camera-trial", daemon=True).start()
        try:
            return answer.result(self._patience_s)
        except TimeoutError:
            raise SourceError(masked(spec), f"did not answer within {self._patience_s:g} s") from None

    def _try(self, spec: str, answer: Future[Trial]) -> None:
        try:
            answer.set_result(look(spec, self._options))
        except Exception as error:  # noqa: BLE001 - whatever it is, the one who waits must hear of it
            answer.set_exception(error)
        finally:
            self._places.release()


def look(spec: str, options: SourceOptions) -> Trial:
    """Raises SourceError."""
    source = open_source(spec, options)
    try:
        picture = source.read()
        if picture is None:
            raise SourceError(masked(spec), "has no picture")
        return _trial(picture, 1 / source.interval_s if source.interval_s else _pace(source))
    finally:
        source.close()


def _pace(source: Source) -> float | None:
    """Pictures a second, counted for a moment; None where there was none but the first."""
    begin = time.monotonic()
    end, count = begin, 0
    while count < MOST_FRAMES and end - begin < LOOK_S:
        try:
            source.read()
        except SourceError:
            break
        end, count = time.monotonic(), count + 1
    return count / (end - begin) if count else None


def _trial(picture: np.ndarray, fps: float | None) -> Trial:
    height, width = picture.shape[:2]
    if width > WIDTH:
        picture = cv2.resize(picture, (WIDTH, max(1, round(height * WIDTH / width))), interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return Trial(width, height, fps, jpeg.tobytes())
