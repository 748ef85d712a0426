"""Visitors with a key: what they look like cannot be read from the file, and they are still known again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ostiary.domain import Status
from ostiary.errors import WrongKey
from ostiary.vault import KEY_BYTES, KeyVault, is_sealed
from ostiary.visitors.reception import Reception
from ostiary.visitors.store import VisitorStore
from ostiary.visitors.values import Encounter

OLD, NEW = os.urandom(KEY_BYTES), os.urandom(KEY_BYTES)
Make = Callable[..., Encounter]


@pytest.fixture
def sealed(tmp_path: Path) -> VisitorStore:
    return VisitorStore(tmp_path / "visitors", vault=KeyVault([OLD]))


def _bytes_of(store: VisitorStore) -> bytes:
    return b"".join(path.read_bytes() for path in store.path.parent.iterdir())


def test_faces_cannot_be_read_from_the_file_and_are_known_again(sealed: VisitorStore, encounter: Make) -> None:
    seen = encounter(1)
    for each in (seen, encounter(1)):
        sealed.record(each, b"jpeg of a face")
    data = _bytes_of(sealed)
    assert b"jpeg of a face" not in data
    assert seen.looks[0].encoding.tobytes() not in data
    assert [visitor.seen for visitor in sealed.visitors()] == [2]
    assert (sealed.visitor_picture(1), sealed.decision_picture(seen.decision_id)) == (b"jpeg of a face", b"jpeg of a face")


def test_a_wrong_key_reads_nothing_and_writes_nothing(sealed: VisitorStore, encounter: Make) -> None:
    sealed.record(encounter(1), b"jpeg")
    before = sealed.path.read_bytes()
    other = VisitorStore(sealed.path.parent, vault=KeyVault([NEW]))
    with pytest.raises(WrongKey):
        other.visitor_picture(1)
    with pytest.raises(WrongKey):
        other.record(encounter(1), b"jpeg")
    assert sealed.path.read_bytes() == before


def test_sealing_leaves_no_plain_bytes_and_opening_brings_them_back(store: VisitorStore, encounter: Make) -> None:
    seen = encounter(1)
    store.record(seen, b"jpeg of a face")
    vault = KeyVault([OLD], plain=True)
    changed = store.reseal(lambda data: None if is_sealed(data) else vault.seal(data))
    assert changed == 2 + 2 * len(seen.looks), "pictures and looks of the visitor and of the decision"
    assert b"jpeg of a face" not in _bytes_of(store)
    assert seen.looks[0].encoding.tobytes() not in _bytes_of(store)
    assert store.reseal(vault.open) == changed
    assert store.visitor_picture(1) == b"jpeg of a face"


def test_naming_correcting_and_undoing_go_on_with_a_key(sealed: VisitorStore, encounter: Make, reception: Reception) -> None:
    at_work = Reception(sealed, reception._teacher)
    sealed.record(encounter(1), b"jpeg")
    change = at_work.name(1, "katya")
    sealed.record(encounter(2, status=Status.PASS, reason=None, person="katya", distance=0.4), b"jpeg")
    at_work.correct(sealed.decisions(1)[0].id)
    at_work.undo(change.id)
    assert sealed.visitor_picture(1) == b"jpeg"
