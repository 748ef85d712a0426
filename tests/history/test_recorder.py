from __future__ import annotations

import logging
import sqlite3
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from history.conftest import Make
from support.clock import Clock

from ostiary import service
from ostiary.history.history import History
from ostiary.history.recorder import BATCH, WAITING_AT_MOST, Recorder
from ostiary.history.store import HistoryStore
from ostiary.history.values import Event, Kind


@pytest.fixture
def known() -> set[str]:
    return {"katya"}


@pytest.fixture
def recorder(store: HistoryStore, clock: Clock, known: set[str], monkeypatch: pytest.MonkeyPatch) -> Recorder:
    monkeypatch.setattr("ostiary.history.recorder.TURN_S", 0)
    return Recorder(store, 10, is_known=known.__contains__, clock=clock, wall_clock=lambda: 1_700_000_000.0)


def count(store: HistoryStore) -> int:
    return store.extent().events


def test_events_are_written_together_when_the_first_has_waited(recorder: Recorder, store: HistoryStore, clock: Clock, make: Make) -> None:
    recorder.put(make())
    clock.now += 9
    recorder.put(make())
    recorder.step()
    assert count(store) == 0
    clock.now += 1
    recorder.step()
    assert count(store) == 2


def test_many_are_written_at_once(recorder: Recorder, store: HistoryStore, make: Make) -> None:
    for _ in range(BATCH):
        recorder.put(make())
    recorder.step()
    assert count(store) == BATCH


def test_who_asks_sees_what_waits(recorder: Recorder, store: HistoryStore, make: Make) -> None:
    history = History(store, recorder)
    recorder.put(make(person="katya"))
    assert [passed.person for passed in history.passes(0, 2e9)] == ["katya"]
    recorder.put(make(person="katya"))
    assert history.forget_person("katya").events == 2


def test_closing_writes_what_is_left(recorder: Recorder, store: HistoryStore, make: Make) -> None:
    with ExitStack() as stack:
        stack.callback(recorder.close)
        service.spawn(stack, recorder, threading.Event(), "history")
        recorder.put(make())
    assert count(store) == 1


def test_a_disk_that_fails_is_said_once_and_costs_what_no_longer_fits(
    recorder: Recorder, store: HistoryStore, tmp_path: Path, clock: Clock, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    store.events()
    with sqlite3.connect(tmp_path / "history.db") as db:
        db.execute("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    db.close()
    with caplog.at_level(logging.INFO):
        for number in range(WAITING_AT_MOST + 5):
            recorder.put(make())
            if number % 100 == 0:
                recorder.flush()
        recorder.flush()
    assert [record.message for record in caplog.records] == [f"the history is not kept: {tmp_path / 'history.db'}: disk full"]
    assert recorder.problem == caplog.records[0].message
    assert recorder.lost == 5
    with sqlite3.connect(tmp_path / "history.db") as db:
        db.execute("DROP TRIGGER full")
    db.close()
    clock.now += 10
    recorder.step()
    assert (count(store), recorder.problem) == (WAITING_AT_MOST, None)
    assert store.event("e6").event.id == "e6"


def test_a_damaged_file_never_stops_whoever_tells(tmp_path: Path, make: Make, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "history.db").write_bytes(b"no database at all" * 500)
    history = History(store := HistoryStore(tmp_path / "history.db"), Recorder(store, 10))
    history.note(make().event)
    history.recorder.flush()
    assert history.problem is not None
    assert "not a database" in history.problem
    history.close()


def test_what_cannot_be_written_at_all_does_not_keep_the_rest_waiting(recorder: Recorder, store: HistoryStore, make: Make) -> None:
    recorder.put(make())
    recorder.put(make(words="half a character: \ud800"))
    recorder.flush()
    recorder.put(make())
    recorder.flush()
    assert {record.event.id for record in store.walk()} == {"e1", "e3"}
    assert recorder.lost == 1


def test_who_was_forgotten_meanwhile_is_not_written_down(
    recorder: Recorder, store: HistoryStore, known: set[str], tmp_path: Path, make: Make
) -> None:
    recorder.put(make(person="katya", face=b"her face"))
    known.clear()
    recorder.flush()
    assert (store.event("e1").event.person, store.event("e1").has_face) == (None, False)


def test_who_is_forgotten_just_then_by_another_program_is_forgotten_again(
    recorder: Recorder, store: HistoryStore, known: set[str], clock: Clock, make: Make
) -> None:
    recorder.put(make(person="katya", face=b"her face"))
    recorder.flush()
    recorder.step()
    assert store.people() == {"katya"}
    known.clear()
    recorder.step()
    assert store.people() == set()


def test_the_old_go_by_themselves(store: HistoryStore, clock: Clock, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ostiary.history.recorder.TURN_S", 0)
    store.add([make(at=1_600_000_000.0)])
    recorder = Recorder(store, 10, clock=clock, wall_clock=lambda: 1_700_000_000.0)
    recorder.step()
    assert count(store) == 0
    store.add([make(at=1_600_000_000.0)])
    recorder.step()
    assert count(store) == 1  # not at every turn
    clock.now += 3601
    recorder.step()
    assert count(store) == 0


def test_an_event_of_this_process_is_noted_without_pictures(recorder: Recorder, store: HistoryStore) -> None:
    History(store, recorder).note(Event("x", 1.0, Kind.CAMERA, "lost", "door"))
    recorder.flush()
    assert store.event("x").event.reason == "lost"
