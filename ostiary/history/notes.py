"""What else is worth keeping: cameras that are lost and found, webhooks that arrive or do not, changes of the gallery."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Protocol

from ostiary.domain import GalleryChange
from ostiary.history.values import Event, Kind
from ostiary.wire import CameraState

EVERY_S = 1.0

_TOLD = {"live": "found", "lost": "lost", "ended": "ended"}


class Delivered(Protocol):
    """What is asked of the end of a webhook: a `Delivery` has it."""

    @property
    def result(self) -> str: ...
    @property
    def event_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def camera(self) -> str: ...
    @property
    def receiver(self) -> str: ...
    @property
    def attempts(self) -> int: ...
    @property
    def problem(self) -> str | None: ...
    @property
    def after_ms(self) -> int: ...
    @property
    def at(self) -> float: ...


class CameraWatch:
    """A service that notices when a camera is lost, found or at its end, and notes each once."""

    def __init__(
        self,
        cameras: Callable[[], Sequence[CameraState]],
        note: Callable[[Event], None],
        stop: threading.Event,
        *,
        wall_clock: Callable[[], float] = time.time,
    ):
        self._cameras, self._note, self._stop, self._wall_clock = cameras, note, stop, wall_clock
        self._states: dict[str, str] = {}

    def step(self) -> None:
        for camera in self._cameras():
            before, self._states[camera.name] = self._states.get(camera.name), camera.state
            if camera.state != before and (told := _TOLD.get(camera.state)):
                self._note(Event(_new_id(), self._wall_clock(), Kind.CAMERA, told, camera.name, words=camera.problem))
        self._stop.wait(EVERY_S)


def of_webhook(delivery: Delivered) -> Event:
    attempts = "1 attempt" if delivery.attempts == 1 else f"{delivery.attempts} attempts"
    words = f"{delivery.receiver}, {delivery.after_ms} ms after the capture, {attempts}"
    return Event(
        _new_id(),
        delivery.at,
        Kind.WEBHOOK,
        str(delivery.result),
        delivery.camera,
        delivery.name,
        words=f"{words}: {delivery.problem}" if delivery.problem else words,
        about=delivery.event_id,
    )


def of_change(change: GalleryChange, at: float, by: str | None) -> Event:
    """A change of the gallery that `by` made."""
    return Event(_new_id(), at, Kind.GALLERY, change.what, person=change.person, words=change.words, by=by)


def _new_id() -> str:
    return uuid.uuid4().hex
