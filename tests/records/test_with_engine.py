"""Records and corrections follow the gallery, whatever changes it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from ostiary.assembly.house import House
from ostiary.assembly.ledger import attendance_book, correction_store, open_ledger, open_schedule, record_store
from ostiary.assembly.stores import open_engine
from ostiary.attendance.values import Way
from ostiary.domain import Reason
from ostiary.engine import FaceEngine
from ostiary.gallery.gallery import Example
from ostiary.records.values import Record, Span
from ostiary.settings import Settings, load


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"DATA_DIR": str(tmp_path / "data"), "FACES_DIR": str(tmp_path / "faces"), "TIME_ZONE": "Europe/Berlin"}, tmp_path)


@pytest.fixture
def engine(settings: Settings) -> FaceEngine:
    engine = open_engine(settings)
    for number, name in enumerate(("katya", "ema")):
        row = np.zeros(128, np.float32)
        row[number] = 1
        engine.store.add(name, [Example(f"face-{name}", 1.0, row)], encoder_id="sface-2021dec")
    engine.watcher.refresh()
    for name in ("katya", "ema"):
        record_store(settings).put(Record(name, notes=f"of {name}", valid=Span(None, 500.0)), at=1.0, by="anna")
        attendance_book(settings, Nobody()).add(name, Way.IN, 2000.0, reason="x", by="anna")
    return engine


class Nobody:
    def passes(self, start: float, end: float, person: str | None = None) -> list[object]:
        return []


def _corrected(settings: Settings) -> list[str]:
    return [one.person for one in correction_store(settings).between(0, 1e10)]


def test_who_is_forgotten_is_forgotten_here_too(engine: FaceEngine, settings: Settings) -> None:
    engine.unregister("katya")
    assert list(record_store(settings).all()) == ["ema"]
    assert _corrected(settings) == ["ema"]
    left = b"".join(file.read_bytes() for name in ("people", "attendance") for file in settings.data.data_dir.glob(f"{name}.db*"))
    assert b"katya" not in left
    assert b"of ema" in left


def test_who_is_renamed_keeps_notes_dates_and_corrections(engine: FaceEngine, settings: Settings) -> None:
    engine.rename("katya", "kate")
    assert record_store(settings).get("kate") == replace(record_store(settings).get("ema"), person="kate", notes="of katya")
    assert sorted(_corrected(settings)) == ["ema", "kate"]
    engine.merge("kate", "ema", force=True)
    assert [one.notes for one in record_store(settings).all().values()] == ["of ema"]
    assert _corrected(settings) == ["ema", "ema"]


def test_a_house_follows_dates_and_forgets_who_expired_long_ago(engine: FaceEngine, settings: Settings) -> None:
    with ExitStack() as stack:
        house = House(replace(settings, records=replace(settings.records, forget_expired_days=7)), Event(), stack)
        schedule = open_schedule(house)
        assert (schedule.objections(499.0)("katya"), schedule.objections(501.0)("katya")) == (None, Reason.SCHEDULE)
        open_ledger(house)
        for _ in range(100):
            if not open_engine(settings).names():
                break
            house.stop.wait(0.05)
        assert open_engine(settings).names() == []
        assert record_store(settings).all() == {}


def test_a_broken_file_of_records_keeps_the_api_from_nothing_else(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.data.data_dir.mkdir()
    (settings.data.data_dir / "people.db").write_bytes(b"no database" * 1000)
    with ExitStack() as stack:
        house = House(settings, Event(), stack)
        open_ledger(house)
        (problem,) = house.health()["problems"]
    assert "records cannot be told" in caplog.text
    assert "lets nobody pass" in problem
