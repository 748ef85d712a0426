from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ostiary.errors import AlreadyKnown, EncoderMismatch
from ostiary.gallery import codec
from ostiary.gallery.gallery import Example, Gallery
from ostiary.gallery.lessons import Face, Lessons
from ostiary.gallery.photos import PhotoStore
from ostiary.gallery.store import GalleryStore

SFACE, DLIB = "sface-2021dec", "dlib-resnet-v1"
MakeExample = Callable[..., Example]


@pytest.fixture
def photos(tmp_path: Path) -> PhotoStore:
    return PhotoStore(tmp_path / "faces" / "photos")


@pytest.fixture
def lessons(store: GalleryStore, photos: PhotoStore) -> Lessons:
    return Lessons(store, photos, keep_photos=True)


@pytest.fixture
def seen(example: MakeExample) -> Callable[[int], Face]:
    return lambda number: Face(example(number).encoding, f"jpeg {number}".encode())


def test_what_was_learned_is_enrolled_with_its_photo_and_taken_back_whole(
    lessons: Lessons, store: GalleryStore, photos: PhotoStore, seen: Callable[[int], Face]
) -> None:
    lessons.learn("katya", [seen(1)], encoder_id=SFACE)
    learned = lessons.learn("katya", [seen(2), Face(seen(3).encoding, None)], encoder_id=SFACE)
    assert len(store.read().examples("katya")) == 3
    assert [photos.load(face_id) for face_id in learned] == [b"jpeg 2", None]
    back = lessons.take_back(learned)
    assert back.encoder_id == SFACE
    assert [back.faces[i].picture for i in learned] == [b"jpeg 2", None]
    np.testing.assert_array_equal(back.faces[learned[1]].encoding, seen(3).encoding)
    assert len(store.read().examples("katya")) == 1
    assert photos.load(learned[0]) is None
    for file in store.path.parent.rglob("*"):
        assert not file.is_file() or seen(2).encoding.tobytes() not in file.read_bytes(), f"{file} still has it"


def test_who_is_kept_out_is_a_negative_until_taken_back(
    lessons: Lessons, store: GalleryStore, photos: PhotoStore, seen: Callable[[int], Face]
) -> None:
    face_ids = lessons.keep_out("visitor 1", [seen(1)], encoder_id=SFACE)
    again = GalleryStore(store.path).read()
    assert (again.names, again.negatives.names, again.negatives.face_ids) == ((), ("visitor 1",), face_ids)
    assert photos.load(face_ids[0]) == b"jpeg 1"
    assert set(lessons.take_back(face_ids).faces) == set(face_ids)
    assert len(store.read().negatives) == 0


def test_taking_back_what_is_gone_takes_nothing(lessons: Lessons, store: GalleryStore, seen: Callable[[int], Face]) -> None:
    (face_id,) = lessons.learn("katya", [seen(1)], encoder_id=SFACE)
    store.remove("katya")
    assert (lessons.take_back([face_id]).encoder_id, lessons.take_back([face_id]).faces) == (None, {})


def test_a_lesson_that_is_refused_leaves_nothing(
    lessons: Lessons, store: GalleryStore, photos: PhotoStore, seen: Callable[[int], Face]
) -> None:
    lessons.learn("katya", [seen(1)], encoder_id=SFACE)

    def check(gallery: Gallery) -> None:
        raise AlreadyKnown("katya", 0.1)

    with pytest.raises(EncoderMismatch):
        lessons.keep_out("visitor 1", [seen(2)], encoder_id=DLIB)
    with pytest.raises(AlreadyKnown):
        lessons.learn("zero", [seen(2)], encoder_id=SFACE, check=check)
    assert len(list(photos.folder.rglob("*.jpg"))) == 1
    assert store.read().names == codec.decode(store.path.read_bytes()).names == ("katya",)


def test_photos_are_not_kept_where_they_are_not_wanted(store: GalleryStore, photos: PhotoStore, seen: Callable[[int], Face]) -> None:
    Lessons(store, photos, keep_photos=False).learn("katya", [seen(1)], encoder_id=SFACE)
    assert list(photos.folder.rglob("*.jpg")) == []
