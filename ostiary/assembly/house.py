"""One process's threads, its one engine, and what it tells of itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from ostiary import service
from ostiary.assembly.history import open_history
from ostiary.assembly.stores import engine_of, finish_changes, own_data
from ostiary.launch import Launch
from ostiary.renamings import under_way
from ostiary.service import Watch
from ostiary.settings import Settings

if TYPE_CHECKING:
    from ostiary.engine import FaceEngine
    from ostiary.history.history import History
    from ostiary.stream.capture import CameraStatus

HANGS_S = 20.0
"""A thread that has not finished its turn for so long hangs; the process ends, for whoever supervises it to start anew."""
CAMERA_HANGS_S = 90.0
"""The same for cameras: they time out by themselves and wait between attempts, but a driver can hold a read for ever."""


class Hung(Exception):
    """A thread hangs; only a new process helps."""


class House:
    """What the roles of one process share. Everything opened is closed by `stack`, in reverse.

    `status` and `cameras` tell of the detector, where there is one, `losses` what queues have dropped, by name, `troubles`
    what does not work and the door works without, `faults` what keeps the door shut, for where no detector tells; `page` is
    the dashboard's address, where it is served.
    """

    def __init__(self, settings: Settings, stop: threading.Event, stack: ExitStack, launch: Launch | None = None):
        self.settings, self.stop, self.stack, self.launch = settings, stop, stack, launch
        self.status: Callable[[], dict[str, Any]] = dict
        self.cameras: Callable[[], Sequence[CameraStatus]] = tuple
        self.losses: dict[str, Callable[[], int]] = {}
        self.troubles: list[Callable[[], str | None]] = []
        self.faults: list[Callable[[], str | None]] = []
        self.page: str | None = None
        self._watch = Watch()
        self._engine: FaceEngine | None = None
        self._history: History | None = None

    def watch(self, tell: Callable[[str], None]) -> None:
        """Until `stop`: raises Hung as soon as a thread hangs or has died."""
        while not self.stop.wait(1):
            if (hung := self._watch.look()) and not self.stop.is_set():
                raise Hung(", ".join(hung))
            tell("WATCHDOG=1")

    def spawn(self, worker: service.Service, name: str) -> None:
        self._watch.add(service.spawn(self.stack, worker, self.stop, name), HANGS_S)

    def spawn_patient(self, worker: service.Service, name: str) -> None:
        """A thread that may take its time: a slow disk or a busy database costs what it keeps, not the process."""
        self._watch.add(service.spawn(self.stack, worker, self.stop, name))

    def spawn_camera(self, worker: service.Service, name: str) -> None:
        """A thread that a driver may hold for ever, and that is left behind then."""
        self._watch.add(service.spawn(self.stack, worker, self.stop, name, daemon=True), CAMERA_HANGS_S)

    def serve(self, run_until_stop: Callable[[], None], name: str) -> None:
        """A thread whose one turn lasts until the end."""
        self.spawn_patient(_Serving(run_until_stop), name)

    @property
    def engine(self) -> FaceEngine:
        """The one engine of this process, following the gallery's file."""
        if self._engine is None:
            self._engine = engine_of(self.settings, self.history, asking)  # the folders were prepared before
            finish_changes(self._engine)
            self._engine.watcher.refresh()
            self.spawn(self._engine.watcher, "gallery")
            self.stack.callback(self._engine.watcher.close)
        return self._engine

    @property
    def history(self) -> History:
        """The one history of this process, which gathers what is to be written."""
        if self._history is None:
            folder = own_data(self.settings)
            self._history = open_history(self.settings, folder, lambda name: name in self.engine.watcher.gallery or under_way(folder, name))
            self.stack.callback(self._history.close)
            self.troubles.append(lambda: self.history.problem)
            if self.settings.history.enable:
                self.spawn_patient(self._history.recorder, "history")
                self.losses["history"] = lambda: self.history.recorder.lost
        return self._history

    def health(self) -> dict[str, Any]:
        """What the API may tell of the rest of this process: of the detector only where it is in it."""
        told = {member: value for member, value in self.status().items() if member != "type"}
        if "problems" not in told and (faults := [fault for tell in self.faults if (fault := tell())]):
            told["problems"] = faults
        if warnings := dict.fromkeys((*told.get("warnings", ()), *self.warnings())):
            told["warnings"] = list(warnings)
        return told

    def warnings(self) -> list[str]:
        """What is wrong that the door works without."""
        return [trouble for tell in self.troubles if (trouble := tell())]


def asking() -> str | None:
    """Who sent the request that is being answered."""
    from flask import g, has_request_context

    return g.principal.name if has_request_context() and "principal" in g else None


class _Serving:
    """Something that serves until the end, as a service of one long turn."""

    def __init__(self, run_until_stop: Callable[[], None]):
        self.step = run_until_stop
