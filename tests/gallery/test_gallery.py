from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ostiary.encoders import ENCODERS
from ostiary.errors import EncoderMismatch, UnknownName
from ostiary.gallery.gallery import Example, Gallery

SFACE, DLIB = "sface-2021dec", "dlib-resnet-v1"
MakeExample = Callable[..., Example]


def _distance(encoder: str, a: np.ndarray, b: np.ndarray) -> float:
    a, b = a.astype(float), b.astype(float)
    if encoder == DLIB:
        return float(np.linalg.norm(a - b))
    return float(1 - a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def _naive(encoder: str, names: list[str], rows: np.ndarray, probe: np.ndarray, top: int) -> list[tuple[str, float]]:
    nearest: dict[str, float] = {}
    for name, row in zip(names, rows, strict=True):
        nearest[name] = min(nearest.get(name, np.inf), _distance(encoder, row, probe))
    return sorted(nearest.items(), key=lambda item: item[1])[:top]


@pytest.mark.parametrize("encoder", [SFACE, DLIB])
@pytest.mark.parametrize("people", [1, 2, 7, 300])
@pytest.mark.parametrize("top", [1, 5, 1000])
def test_match_is_what_a_plain_loop_finds(encoder: str, people: int, top: int) -> None:
    rng = np.random.default_rng(people)
    rows = rng.normal(0.1, 0.1, (people * 2, 128)).astype(np.float32)
    names = [f"person {i}" for i in rng.integers(people, size=people * 2)]
    gallery = Gallery.of(encoder, names, rows).as_told()
    probes = rows[:70] + rng.normal(0, 0.02, (len(rows[:70]), 128)).astype(np.float32)
    for probe, match in zip(probes, gallery.match_all(probes, top), strict=True):
        expected = _naive(encoder, names, rows, probe, top)
        assert [c.person for c in match.candidates][:5] == [name for name, _ in expected][:5]
        assert {c.person for c in match.candidates} == {name for name, _ in expected}
        np.testing.assert_allclose([c.distance for c in match.candidates], [d for _, d in expected], atol=1e-6)
        assert [c.person for c in gallery.match(probe, top).candidates][:5] == [c.person for c in match.candidates][:5]


def test_of_encodings_that_differ_in_length_the_direction_is_judged_and_the_difference_told() -> None:
    face, turn = np.random.default_rng(2).normal(0.1, 0.1, (2, 128)).astype(np.float32)
    probe, rows = 1.3 * face, np.array([face, 1.3 * face + 0.2 * turn])  # the second is nearer, but the first is the very face
    gallery = Gallery.of(DLIB, ["katya", "zero"], rows)
    match = gallery.match(probe)
    assert [c.person for c in match.candidates] == ["katya", "zero"]
    assert match.candidates[0].distance == pytest.approx(0, abs=1e-3)
    np.testing.assert_allclose([c.shown for c in match.candidates], np.linalg.norm(rows - probe, axis=1), rtol=1e-6)
    as_told = gallery.as_told().match(probe)
    assert [c.distance for c in as_told.candidates] == sorted(c.shown for c in match.candidates)
    assert all(c.told is None for c in as_told.candidates)


def test_encodings_of_usual_length_are_told_as_they_are_judged(example: MakeExample) -> None:
    rows = np.array([example(n).encoding for n in range(5)])
    rows *= ENCODERS["dlib"].length / np.linalg.norm(rows, axis=1, keepdims=True)
    for candidate in Gallery.of(DLIB, list("abcde"), rows).match(rows[3]).candidates:
        assert candidate.distance == pytest.approx(candidate.shown, abs=1e-5)
    sface = Gallery.of(SFACE, list("abcde"), rows)
    assert sface.as_told() is sface


@pytest.mark.parametrize("encoder", [SFACE, DLIB])
def test_the_enrolled_encoding_itself_is_at_distance_nought(encoder: str) -> None:
    rows = np.random.default_rng(1).normal(0.1, 0.1, (1000, 128)).astype(np.float32)
    gallery = Gallery.of(encoder, [str(i) for i in range(1000)], rows)
    for i in (0, 500, 999):
        nearest = gallery.match(rows[i]).nearest
        assert nearest is not None
        assert nearest.person == str(i)
        assert 0 <= nearest.distance < 1e-6


def test_nobody_enrolled_matches_nobody(example: MakeExample) -> None:
    assert Gallery().match(example(1).encoding).candidates == ()
    assert Gallery().match(example(1).encoding, encoder_id=DLIB).nearest is None
    assert Gallery.of(SFACE, [], np.empty((0, 128))).encoder_id is None


def test_each_person_is_a_candidate_once(example: MakeExample) -> None:
    a, b = example(1).encoding, example(2).encoding
    gallery = Gallery.of(SFACE, ["katya", "zero", "katya", "katya"], np.array([a, b, a, b]))
    match = gallery.match(a)
    assert [c.person for c in match.candidates] == ["katya", "zero"]
    assert match.runner_up is not None
    assert match.runner_up.distance == pytest.approx(_distance(SFACE, a, b), abs=1e-6)


def test_of_equals_the_first_enrolled_is_named(example: MakeExample) -> None:
    same = np.array([example(1).encoding] * 9)
    gallery = Gallery.of(SFACE, list("ihgfedcba"), same)
    assert [c.person for c in gallery.match(same[0], 9).candidates] == list("ihgfedcba")


def test_a_probe_of_another_encoder_is_refused(example: MakeExample) -> None:
    gallery = Gallery.of(SFACE, ["katya"], example(1).encoding[None])
    assert gallery.require(SFACE) is gallery
    with pytest.raises(EncoderMismatch):
        gallery.match(example(1).encoding, encoder_id=DLIB)
    with pytest.raises(EncoderMismatch):
        gallery.adding([("zero", example(2))], DLIB)
    with pytest.raises(ValueError, match="128"):
        gallery.match(np.ones(512))


@pytest.mark.parametrize("bad", [np.full(128, np.nan), np.full(128, np.inf), np.zeros(128)])
def test_encodings_that_cannot_be_compared_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="finite"):
        Gallery.of(SFACE, ["katya"], bad[None])


