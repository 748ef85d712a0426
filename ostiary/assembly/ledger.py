"""What is kept in writing about people: their records with the dates that the door goes by, and their attendance."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from ostiary.assembly.restoring import being_restored
from ostiary.assembly.stores import own_data
from ostiary.errors import DatabaseUnavailable
from ostiary.settings import Settings

if TYPE_CHECKING:
    from ostiary.assembly.house import House
    from ostiary.attendance.book import AttendanceBook
    from ostiary.attendance.store import CorrectionStore
    from ostiary.attendance.values import History
    from ostiary.engine import FaceEngine
    from ostiary.records.book import RecordBook
    from ostiary.records.store import RecordStore
    from ostiary.records.watcher import Schedule
    from ostiary.web.ledger import Ledger


log = logging.getLogger(__name__)


def record_store(settings: Settings) -> RecordStore:
    from ostiary.records.store import RecordStore

    return RecordStore(own_data(settings))


def correction_store(settings: Settings) -> CorrectionStore:
    from ostiary.attendance.store import CorrectionStore

    return CorrectionStore(own_data(settings))


def follow_people(engine: FaceEngine, settings: Settings) -> None:
    """Has records and corrections forget and rename whom `engine` does."""
    records, corrections = record_store(settings), correction_store(settings)

    def forget(name: str) -> Counter[str]:
        return Counter({"records": records.forget(name), "corrections of attendance": corrections.forget(name)})

    engine.when_forgotten.append(forget)
    engine.when_renamed += [records.rename, corrections.rename]


def record_book(settings: Settings, engine: FaceEngine) -> RecordBook:
    from ostiary.records.book import RecordBook

    return RecordBook(record_store(settings), engine.names)


def attendance_book(settings: Settings, history: History) -> AttendanceBook:
    from ostiary.attendance.book import AttendanceBook
    from ostiary.attendance.values import Rules

    asked = settings.attendance
    rules = Rules(
        zone=settings.clock.zone,
        day_start=asked.day_start,
        cameras_in=frozenset(asked.cameras_in),
        cameras_out=frozenset(asked.cameras_out),
        gap_s=asked.gap_s,
        longest_s=asked.longest_h * 3600,
    )
    return AttendanceBook(history, correction_store(settings), rules)


def open_schedule(house: House) -> Schedule:
    """The dates that the pipeline goes by, followed in a thread of their own."""
    from ostiary.records.watcher import Schedule

    engine = house.engine
    schedule = Schedule(record_store(house.settings), house.stop, lambda: engine.watcher.gallery, lambda: being_restored(house.settings))
    schedule.open()
    house.spawn(schedule, "schedule")
    return schedule


def open_ledger(house: House) -> Ledger:
    """Records and attendance for the API; where FORGET_EXPIRED_DAYS asks for it, the one who forgets."""
    from ostiary.records.housekeeping import Housekeeping
    from ostiary.web.ledger import Ledger

    settings, engine = house.settings, house.engine
    records = record_book(settings, engine)
    try:
        if not engine.gallery_problem:
            records.sweep()
    except DatabaseUnavailable as error:
        log.error("records cannot be told or changed: %s", error)  # the rest of the API works without
    house.faults.append(lambda: _unreadable(records.store))
    if days := settings.records.forget_expired_days:
        house.spawn_patient(Housekeeping(records.store, days, engine.unregister, house.stop), "housekeeping")
    return Ledger(records, attendance_book(settings, house.history), engine.names)


def _unreadable(records: RecordStore) -> str | None:
    try:
        records.calendar()
    except DatabaseUnavailable as error:
        return f"{error}: a detector that starts now lets nobody pass"
    return None
