from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ostiary.errors import BadName
from ostiary.gallery import codec
from ostiary.gallery.gallery import Example, Gallery
from ostiary.gallery.names import clean_name
from ostiary.gallery.pickled_arrays import Unreadable

SFACE, DLIB = "sface-2021dec", "dlib-resnet-v1"
MakeExample = Callable[..., Example]


def _spelled(raw: str) -> str | None:
    try:
        return clean_name(raw)
    except BadName:
        return None


@st.composite
def galleries(draw: st.DrawFn) -> Gallery:
    names = draw(st.lists(st.text(max_size=64).map(_spelled).filter(bool), max_size=6))
    rows = draw(st.lists(st.lists(st.floats(0.125, 8, width=32), min_size=128, max_size=128), min_size=len(names), max_size=len(names)))
    times = draw(st.lists(st.floats(0, 4e9), min_size=len(names), max_size=len(names)))
    face_ids = [f"{i:032x}" for i in range(len(names))]
    encoder = draw(st.sampled_from([SFACE, DLIB]))
    gallery = Gallery.of(encoder, names, np.array(rows, np.float32).reshape(-1, 128), face_ids=face_ids, enrolled_at=np.array(times))
    if draw(st.booleans()):
        negatives = Gallery.of(encoder, ["visitor 1", "not katya"], np.eye(2, 128), face_ids=["a", "b"], enrolled_at=np.array([1.0, 2]))
        gallery = gallery.with_negatives(negatives)
    return gallery.numbered(draw(st.integers(0, 2**40)))


def _same(a: Gallery, b: Gallery) -> bool:
    if len(a.negatives) and not _same(a.negatives, b.negatives):
        return False
    same = (a.encoder_id, a.revision, a.names, a.row_names, a.face_ids) == (b.encoder_id, b.revision, b.names, b.row_names, b.face_ids)
    return same and np.array_equal(a.encodings, b.encodings) and np.array_equal(a.enrolled_at, b.enrolled_at)


@given(galleries())
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read(gallery: Gallery) -> None:
    data = codec.encode(gallery)
    again = codec.decode(data)
    assert _same(gallery, again)
    # Not byte by byte: a pickle also tells which equal texts were one object, and of short ones Python keeps one.
    assert _same(gallery, codec.decode(codec.encode(again)))


def test_the_standard_library_reads_it_as_plain_columns(example: MakeExample) -> None:
    gallery = Gallery().adding([("katya", example(1)), ("zero", example(2)), ("katya", example(3))], SFACE)
    content = pickle.loads(codec.encode(gallery))
    assert content["names"] == ["katya", "katya", "zero"]
    assert content["encodings"].shape == (3, 128)
    assert content["encodings"].dtype == np.float32


def test_only_a_gallery_with_negatives_is_of_the_second_format(example: MakeExample) -> None:
    gallery = Gallery().adding([("katya", example(1))], SFACE)
    guarded = gallery.opposing([("visitor 1", example(2))], SFACE)
    assert pickle.loads(codec.encode(gallery))["format"] == "ostiary gallery 1"
    content = pickle.loads(codec.encode(guarded))
    assert (content["format"], content["negatives"]["names"]) == ("ostiary gallery 2", ["visitor 1"])
    assert len(codec.decode(codec.encode(gallery)).negatives) == 0
    del content["negatives"]
    with pytest.raises(Unreadable):
        codec.decode(pickle.dumps(content))
    content["negatives"] = [1, 2]
    with pytest.raises(Unreadable):
        codec.decode(pickle.dumps(content))


def _vector(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.1, 0.1, 128)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "shape",
    [
        {"katya": [_vector(1), _vector(2)], "Катя": [_vector(3)]},
        {"katya": (_vector(1), _vector(2)), "Катя": _vector(3)},
        {"katya": np.array([_vector(1), _vector(2)]), "Катя": _vector(3).astype("f4")},
        {"encodings": [_vector(1), _vector(2), _vector(3)], "names": ["katya", "katya", "Катя"]},
        {"names": ["katya", "Катя", "katya"], "encodings": np.array([_vector(1), _vector(3), _vector(2)])},
    ],
    ids=["lists", "tuples and vectors", "matrices", "two lists", "a list and a matrix"],
)
def test_older_shapes_are_read(protocol: int, shape: dict[str, Any]) -> None:
    data = pickle.dumps(shape, protocol)
    gallery = codec.decode(data)
    assert gallery.encoder_id == DLIB
    assert gallery.names == ("katya", "Катя")
    assert gallery.row_names == ["katya", "katya", "Катя"]
    np.testing.assert_allclose(gallery.encodings, [_vector(1), _vector(2), _vector(3)], atol=1e-7)
    assert len(set(gallery.face_ids)) == 3
    assert codec.decode(data).face_ids == gallery.face_ids


def test_people_called_names_and_encodings_are_people() -> None:
    assert codec.decode(pickle.dumps({"encodings": _vector(1), "names": _vector(2)})).names == ("encodings", "names")


def test_an_empty_older_gallery_is_empty() -> None:
    for empty in ({}, {"encodings": [], "names": []}):
        assert len(codec.decode(pickle.dumps(empty))) == 0


def test_older_names_get_their_one_spelling() -> None:
    gallery = codec.decode(pickle.dumps({"Zoe\u0308": _vector(1), "Zo\u00eb ": _vector(2)}))
    assert gallery.row_names == ["Zo\u00eb", "Zo\u00eb"]


@pytest.mark.parametrize(
    "content",
    [
        None,
        [_vector(1)],
        "katya",
        {"katya": None},
        {"katya": 1.0},
        {"katya": "text"},
        {"katya": [1.0] * 128},
        {"katya": np.ones(127)},
        {"katya": np.ones((2, 2, 128))},
        {"katya": np.ones(128, int)},
        {"katya": np.full(128, np.nan)},
        {"ka\ntya": _vector(1)},
        {"encodings": [_vector(1)], "names": ["katya", "zero"]},
    ],
)
def test_other_content_is_refused(content: object) -> None:
    with pytest.raises(Unreadable):
        codec.decode(pickle.dumps(content))


@pytest.mark.parametrize(
    "change",
    [
        {"format": "ostiary gallery 2"},
        {"format": 1},
        {"encoder": "arcface"},
        {"encoder": None},
        {"encoder": []},
        {"names": ["katya"]},
        {"names": "ab"},
        {"names": [1, 2]},
        {"face_ids": ["a"]},
        {"face_ids": [b"a", b"b"]},
        {"enrolled_at": np.zeros(1)},
        {"enrolled_at": None},
        {"enrolled_at": "now"},
        {"encodings": np.ones((1, 128), np.float32)},
        {"encodings": np.ones((2, 64), np.float32)},
        {"encodings": None},
        {"revision": "7"},
        {"revision": True},
        {"names": None},
    ],
)
def test_columns_that_do_not_fit_are_refused(example: MakeExample, change: dict[str, Any]) -> None:
    content = pickle.loads(codec.encode(Gallery().adding([("katya", example(1)), ("zero", example(2))], SFACE)))
    with pytest.raises(Unreadable):
        codec.decode(pickle.dumps(content | change))


@pytest.mark.parametrize("column", ["revision", "encoder", "names", "face_ids", "enrolled_at", "encodings"])
def test_a_missing_column_is_named(example: MakeExample, column: str) -> None:
    content = pickle.loads(codec.encode(Gallery().adding([("katya", example(1))], SFACE)))
    del content[column]
    with pytest.raises(Unreadable, match=column):
        codec.decode(pickle.dumps(content))