def test_an_unknown_encoder_is_refused() -> None:
    with pytest.raises(KeyError):
        Gallery.of("arcface", ["katya"], np.ones((1, 128)))


def test_adding_and_removing_make_new_galleries(example: MakeExample) -> None:
    one = Gallery().adding([("katya", example(1)), ("zero", example(2))], SFACE)
    two = one.adding([("katya", example(3))], SFACE)
    three = two.removing("zero")
    assert [len(g) for g in (one, two, three)] == [2, 2, 1]
    assert [e.face_id for e in two.examples("katya")] == [example(1).face_id, example(3).face_id]
    assert two.names == ("katya", "zero")
    assert "zero" not in three
    assert three.removing("katya").encoder_id is None
    np.testing.assert_array_equal(two.examples("zero")[0].encoding, example(2).encoding)
    with pytest.raises(UnknownName):
        three.examples("zero")
    with pytest.raises(UnknownName):
        three.removing("zero")


def test_a_snapshot_cannot_be_written_on(example: MakeExample) -> None:
    gallery = Gallery.of(SFACE, ["katya"], example(1).encoding[None])
    with pytest.raises(ValueError, match="read-only"):
        gallery.encodings[0, 0] = 1


def _near(vector: np.ndarray, seed: int, amount: float = 0.02) -> np.ndarray:
    return (vector + np.random.default_rng(seed).normal(0, amount, vector.shape)).astype(np.float32)


def test_the_nearest_negative_stands_among_the_people_and_is_no_person(example: MakeExample) -> None:
    gallery = Gallery().adding([("katya", example(1)), ("zero", example(2))], SFACE)
    guarded = gallery.opposing([("visitor 1", example(3)), ("visitor 2", example(4))], SFACE)
    assert (guarded.names, len(guarded), guarded.face_ids) == (gallery.names, 2, gallery.face_ids)
    match = guarded.match(_near(example(3).encoding, 9))
    assert next((c.person, c.negative) for c in match.candidates) == ("visitor 1", True)
    assert sorted(c.person for c in match.candidates if not c.negative) == ["katya", "zero"]
    assert sum(c.negative for c in match.candidates) == 1
    assert guarded.match(example(1).encoding).candidates[0].person == "katya"
    plain = gallery.match_all(np.array([example(7).encoding]))[0]
    assert [c for c in guarded.match(example(7).encoding).candidates if not c.negative] == list(plain.candidates)


def test_an_exact_tie_of_person_and_negative_goes_to_the_negative(example: MakeExample) -> None:
    gallery = Gallery().adding([("katya", example(1))], SFACE).opposing([("visitor 1", example(1))], SFACE)
    nearest = gallery.match(example(1).encoding).nearest
    assert nearest is not None
    assert nearest.negative


