from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ostiary.errors import BadImage
from ostiary.gallery import codec
from ostiary.gallery.gallery import Example
from ostiary.gallery.reencode import Reencoding
from ostiary.gallery.store import GalleryStore

SFACE, DLIB = "sface-2021dec", "dlib-resnet-v1"
MakeExample = Callable[..., Example]


@pytest.fixture
def enrolled(store: GalleryStore, example: MakeExample) -> GalleryStore:
    store.add("katya", [example(1), example(2)], encoder_id=DLIB)
    store.add("zero", [example(3)], encoder_id=DLIB)
    return store


def _anew(face_id: str) -> np.ndarray:
    """A stand-in for an encoding of the photo: tells by its first number which photo it is of."""
    vector = np.ones(128, np.float32)
    vector[0] = 1 + int(face_id, 16)
    return vector / np.linalg.norm(vector)


def _anew_but(*missing: Example) -> Callable[[str], np.ndarray]:
    def encode(face_id: str) -> np.ndarray:
        if face_id in {example.face_id for example in missing}:
            raise BadImage("no photo was kept")
        return _anew(face_id)

    return encode


def test_everybody_is_taken_over_in_one_change(enrolled: GalleryStore) -> None:
    before = enrolled.read()
    report = Reencoding(enrolled, SFACE, _anew).run(iter, drop_lost=False)
    after = GalleryStore(enrolled.path).read()
    assert (report.encoder, report.encoded, report.lost, report.written) == (SFACE, 3, (), True)
    assert (after.encoder_id, after.revision) == (SFACE, before.revision + 1)
    assert (after.names, after.face_ids) == (before.names, before.face_ids)
    np.testing.assert_array_equal(after.enrolled_at, before.enrolled_at)
    np.testing.assert_allclose(after.encodings, [_anew(face_id) for face_id in before.face_ids], atol=1e-6)
    assert codec.decode(enrolled.previous.read_bytes()).encoder_id == DLIB


def test_negatives_are_encoded_again_too_or_reported(enrolled: GalleryStore, example: MakeExample) -> None:
    enrolled.change(lambda gallery: gallery.opposing([("visitor 1", example(4)), ("visitor 1", example(5))], DLIB))
    report = Reencoding(enrolled, SFACE, _anew_but(example(5))).run(iter, drop_lost=False)
    after = enrolled.read()
    assert (after.encoder_id, after.negatives.encoder_id, after.negatives.face_ids) == (SFACE, SFACE, (example(4).face_id,))
    assert (report.encoded, report.lost) == (4, ("visitor 1 (kept out): image: no photo was kept",))


def test_one_of_several_examples_may_be_lost(enrolled: GalleryStore, example: MakeExample) -> None:
    report = Reencoding(enrolled, SFACE, _anew_but(example(1))).run(iter, drop_lost=False)
    assert (report.encoded, report.written, report.people_lost) == (2, True, ())
    assert report.lost == ("katya: image: no photo was kept",)
    assert enrolled.read().names == ("katya", "zero")


def test_where_a_person_would_be_lost_nothing_is_written(enrolled: GalleryStore, example: MakeExample) -> None:
    before = enrolled.path.read_bytes()
    report = Reencoding(enrolled, SFACE, _anew_but(example(3))).run(iter, drop_lost=False)
    assert (report.written, report.people_lost) == (False, ("zero",))
    assert enrolled.path.read_bytes() == before


def test_lost_people_are_dropped_when_that_is_wished(enrolled: GalleryStore, example: MakeExample) -> None:
    report = Reencoding(enrolled, SFACE, _anew_but(example(3))).run(iter, drop_lost=True)
    assert (report.written, report.people_lost) == (True, ("zero",))
    assert enrolled.read().names == ("katya",)
    assert codec.decode(enrolled.previous.read_bytes()).names == ("katya", "zero")


def test_a_failure_on_the_way_changes_nothing(enrolled: GalleryStore) -> None:
    before = enrolled.path.read_bytes()

    def encode(face_id: str) -> np.ndarray:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Reencoding(enrolled, SFACE, encode).run(iter, drop_lost=True)
    assert enrolled.path.read_bytes() == before


def test_who_is_enrolled_or_forgotten_meanwhile_is_not_lost_or_brought_back(enrolled: GalleryStore, example: MakeExample) -> None:
    other = GalleryStore(enrolled.path)
    encoded: list[str] = []

    def encode(face_id: str) -> np.ndarray:
        if not encoded:
            other.add("ema", [example(9)], encoder_id=DLIB)
            other.remove("zero")
        encoded.append(face_id)
        return _anew(face_id)

    report = Reencoding(enrolled, SFACE, encode).run(iter, drop_lost=False)
    assert report.written
    assert enrolled.read().names == ("katya", "ema")
    assert len(encoded) == len(set(encoded)) == 4  # nobody twice
    assert report.encoded == 3


def test_an_empty_gallery_stays_empty(store: GalleryStore) -> None:
    report = Reencoding(store, SFACE, _anew).run(iter, drop_lost=False)
    assert (report.encoded, report.lost) == (0, ())
