"""What the tests of the history share: a store, and events to put there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ostiary.history.store import HistoryStore
from ostiary.history.values import Entry, Event, Grounds, Kind, Pictures

Make = Callable[..., Entry]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[HistoryStore]:
    store = HistoryStore(tmp_path / "history.db")
    yield store
    store.close()


@pytest.fixture
def make() -> Make:
    """Makes the next event, a second after the one before, with the id `e1`, `e2`, ..."""
    count = 0

    def made(kind: Kind = Kind.PASS, *, face: bytes | None = None, frame: bytes | None = None, **members: object) -> Entry:
        nonlocal count
        count += 1
        defaults: dict[str, object] = {"id": f"e{count}", "at": 1_700_000_000.0 + count, "camera": "door", "grounds": Grounds(distance=0.4)}
        return Entry(Event(**{**defaults, "kind": kind, **members}), Pictures(face, frame))  # type: ignore[arg-type]

    return made
