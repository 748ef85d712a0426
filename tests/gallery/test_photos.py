from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from ostiary.errors import GalleryUnavailable
from ostiary.gallery.photos import PhotoStore


@pytest.fixture
def photos(tmp_path: Path) -> PhotoStore:
    return PhotoStore(tmp_path / "faces" / "photos")


def test_a_photo_is_kept_until_it_is_deleted(photos: PhotoStore) -> None:
    photos.save("0a", b"jpeg")
    assert photos.load("0a") == b"jpeg"
    photos.settle(["0a", "never kept"])
    assert photos.load("0a") == b"jpeg"
    assert (photos.folder / "0a.jpg").exists()
    photos.delete(["0a", "never kept", "../elsewhere"])
    assert photos.load("0a") is None


def test_what_the_gallery_is_about_to_let_go_can_still_be_read(photos: PhotoStore) -> None:
    photos.save("0a", b"jpeg")
    photos.settle(["0a"])
    photos.unsettle(["0a"])
    assert photos.load("0a") == b"jpeg"
    photos.delete(["0a"])
    assert [path for path in photos.folder.rglob("*") if path.is_file()] == []


def test_only_the_owner_may_look(photos: PhotoStore) -> None:
    for face_id in ("0a", "0b"):
        photos.save(face_id, b"jpeg")
    photos.settle(["0a"])
    modes = {
        path.relative_to(photos.folder.parent).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in photos.folder.parent.rglob("*")
    }
    assert modes == {"photos": 0o700, "photos/0a.jpg": 0o600, "photos/unsure": 0o700, "photos/unsure/0b.jpg": 0o600}


@pytest.mark.parametrize("face_id", ["../face_db", "/etc/passwd", "a/b", "", "a" * 65, "a.b", "a\0b", "a\n"])
def test_an_id_never_leads_out_of_the_folder(photos: PhotoStore, face_id: str) -> None:
    photos.folder.mkdir(parents=True)
    outside = photos.folder.parent / "face_db.jpg"
    outside.write_bytes(b"not a photo")
    with pytest.raises(ValueError, match="face id"):
        photos.save(face_id, b"jpeg")
    assert photos.load(face_id) is None
    photos.delete([face_id])
    assert outside.exists()


def test_sweeping_ends_what_was_abandoned_and_leaves_the_rest(photos: PhotoStore) -> None:
    for face_id in ("known", "orphan", "under way", "settled"):
        photos.save(face_id.replace(" ", "_"), b"jpeg")
    photos.settle(["settled"])
    yesterday = time.time() - 86400
    for face_id in ("known", "orphan"):
        os.utime(photos.folder / "unsure" / f"{face_id}.jpg", (yesterday, yesterday))
    os.utime(photos.folder / "settled.jpg", (yesterday, yesterday))
    assert photos.sweep({"known"}) == 1
    assert [photos.load(face_id) is not None for face_id in ("known", "orphan", "under_way", "settled")] == [True, False, True, True]
    assert (photos.folder / "known.jpg").exists()


def test_sweeping_nothing_is_fine(photos: PhotoStore) -> None:
    assert photos.sweep(()) == 0


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "photos").touch()
    with pytest.raises(GalleryUnavailable, match="cannot be kept"):
        PhotoStore(tmp_path / "photos").save("0a", b"jpeg")