def test_negatives_stay_through_changes_of_the_people(example: MakeExample) -> None:
    gallery = Gallery().opposing([("visitor 1", example(3))], SFACE)
    assert (len(gallery), gallery.encoder_id, gallery.negatives.names) == (0, SFACE, ("visitor 1",))
    gallery = gallery.adding([("katya", example(1)), ("zero", example(2))], SFACE).removing("zero").numbered(5)
    assert (gallery.names, gallery.negatives.names, gallery.revision) == (("katya",), ("visitor 1",), 5)
    assert gallery.all_face_ids == {example(1).face_id, example(3).face_id}
    assert gallery.removing("katya").negatives.names == ("visitor 1",)


def test_negatives_of_another_encoder_are_refused(example: MakeExample) -> None:
    with pytest.raises(EncoderMismatch):
        Gallery().adding([("katya", example(1))], SFACE).opposing([("visitor 1", example(3))], DLIB)
    with pytest.raises(EncoderMismatch):
        Gallery().opposing([("visitor 1", example(3))], SFACE).adding([("katya", example(1))], DLIB)
    with pytest.raises(EncoderMismatch):
        Gallery().opposing([("visitor 1", example(3))], SFACE).require(DLIB)


def test_what_was_mistaken_for_a_person_goes_with_them(example: MakeExample) -> None:
    people = Gallery().adding([("katya", example(1)), ("zero", example(2))], SFACE)
    gallery = people.opposing([("not katya", example(3)), ("not zero", example(4))], SFACE)
    assert gallery.removing("katya").negatives.names == ("not zero",)


def test_single_examples_and_negatives_can_be_taken_out(example: MakeExample) -> None:
    gallery = Gallery().adding([("katya", example(1)), ("katya", example(2))], SFACE)
    gallery = gallery.opposing([("visitor 1", example(3)), ("visitor 1", example(4))], SFACE)
    fewer = gallery.without({example(2).face_id, example(4).face_id})
    assert (fewer.face_ids, fewer.negatives.face_ids) == ((example(1).face_id,), (example(3).face_id,))
    nobody = fewer.without(fewer.all_face_ids)
    assert (nobody.encoder_id, len(nobody), len(nobody.negatives)) == (None, 0, 0)


def test_renaming_keeps_the_faces_and_takes_along_what_was_mistaken_for_the_person(example: MakeExample) -> None:
    gallery = Gallery().adding([("katya", example(1)), ("zero", example(2)), ("katya", example(3))], SFACE)
    gallery = gallery.opposing([("not katya", example(4)), ("visitor 7", example(5))], SFACE)
    renamed = gallery.renaming("katya", "Катя")
    assert renamed.names == ("Катя", "zero")
    assert [e.face_id for e in renamed.examples("Катя")] == [example(1).face_id, example(3).face_id]
    assert [e.enrolled_at for e in renamed.examples("Катя")] == [e.enrolled_at for e in gallery.examples("katya")]
    assert renamed.negatives.names == ("not Катя", "visitor 7")
    assert renamed.all_face_ids == gallery.all_face_ids
    assert gallery.names == ("katya", "zero"), "a change makes a new gallery"
    with pytest.raises(UnknownName):
        gallery.renaming("nobody", "somebody")


def test_renaming_to_somebody_who_is_there_makes_them_one(example: MakeExample) -> None:
    gallery = Gallery().adding([("katya", example(1)), ("zero", example(2))], SFACE).renaming("katya", "zero")
    assert gallery.names == ("zero",)
    assert {e.face_id for e in gallery.examples("zero")} == {example(1).face_id, example(2).face_id}
    assert gallery.match(example(1).encoding).candidates[0].person == "zero"


def test_a_person_alone_is_judged_as_in_the_whole_gallery() -> None:
    rows = np.zeros((3, 128), np.float32)
    rows[0, 0], rows[1, 0], rows[2, 1] = 1.2, 1.7, 1.4
    whole = Gallery.of("dlib-resnet-v1", ["katya", "katya", "ema"], rows, face_ids=["a", "b", "c"])
    for gallery, distance in ((whole, 0.0), (whole.as_told(), 0.5)):
        alone = gallery.only("katya", but=0)
        assert (alone.names, len(alone.row_names)) == (("katya",), 1)
        nearest = alone.match(rows[0]).nearest
        assert nearest is not None
        assert nearest.distance == pytest.approx(distance, abs=1e-6)
    assert whole.only("ema", but=0).match(rows[0]).nearest is None
    with pytest.raises(UnknownName):
        whole.only("zero")
