"""The stream's sink: draws, compresses and publishes, at its own pace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from ostiary.domain import Outcome
from ostiary.outbox import Outbox, WaitingOutbox
from ostiary.settings import StreamSettings
from ostiary.sinks.draw import draw
from ostiary.wire import stream_message

TURN_S = 0.3
KEPT_AT_MOST = 8
"""Outcomes hold whole frames."""


class StreamSink:
    """A sink and a service. Of each camera only the newest outcome waits, and those with PASS events.

    Pictures are made only while `frames_wanted()`: nobody watching costs next to nothing.
    """

    def __init__(
        self,
        publish: Callable[[dict[str, Any]], None],
        stream: StreamSettings,
        draw: bool,
        *,
        frames_wanted: Callable[[], bool] = lambda: True,
    ):
        self._publish, self._quality, self._draw = publish, stream.jpeg_quality, draw
        self._frames_wanted = frames_wanted
        self._waiting: WaitingOutbox[Outcome] = WaitingOutbox(Outbox(kept_at_most=KEPT_AT_MOST))

    @property
    def skipped(self) -> int:
        """Outcomes that a newer one replaced before it was their turn."""
        return self._waiting.replaced

    def offer(self, outcome: Outcome) -> None:
        self._waiting.put(outcome.frame.camera, outcome, outcome.frame.at, kept=bool(outcome.passes))

    def step(self) -> None:
        outcome = self._waiting.take(TURN_S)
        if outcome is not None:
            self._publish(stream_message(outcome, self._jpeg(outcome) if self._frames_wanted() else None, drawn=self._draw))

    def _jpeg(self, outcome: Outcome) -> bytes:
        image = draw(outcome) if self._draw and outcome.decisions else outcome.frame.image
        _, jpeg = cv2.imencode(".jpg", np.ascontiguousarray(image), [cv2.IMWRITE_JPEG_QUALITY, self._quality])
        return bytes(jpeg)
