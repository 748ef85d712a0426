"""The engine as a video pipeline uses it: stages that follow the gallery, also when it moves to another encoder."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence

import numpy as np

from ostiary.domain import Detection, Probe
from ostiary.engine import FaceEngine
from ostiary.errors import ModelError, OstiaryError
from ostiary.gallery.gallery import Gallery
from ostiary.judge import Rule

log = logging.getLogger(__name__)

RETRY_S = 30.0


class Lookout:
    """Used by one thread, which asks for `gallery()` at the start of each frame.

    While encodings and encoder do not fit, nobody is known: `problem` says why, and the door stays shut.
    """

    def __init__(self, engine: FaceEngine):
        self._engine = engine
        self._eyes = engine.eyes
        self._snapshot: Gallery | None = None
        self._retry_at = math.inf
        self._people = Gallery()
        self.problem: str | None = None

    def gallery(self) -> Gallery:
        """The people who may be matched with what `probe` encodes; the same object until that changes."""
        snapshot = self._engine.watcher.gallery
        if snapshot is not self._snapshot or time.monotonic() >= self._retry_at:
            self._snapshot = snapshot
            self._follow(snapshot)
        return self._people

    @property
    def encoder_id(self) -> str:
        """Of whoever made what `probe` has encoded since the last `gallery()`."""
        return self._eyes.encoder.id

    def detect(self, image: np.ndarray) -> list[Detection]:
        return self._eyes.detect(image)

    def probe(self, image: np.ndarray, detections: Sequence[Detection]) -> list[Probe]:
        return self._eyes.probe(image, detections)

    def rule(self, people: int) -> Rule:
        """Threshold and margin of the encoder in use since the last `gallery()`."""
        return self._engine.rule(people, self._eyes)

    def _follow(self, snapshot: Gallery) -> None:
        self._retry_at = math.inf
        try:
            self._eyes = self._engine.eyes
            self._people, problem = self._engine.judging(snapshot.require(self._eyes.encoder.id)), None
        except OstiaryError as error:
            self._people, problem = Gallery(), str(error)
            if isinstance(error, ModelError):  # it may be had later, without the gallery changing again
                self._retry_at = time.monotonic() + RETRY_S
        if problem and problem != self.problem:
            log.error("nobody can pass: %s", problem)
        self.problem = problem
