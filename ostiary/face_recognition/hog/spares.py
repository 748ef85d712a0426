"""dlib's detectors for several threads: a run leaves what it computed in its detector, and lets other threads run meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ostiary.face_recognition.dlib_parts import dlib


class Spares:
    """Detectors that are alike, each lent to one thread at a time; another is made when all are at work."""

    def __init__(self, make: Callable[[], dlib.fhog_object_detector], *idle: dlib.fhog_object_detector):
        self._make, self._idle = make, deque(idle)

    @contextmanager
    def lent(self) -> Iterator[dlib.fhog_object_detector]:
        try:
            detector = self._idle.pop()
        except IndexError:
            detector = self._make()
        try:
            yield detector
        finally:
            self._idle.append(detector)
