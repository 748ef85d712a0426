"""The gallery and its photos with a key: nothing to be read on the disk, and never overwritten without it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ostiary.errors import GalleryDamaged, GalleryUnavailable, KeyMissing
from ostiary.gallery.gallery import Example
from ostiary.gallery.photos import PhotoStore
from ostiary.gallery.store import GalleryStore
from ostiary.gallery.watcher import Watcher
from ostiary.vault import KEY_BYTES, KeyVault, is_sealed

SFACE = "sface-2021dec"
MakeExample = Callable[..., Example]
OLD, NEW = os.urandom(KEY_BYTES), os.urandom(KEY_BYTES)


@pytest.fixture
def sealed(tmp_path: Path) -> GalleryStore:
    return GalleryStore(tmp_path / "faces" / "face_db.pkl", vault=KeyVault([OLD]))


def test_neither_names_nor_encodings_are_on_the_disk(sealed: GalleryStore, example: MakeExample) -> None:
    for number, name in enumerate(("katya", "zero")):
        sealed.add(name, [example(number)], encoder_id=SFACE)
    for file in (sealed.path, sealed.previous):
        data = file.read_bytes()
        assert b"katya" not in data
        assert example(0).encoding.tobytes() not in data
    again = GalleryStore(sealed.path, vault=KeyVault([OLD]))
    assert again.read().names == ("katya", "zero")
    assert (previous := again.read_previous()) is not None
    assert previous.names == ("katya",)


@pytest.mark.parametrize("vault", [None, KeyVault([NEW])])
def test_without_the_key_nothing_is_read_and_nothing_is_written(sealed: GalleryStore, example: MakeExample, vault: KeyVault | None) -> None:
    sealed.add("katya", [example(1)], encoder_id=SFACE)
    before = sealed.path.read_bytes()
    locked_out = GalleryStore(sealed.path, vault=vault) if vault else GalleryStore(sealed.path)
    with pytest.raises(GalleryUnavailable, match="is encrypted with the key"):
        locked_out.read()
    with pytest.raises(GalleryUnavailable):
        locked_out.add("zero", [example(2)], encoder_id=SFACE)
    assert locked_out.read_previous() is None
    assert sealed.path.read_bytes() == before


def test_a_file_that_was_tampered_with_is_damaged(sealed: GalleryStore, example: MakeExample) -> None:
    sealed.add("katya", [example(1)], encoder_id=SFACE)
    data = bytearray(sealed.path.read_bytes())
    data[-1] ^= 1
    sealed.path.write_bytes(data)
    with pytest.raises(GalleryDamaged, match="damaged or was changed"):
        GalleryStore(sealed.path, vault=KeyVault([OLD])).read()


def test_the_watcher_follows_a_change_of_keys_and_loses_nobody(sealed: GalleryStore, example: MakeExample) -> None:
    sealed.add("katya", [example(1)], encoder_id=SFACE)
    sealed.add("zero", [example(2)], encoder_id=SFACE)
    watcher = Watcher(GalleryStore(sealed.path, vault=KeyVault([NEW, OLD])))
    assert len(watcher.refresh()) == 2
    to_new = KeyVault([NEW, OLD])
    assert sealed.reseal(lambda data: to_new.seal(to_new.open(data))) == 2
    assert (len(watcher.refresh()), watcher.problem) == (2, None)
    only_new = GalleryStore(sealed.path, vault=KeyVault([NEW]))
    assert only_new.read().names == ("katya", "zero")
    assert only_new.read_previous() is not None


def test_while_the_file_is_read_once_it_is_opened_once(sealed: GalleryStore, example: MakeExample) -> None:
    sealed.add("katya", [example(1)], encoder_id=SFACE)
    opened = []

    class Counting(KeyVault):
        def open(self, data: bytes) -> bytes:
            opened.append(len(data))
            return super().open(data)

    watcher = Watcher(GalleryStore(sealed.path, vault=Counting([OLD])))
    for _ in range(100):
        watcher.refresh()
    assert len(opened) == 1


def test_resealing_removes_what_killed_programs_left(sealed: GalleryStore, example: MakeExample) -> None:
    sealed.add("katya", [example(1)], encoder_id=SFACE)
    for name in (".face_db.pkl.new", ".face_db.pkl.link", ".face_db.pkl.prev.new"):
        (sealed.path.parent / name).write_bytes(b"plain faces")
    assert sealed.reseal(lambda data: None) == 0
    assert sorted(path.name for path in sealed.path.parent.iterdir()) == ["face_db.pkl", "face_db.pkl.lock"]


def test_photos_are_sealed_wherever_they_lie(tmp_path: Path, sealed: GalleryStore) -> None:
    photos = PhotoStore(tmp_path / "photos", vault=KeyVault([OLD]))
    for face_id in ("0a", "0b"):
        photos.save(face_id, b"jpeg of katya")
    photos.settle(["0a"])
    files = [path for path in (tmp_path / "photos").rglob("*") if path.is_file()]
    assert [is_sealed(path.read_bytes()) for path in files] == [True, True]
    assert [photos.load(face_id) for face_id in ("0a", "0b")] == [b"jpeg of katya"] * 2
    with pytest.raises(KeyMissing):
        PhotoStore(tmp_path / "photos").load("0a")
    opener = KeyVault([OLD])
    assert photos.reseal(opener.open, sealed.locked) == 2
    assert [PhotoStore(tmp_path / "photos").load(face_id) for face_id in ("0a", "0b")] == [b"jpeg of katya"] * 2
