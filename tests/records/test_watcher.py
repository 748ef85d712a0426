from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from ostiary.domain import Reason
from ostiary.encoders import ENCODERS
from ostiary.errors import OstiaryError, UnknownName
from ostiary.gallery.gallery import Gallery
from ostiary.records.housekeeping import Housekeeping
from ostiary.records.store import RecordStore
from ostiary.records.values import Record, Span, Standing
from ostiary.records.watcher import Schedule


@pytest.fixture
def store(tmp_path: Path) -> RecordStore:
    return RecordStore(tmp_path)


@pytest.fixture
def enrolled() -> list[Gallery]:
    """The gallery of now is its last one."""
    return [Gallery()]


@pytest.fixture
def schedule(store: RecordStore, enrolled: list[Gallery]) -> Schedule:
    return Schedule(store, threading.Event(), lambda: enrolled[-1])


def _people(**faces: str) -> Gallery:
    """People by name, each face of theirs a letter that is its id."""
    rows = [(name, face) for name, theirs in faces.items() for face in theirs]
    encodings = np.eye(128, dtype=np.float32)[: len(rows)]
    return Gallery.of(ENCODERS["sface"].id, [name for name, _ in rows], encodings, face_ids=[face for _, face in rows])


def _lose(store: RecordStore) -> None:
    for file in store.path.parent.glob("people.db*"):
        file.unlink()


def _lasts(store: RecordStore, person: str, start: float | None, end: float | None) -> None:
    store.put(Record(person, valid=Span(start, end)), at=1.0, by="anna")


def test_a_span_holds_its_beginning_and_not_its_end() -> None:
    span = Span(100.0, 200.0)
    assert [span.standing(at) for at in (99.9, 100.0, 199.9, 200.0)] == [
        Standing.NOT_YET, Standing.VALID, Standing.VALID, Standing.EXPIRED,
    ]  # fmt: skip
    assert Span().standing(-1e9) is Standing.VALID


def test_a_change_is_seen_at_the_next_look(store: RecordStore, schedule: Schedule) -> None:
    schedule.open()
    assert schedule.objections(150.0)("katya") is None
    _lasts(store, "katya", 100.0, 200.0)
    schedule.step()
    assert [schedule.objections(at)("katya") for at in (50.0, 150.0, 250.0)] == [Reason.SCHEDULE, None, Reason.SCHEDULE]
    assert schedule.objections(250.0)("ema") is None
    store.forget("katya")
    schedule.step()
    assert schedule.objections(250.0)("katya") is None


def test_before_the_first_look_and_where_it_fails_nobody_passes(
    store: RecordStore, schedule: Schedule, caplog: pytest.LogCaptureFixture
) -> None:
    assert schedule.objections(0.0)("katya") is Reason.SCHEDULE
    store.path.write_bytes(b"no database" * 1000)
    schedule.open()
    assert schedule.objections(0.0)("katya") is Reason.SCHEDULE
    assert schedule.problem
    assert "nobody can pass" in schedule.problem
    assert "people.db" in caplog.text
    store.path.unlink()
    schedule.step()
    assert (schedule.problem, schedule.objections(0.0)("katya")) == (None, None)


def test_dates_read_before_stay_in_force_when_the_file_breaks(store: RecordStore, schedule: Schedule) -> None:
    _lasts(store, "katya", None, 200.0)
    schedule.open()
    store.close()
    store.path.write_bytes(b"no database" * 1000)
    schedule.step()
    assert schedule.problem
    assert [schedule.objections(at)("katya") for at in (150.0, 250.0)] == [None, Reason.SCHEDULE]


def test_dates_read_before_stay_in_force_when_the_file_is_gone(
    store: RecordStore, schedule: Schedule, caplog: pytest.LogCaptureFixture
) -> None:
    _lasts(store, "katya", None, 100.0)
    schedule.open()
    _lose(store)
    schedule.step()
    assert schedule.problem
    assert "people.db is gone" in caplog.text
    assert schedule.objections(150.0)("katya") is Reason.SCHEDULE
    _lasts(store, "katya", None, 200.0)  # written where it can be found again
    schedule.step()
    assert (schedule.problem, schedule.objections(150.0)("katya")) == (None, None)


def test_where_the_file_of_dates_is_gone_at_the_start_nobody_passes_until_somebody_says_so(store: RecordStore, schedule: Schedule) -> None:
    _lasts(store, "katya", None, 100.0)
    assert store.calendar().spans
    store.close()
    _lose(store)
    schedule.open()
    assert schedule.problem
    assert "put it back from a backup" in schedule.problem
    assert schedule.objections(50.0)("ema") is Reason.SCHEDULE
    (note,) = store.path.parent.iterdir()
    assert str(note) in schedule.problem
    note.unlink()
    schedule.step()
    assert (schedule.problem, schedule.objections(150.0)("katya")) == (None, None)


def test_a_file_without_dates_is_not_missed(store: RecordStore, schedule: Schedule) -> None:
    _lasts(store, "katya", None, 100.0)
    assert store.calendar().spans
    _lasts(store, "katya", None, None)
    assert not store.calendar().spans
    store.close()
    _lose(store)
    schedule.open()
    assert schedule.problem is None


def _barred(schedule: Schedule, *people: str) -> list[str]:
    objection = schedule.objections(150.0)
    return [person for person in people if objection(person)]


