"""Whoever gets another name gets it everywhere, or keeps the old one everywhere; and is barred under both while under one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Event as Flag
from types import SimpleNamespace

import numpy as np
import pytest

from ostiary.access.store import AccessStore
from ostiary.assembly import stores
from ostiary.assembly.house import House
from ostiary.assembly.ledger import open_schedule, record_store
from ostiary.assembly.stores import finish_changes
from ostiary.domain import Reason
from ostiary.engine import FaceEngine
from ostiary.errors import DatabaseUnavailable, GalleryUnavailable, NameTaken
from ostiary.gallery.lessons import Face
from ostiary.history.recorder import Recorder
from ostiary.history.store import HistoryStore
from ostiary.history.values import Entry, Event, Kind
from ostiary.records.values import Record, Span
from ostiary.renamings import under_way
from ostiary.scopes import ALL, Principal
from ostiary.settings import DataSettings, GallerySettings, HistorySettings, Settings

SFACE = "sface-2021dec"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    history = HistorySettings(flush_s=1000)
    return Settings(data=DataSettings(tmp_path / "data"), gallery=GallerySettings(tmp_path / "faces"), history=history)


def _opened(settings: Settings) -> FaceEngine:
    engine = stores.engine_of(stores.prepared(settings))
    engine._open_eyes = lambda *_: SimpleNamespace(encoder=SimpleNamespace(id=SFACE))  # type: ignore[return-value]
    return engine


@pytest.fixture
def engine(settings: Settings) -> FaceEngine:
    """Katya, who expired, and Zero; both came."""
    engine = _opened(settings)
    history = HistoryStore(settings.data.data_dir / "history.db")
    for number, name in enumerate(("katya", "zero")):
        engine.learn(name, [Face(np.eye(128, dtype=np.float32)[number], None)], encoder_id=SFACE)
        history.add([Entry(Event(f"came {number}", 1.7e9, Kind.PASS, person=name))])
    records = record_store(settings)
    records.put(Record("katya", valid=Span(None, 500.0)), at=1.0, by="anna")
    records.close()
    history.close()
    return engine


def _in_history(settings: Settings) -> set[str]:
    store = HistoryStore(settings.data.data_dir / "history.db")
    try:
        return store.people()
    finally:
        store.close()


def _unfinished(settings: Settings) -> list[Path]:
    return list((settings.data.data_dir / "renaming").glob("*.json"))


def _fails(*_: str) -> None:
    raise DatabaseUnavailable(Path("x.db"), "disk I/O error")


def test_where_one_place_fails_the_others_follow_and_the_rest_is_done_at_the_next_start(settings: Settings, engine: FaceEngine) -> None:
    left = engine.when_renamed[:]
    engine.when_renamed[:] = [_fails, *(tell for tell in left if "history" not in tell.__module__)]
    with pytest.raises(DatabaseUnavailable):
        engine.rename("katya", "kate")
    assert set(record_store(settings).all()) == {"kate"}
    assert (set(engine.names()), _in_history(settings)) == ({"kate", "zero"}, {"katya", "zero"})
    finish_changes(_opened(settings))
    assert _in_history(settings) == {"kate", "zero"}
    assert _unfinished(settings) == []


@pytest.mark.parametrize("new", ["kate", "zero"])
def test_where_the_gallery_cannot_be_written_nothing_happened(
    settings: Settings, engine: FaceEngine, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(data: bytes, forget: bool) -> None:
        assert set(record_store(settings).all()) == {"katya", new}, "the dates hold before the name does"
        assert under_way(settings.data.data_dir, "katya")
        raise GalleryUnavailable(settings.gallery.db_path, "the disk is full")

    monkeypatch.setattr(engine.store, "_write", full)
    with pytest.raises(GalleryUnavailable):
        engine.merge("katya", "zero", force=True) if new == "zero" else engine.rename("katya", new)
    assert set(record_store(settings).all()) == {"katya"}
    assert _in_history(settings) == {"katya", "zero"}
    assert _unfinished(settings) == []


def test_what_is_refused_leaves_no_dates_behind(settings: Settings, engine: FaceEngine) -> None:
    with pytest.raises(NameTaken):
        engine.rename("katya", "zero")
    assert (set(record_store(settings).all()), _unfinished(settings)) == ({"katya"}, [])


def test_dates_that_cannot_be_written_down_for_the_new_name_keep_it_from_being_given(settings: Settings, engine: FaceEngine) -> None:
    (settings.data.data_dir / "people.db").write_bytes(b"no database" * 1000)
    for log in settings.data.data_dir.glob("people.db-*"):
        log.unlink()
    with pytest.raises(DatabaseUnavailable):
        _opened(settings).rename("katya", "kate")
    assert set(engine.names()) == {"katya", "zero"}


def test_whoever_is_forgotten_before_all_follow_is_forgotten_under_both_names(settings: Settings, engine: FaceEngine) -> None:
    engine.when_renamed[:] = [_fails]
    with pytest.raises(DatabaseUnavailable):
        engine.rename("katya", "kate")
    with pytest.raises(DatabaseUnavailable):
        engine.rename("kate", "kitty")
    engine.forget("kitty")
    assert _in_history(settings) == {"zero"}
    assert record_store(settings).all() == {}
    assert _unfinished(settings) == []


def test_a_gallery_that_is_not_there_makes_nobody_forget(settings: Settings, engine: FaceEngine) -> None:
    engine.when_renamed[:] = [_fails]
    with pytest.raises(DatabaseUnavailable):
        engine.rename("katya", "kate")
    for damage in (lambda file: file.write_bytes(b"no gallery"), lambda file: file.unlink()):
        damage(settings.gallery.db_path)
        finish_changes(_opened(settings))
        assert _in_history(settings) == {"katya", "zero"}
    assert len(_unfinished(settings)) == 1


def test_another_program_that_keeps_the_history_does_not_take_a_new_name_for_forgetting(settings: Settings, engine: FaceEngine) -> None:
    data, now = settings.data.data_dir, [0.0]
    store = HistoryStore(data / "history.db")
    known = lambda name: name in engine.gallery or under_way(data, name)  # noqa: E731
    recorder = Recorder(store, 1.0, is_known=known, clock=lambda: now[0], wall_clock=lambda: 1.7e9)
    recorder.put(Entry(Event("just came", 1.7e9, Kind.PASS, person="katya")))
    recorder.flush()

    def looks(old: str, new: str) -> None:
        now[0] += 1
        recorder.step()
        assert "katya" in store.people()

    engine.when_renamed.insert(0, looks)
    engine.rename("katya", "kate")
    recorder.step()
    assert {r.event.person for r in store.walk() if r.event.kind is Kind.PASS} == {"kate", "zero"}
    assert sum(r.event.person == "kate" for r in store.walk() if r.event.kind is Kind.PASS) == 2
    recorder.close()
    store.close()


def test_who_came_a_moment_ago_came_under_the_new_name(settings: Settings, engine: FaceEngine) -> None:
    with ExitStack() as stack:
        house = House(stores.prepared(settings), Flag(), stack)
        house.history.note(Event("just came", 1.7e9, Kind.PASS, person="katya"))
        house.engine.rename("katya", "kate")
        assert house.history.current.event("just came").event.person == "kate"


def test_a_door_at_work_never_lets_anybody_pass_by_a_new_name_whom_the_dates_bar(settings: Settings, engine: FaceEngine) -> None:
    with ExitStack() as stack:
        house = House(stores.prepared(settings), Flag(), stack)
        schedule = open_schedule(house)
        let_in: list[str] = []

        def watch(old: str, new: str) -> None:
            let_in.extend(name for name in (old, new) if schedule.objections(501.0)(name) is None)

        house.engine.when_renamed[:] = [tell for listener in house.engine.when_renamed for tell in (watch, listener)] + [watch]
        house.engine.rename("katya", "kate")
        assert let_in == []
        for _ in range(100):
            if schedule.objections(499.0)("kate") is None:
                break
            house.stop.wait(0.05)
        assert (schedule.objections(499.0)("kate"), schedule.objections(501.0)("kate")) == (None, Reason.SCHEDULE)


@pytest.fixture
def access(settings: Settings, engine: FaceEngine) -> Iterator[AccessStore]:
    store = AccessStore(settings.data.data_dir)
    yield store
    store.close()


def test_the_audit_log_follows_and_forgets_former_names_too(engine: FaceEngine, access: AccessStore) -> None:
    owner = Principal("user", "anna", ALL)
    access.audit.note(owner, "person.enrol", "katya")
    engine.rename("katya", "kate")
    access.audit.note(owner, "person.rename", "kate", "was katya")
    assert [entry.target for entry in access.audit.entries(text="kat")] == ["kate", "kate"]
    engine.rename("kate", "kitty")
    engine.forget("kitty")
    assert access.audit.entries(text="kat") == access.audit.entries(text="kitty") == []
    assert [entry.action for entry in access.audit.entries()] == ["person.rename", "person.enrol"]


def test_what_the_demo_began_to_forget_takes_nobody_from_the_house(settings: Settings, engine: FaceEngine) -> None:
    demo = replace(settings, camera=replace(settings.camera, video_source="demo"))
    playing = _opened(demo)
    playing.learn("katya", [Face(np.eye(128, dtype=np.float32)[5], None)], encoder_id=SFACE)
    playing.when_forgotten[:] = [_fails]
    with pytest.raises(DatabaseUnavailable):
        playing.forget("katya")
    finish_changes(engine)
    assert "katya" in engine.gallery
