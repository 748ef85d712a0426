"""Tells the visitors' store what came to the door: once for each track and each PASS, never for each frame."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import numpy as np

from ostiary.domain import Outcome
from ostiary.errors import VaultError, VisitorsUnavailable
from ostiary.track_ids import TrackIds
from ostiary.visitors.gather import Gathering
from ostiary.visitors.store import VisitorStore
from ostiary.visitors.values import Encounter

log = logging.getLogger(__name__)

TURN_S = 0.5


class VisitorsSink:
    """A sink and a service. A disk that cannot be written costs the visitors, never a decision.

    `encoder_id` names who encoded the outcome that is offered; `is_known` whether a person is still enrolled, so that
    nobody who was forgotten a moment ago comes back. `ids` are shared with whoever else tells of tracks.
    """

    def __init__(
        self,
        store: VisitorStore,
        *,
        encoder_id: Callable[[], str],
        is_known: Callable[[str], bool],
        encode_picture: Callable[[np.ndarray], bytes],
        ids: TrackIds | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._store, self._encoder_id, self._is_known, self._encode_picture = store, encoder_id, is_known, encode_picture
        self._clock = clock
        self._gathering = Gathering(ids)
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self.problem: str | None = None

    def offer(self, outcome: Outcome) -> None:
        with self._lock:
            self._gathering.note(outcome, self._encoder_id())

    def step(self) -> None:
        self._closed.wait(TURN_S)
        with self._lock:
            encounters = self._gathering.take(self._clock())
        for encounter in encounters:
            if encounter.person is None or self._is_known(encounter.person):
                self._record(encounter)

    def close(self) -> None:
        """Ends the pause of a running `step`."""
        self._closed.set()

    def _record(self, encounter: Encounter) -> None:
        try:
            self._store.record(encounter, None if encounter.picture is None else self._encode_picture(encounter.picture))
            self.problem = None
        except (VisitorsUnavailable, VaultError) as error:
            if self.problem is None:
                log.error("visitors are not kept: %s", error)
            self.problem = f"visitors are not kept: {error}"