def test_nobody_passes_by_a_name_for_which_the_dates_were_not_read(store: RecordStore, schedule: Schedule, enrolled: list[Gallery]) -> None:
    enrolled.append(_people(katya="a", ema="b"))
    _lasts(store, "katya", None, 100.0)
    schedule.open()
    assert _barred(schedule, "katya", "ema") == ["katya"]
    enrolled.append(_people(kate="a", ema="b"))  # renamed, and nobody has looked yet
    assert _barred(schedule, "katya", "kate", "ema") == ["katya", "kate"]
    enrolled.append(_people(ema="ba"))  # merged
    assert _barred(schedule, "katya", "ema") == ["katya", "ema"]
    enrolled.append(_people(katya="a", ema="bc"))  # who has one more picture passes all the time
    assert _barred(schedule, "katya", "ema") == ["katya"]
    schedule.step()
    enrolled.append(_people(kate="a", ema="bc"))
    store.lend("katya", "kate")
    schedule.step()
    assert _barred(schedule, "kate", "ema") == ["kate"]


def test_dates_hold_for_the_new_name_before_it_is_given_and_not_where_it_never_is(store: RecordStore) -> None:
    store.lend("katya", "kate")  # nothing is written of anybody
    _lasts(store, "katya", None, 100.0)
    store.lend("katya", "kate")
    assert store.get("kate").valid == store.get("katya").valid == Span(None, 100.0)
    store.take_back("katya", "kate")
    assert list(store.all()) == ["katya"]
    _lasts(store, "ema", None, 300.0)
    store.lend("katya", "ema")
    store.take_back("katya", "ema")
    assert store.get("ema").valid == Span(None, 300.0)


def test_nobody_passes_while_something_halts_them_all(store: RecordStore) -> None:
    why: list[str | None] = ["a backup is being restored"]
    schedule = Schedule(store, threading.Event(), Gallery, lambda: why[-1])
    schedule.open()
    assert (schedule.problem, schedule.objections(0.0)("katya")) == ("nobody can pass: a backup is being restored", Reason.SCHEDULE)
    why.append(None)
    enrolled = _people(katya="a")
    schedule = Schedule(store, threading.Event(), lambda: enrolled, lambda: why[-1])
    schedule.open()
    assert (schedule.problem, schedule.objections(0.0)("katya")) == (None, None)
    why.append("a backup is being restored")
    schedule.step()
    assert schedule.objections(0.0)("katya") is Reason.SCHEDULE
    why.append(None)
    schedule.step()
    assert (schedule.problem, schedule.objections(0.0)("katya")) == (None, None)


class People:
    """Forgets as the engine does: whoever is enrolled, with their record."""

    def __init__(self, store: RecordStore, *names: str):
        self.enrolled, self._store = set(names), store
        self.error: OstiaryError | None = None

    def forget(self, name: str) -> None:
        if self.error:
            raise self.error
        if name not in self.enrolled:
            raise UnknownName(name)
        self.enrolled.remove(name)
        self._store.forget(name)


DAY = 86400.0


def test_people_are_forgotten_so_many_days_after_they_expired(store: RecordStore) -> None:
    people = People(store, "katya", "ema", "zero")
    for name, end in (("katya", 10 * DAY), ("ema", 20 * DAY), ("zero", None), ("gone", 1.0)):
        _lasts(store, name, 0.0, end)
    house = Housekeeping(store, 7, people.forget, threading.Event())
    assert house.forget_expired(16.9 * DAY) == ["gone"]
    assert house.forget_expired(17 * DAY) == ["katya"]
    assert people.enrolled == {"ema", "zero"}
    assert sorted(store.all()) == ["ema", "zero"]


def test_who_cannot_be_forgotten_now_is_tried_again(store: RecordStore, caplog: pytest.LogCaptureFixture) -> None:
    people = People(store, "katya")
    _lasts(store, "katya", 0.0, DAY)
    house = Housekeeping(store, 1, people.forget, threading.Event())
    people.error = OstiaryError("the disk is full")
    assert house.forget_expired(3 * DAY) == []
    assert "the disk is full" in caplog.text
    assert "katya" not in caplog.text
    people.error = None
    assert house.forget_expired(3 * DAY) == ["katya"]


class Restless(threading.Event):
    def wait(self, timeout: float | None = None) -> bool:
        return False


def test_whoever_stops_the_house_need_not_wait_until_all_are_forgotten(store: RecordStore) -> None:
    people, stop = People(store, "katya", "ema"), threading.Event()
    for name in ("katya", "ema"):
        _lasts(store, name, 0.0, DAY)

    def forget(name: str) -> None:
        people.forget(name)
        stop.set()

    assert len(Housekeeping(store, 1, forget, stop).forget_expired(3 * DAY)) == 1


def test_it_looks_once_an_hour_also_when_the_clock_was_put_back(store: RecordStore) -> None:
    people, now = People(store, "katya", "ema"), [5 * DAY]
    house = Housekeeping(store, 1, people.forget, Restless(), lambda: now[0])
    house.step()
    _lasts(store, "katya", 0.0, DAY)
    now[0] += 3599
    house.step()
    assert people.enrolled == {"katya", "ema"}
    now[0] -= 2 * DAY
    house.step()
    assert people.enrolled == {"ema"}
