"""The history as one process has it: what is on the disk, and what it is about to write there."""

from __future__ import annotations

from collections.abc import Iterator

from ostiary.history.recorder import Recorder
from ostiary.history.store import HistoryStore
from ostiary.history.values import Entry, Erased, Event, Passed


class History:
    def __init__(self, store: HistoryStore, recorder: Recorder):
        self.store, self.recorder = store, recorder

    @property
    def current(self) -> HistoryStore:
        """The store, with everything in it that this process knows of."""
        self.recorder.flush()
        return self.store

    def note(self, event: Event) -> None:
        """Something happened; it is written before long. Never blocks and never raises."""
        self.recorder.put(Entry(event))

    def passes(self, start: float, end: float, person: str | None = None) -> Iterator[Passed]:
        """As of `HistoryStore`."""
        return self.current.passes(start, end, person)

    def forget_person(self, name: str) -> Erased:
        """As of `HistoryStore`; what waits to be written counts too."""
        return self.current.forget_person(name)

    def rename_person(self, old: str, new: str) -> None:
        """As of `HistoryStore`; what waits to be written counts too."""
        self.current.rename_person(old, new)

    @property
    def problem(self) -> str | None:
        """What keeps the history from being kept."""
        return self.recorder.problem

    def close(self) -> None:
        """Writes what waits, and gives the file back."""
        self.recorder.close()
        self.store.close()
