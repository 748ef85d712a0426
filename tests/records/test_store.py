from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from ostiary.errors import BadField, DatabaseUnavailable, UnknownName
from ostiary.records.book import RecordBook
from ostiary.records.store import RecordStore
from ostiary.records.values import Consent, Record, Span

KATYA = Record("katya", "Екатерина", "night shift", "lost her card", Span(100.0, 200.0), Consent(90.0, "anna", "signed on paper"))


@pytest.fixture
def store(tmp_path: Path) -> RecordStore:
    return RecordStore(tmp_path / "data")


def test_a_record_comes_back_as_it_was_written_also_to_another_process(store: RecordStore, tmp_path: Path) -> None:
    written = store.put(KATYA, at=95.0, by="anna")
    assert (written.changed_at, written.changed_by) == (95.0, "anna")
    assert RecordStore(tmp_path / "data").get("katya") == written
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_looking_makes_no_file_and_nothing_written_is_an_empty_record(store: RecordStore) -> None:
    assert store.get("ema") == Record("ema")
    assert store.get("ema").shown == "ema"
    assert (store.all(), store.calendar().spans) == ({}, {})
    store.forget("ema")
    store.rename("ema", "emma")
    assert not store.path.exists()


def test_a_second_record_takes_the_place_of_the_first(store: RecordStore) -> None:
    store.put(KATYA, at=95.0, by="anna")
    store.put(Record("katya"), at=96.0, by="boris")
    assert store.all() == {"katya": Record("katya", changed_at=96.0, changed_by="boris")}


def test_records_follow_a_name_and_are_forgotten_with_it(store: RecordStore) -> None:
    store.put(KATYA, at=95.0, by="anna")
    store.rename("katya", "kate")
    assert store.get("kate").notes == "lost her card"
    assert store.get("katya") == Record("katya")
    assert store.forget("kate") == 1
    assert store.all() == {}


def test_of_two_people_made_one_the_record_of_whom_they_become_stays(store: RecordStore) -> None:
    store.put(KATYA, at=95.0, by="anna")
    store.put(Record("kate", valid=Span(None, 500.0)), at=95.0, by="anna")
    store.rename("katya", "kate")
    assert list(store.all()) == ["kate"]
    assert store.get("kate").valid == Span(None, 500.0)


def test_what_was_forgotten_leaves_no_bytes_behind(store: RecordStore) -> None:
    store.put(KATYA, at=95.0, by="anna")
    store.forget("katya")
    left = b"".join(file.read_bytes() for file in store.path.parent.iterdir())
    assert b"lost her card" not in left
    assert b"katya" not in left


def test_who_is_gone_is_not_kept_but_an_empty_gallery_takes_nobodys_record(store: RecordStore) -> None:
    enrolled = ["ema", "newcomer"]
    for name in ("katya", "ema", "zero"):
        store.put(Record(name), at=1.0, by="anna")
    RecordBook(store, list).sweep()
    assert len(store.all()) == 3
    RecordBook(store, lambda: enrolled).sweep()
    assert list(store.all()) == ["ema"]


def test_a_book_is_of_those_who_are_enrolled(store: RecordStore) -> None:
    book = RecordBook(store, lambda: ["katya"], clock=lambda: 95.0)
    assert book.write(replace(book.of(" katya "), group="night"), by="anna").changed_at == 95.0
    assert book.of("katya").group == "night"
    with pytest.raises(UnknownName):
        book.of("ema")


@pytest.mark.parametrize(
    ("record", "field"),
    [
        (Record("katya", notes="x" * 4001), "notes"),
        (Record("katya", display_name="x" * 65), "display_name"),
        (Record("katya", group="\ud800"), "group"),
        (Record("katya", consent=Consent(1.0, "anna", "x" * 4001)), "consent"),
        (Record("katya", valid=Span(200.0, 200.0)), "expires_at"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(store: RecordStore, record: Record, field: str) -> None:
    with pytest.raises(BadField, match=field):
        store.put(record, at=1.0, by="anna")
    assert store.all() == {}


def test_a_damaged_file_is_an_error(store: RecordStore) -> None:
    store.path.parent.mkdir()
    store.path.write_bytes(b"no database" * 1000)
    with pytest.raises(DatabaseUnavailable, match=r"people\.db"):
        store.calendar()
