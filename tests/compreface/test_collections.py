"""What CompreFace's clients may count on, of collections of either kind."""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ostiary.compreface.collection import Collection
from ostiary.compreface.keeper import Keeper
from ostiary.compreface.register import Register
from ostiary.compreface.similarity import rounded, similarity
from ostiary.compreface.values import Service, StoredFace
from ostiary.engine import FaceEngine
from ostiary.errors import BadEmbedding, EncoderMismatch, SubjectExists, UnknownImage, UnknownService, UnknownSubject
from ostiary.settings import Settings
from tests.support.collections import SFACE, Face, look, picture

NOBODY = str(uuid.uuid4())


def add(collection: Collection, subject: str, person: int, number: int = 0) -> str:
    return collection.add(subject, picture(person, number), look(person, number)).image_id


def ids(collection: Collection, subject: str | None = None) -> list[str]:
    return [face.image_id for face in collection.page(0, 100, subject).faces]


def test_a_subject_is_made_by_its_first_face_and_keeps_its_first_spelling(collection: Collection) -> None:
    first = collection.add("John", picture(1), look(1))
    second = collection.add("john", picture(1, 1), look(1, 1))
    assert (first.subject, second.subject) == ("John", "john"), "as it was asked for"
    assert uuid.UUID(first.image_id).version == 4
    assert collection.subjects() == ["John"]
    assert collection.page(0, 20).faces == (StoredFace(first.image_id, "John"), StoredFace(second.image_id, "John"))


def test_a_subject_without_faces_is_made_once(collection: Collection) -> None:
    assert collection.create("Ödön 猫") == "Ödön 猫"
    with pytest.raises(SubjectExists):
        collection.create("ödön 猫")
    assert collection.subjects() == ["Ödön 猫"]
    add(collection, "ÖDÖN 猫", 1)
    assert collection.subjects() in (["Ödön 猫"], ["ÖDÖN 猫"])
    assert len(collection.page(0, 20).faces) == 1


def test_a_subject_is_renamed_in_place(collection: Collection) -> None:
    image_id = add(collection, "john", 1)
    assert collection.rename("JOHN", "john") is False
    assert collection.rename("john", "John") is True
    assert collection.subjects() == ["John"]
    assert collection.rename("john", "Jim") is True
    assert collection.page(0, 20).faces == (StoredFace(image_id, "Jim"),)
    assert (collection.image(image_id), collection.known(image_id).subject) == (picture(1), "Jim")
    with pytest.raises(UnknownSubject):
        collection.rename("John", "Jane")


def test_a_subject_without_faces_is_renamed_too(collection: Collection) -> None:
    collection.create("a")
    collection.create("b")
    assert collection.rename("a", "A") is True
    assert sorted(collection.subjects()) == ["A", "b"]
    assert collection.rename("a", "B") is True
    assert collection.subjects() == ["b"]
    assert collection.rename("b", "c") is True
    assert collection.subjects() == ["c"]


def test_renaming_onto_another_makes_them_one(collection: Collection) -> None:
    faces = {add(collection, "Jon", 1), add(collection, "Jon", 1, 1)}
    stays = add_alike(collection, "John")
    assert collection.rename("jon", "JOHN") is True
    assert collection.subjects() == ["John"]
    assert set(ids(collection, "John")) == {*faces, stays}


def add_alike(collection: Collection, subject: str) -> str:
    """Another picture of person 1, by another name: the door would object, were it not asked to let it be."""
    engine = getattr(collection, "_engine", None)
    if engine is None:
        return add(collection, subject, 1, 2)
    engine.register(subject, picture(1, 2), force=True)
    return next(face.image_id for face in collection.page(0, 20).faces if face.subject == subject)


def test_renaming_onto_one_without_faces_takes_its_spelling(collection: Collection) -> None:
    image_id = add(collection, "jon", 1)
    collection.create("John")
    assert collection.rename("jon", "john") is True
    assert collection.subjects() == ["John"]
    assert collection.page(0, 20).faces == (StoredFace(image_id, "John"),)


def test_deleting_a_subject_leaves_nothing_of_it(collection: Collection) -> None:
    image_id, other = add(collection, "John", 1), add(collection, "Zoe", 2)
    assert collection.delete("john") == "John"
    with pytest.raises(UnknownSubject):
        collection.delete("John")
    assert (collection.subjects(), ids(collection)) == (["Zoe"], [other])
    assert collection.image(image_id) is None
    assert [near.subject for near in collection.nearest(look(1).embedding, 5)] == ["Zoe"]
    collection.create("empty")
    assert collection.delete("EMPTY") == "empty"


def test_deleting_everybody_counts_subjects(collection: Collection) -> None:
    add(collection, "John", 1)
    add(collection, "Zoe", 2)
    collection.create("empty")
    assert collection.delete_all() == 3
    assert (collection.subjects(), collection.page(0, 20).total, collection.nearest(look(1).embedding, 1)) == ([], 0, [])
    assert collection.delete_all() == 0


def test_deleting_a_subjects_faces_counts_faces_and_takes_the_subject(collection: Collection) -> None:
    add(collection, "John", 1)
    add(collection, "John", 1, 1)
    add(collection, "Zoe", 2)
    assert collection.remove_of("nobody") == 0
    assert collection.remove_of("JOHN") == 2
    assert collection.subjects() == ["Zoe"]
    collection.create("empty")
    assert collection.remove_of(None) == 1
    assert collection.subjects() == []


def test_single_faces_go_and_the_subject_stays(collection: Collection) -> None:
    first, second = add(collection, "John", 1), add(collection, "John", 1, 1)
    for image_id in (first, second):
        assert collection.remove(image_id) == StoredFace(image_id, "John")
        assert collection.image(image_id) is None
        with pytest.raises(UnknownImage):
            collection.remove(image_id)
        with pytest.raises(UnknownImage):
            collection.known(image_id)
    assert (collection.subjects(), ids(collection)) == (["John"], [])
    again = add(collection, "john", 1)
    assert ids(collection, collection.subjects()[0]) == [again]


def test_several_faces_go_at_once(collection: Collection) -> None:
    first, second, third = add(collection, "John", 1), add(collection, "Zoe", 2), add(collection, "Ann", 3)
    assert collection.remove_many([third, NOBODY, first, third]) == [StoredFace(third, "Ann"), StoredFace(first, "John")]
    assert collection.remove_many([]) == []
    assert ids(collection) == [second]


def test_pages(collection: Collection) -> None:
    faces = [add(collection, f"subject {n}", n) for n in range(5)]
    page = collection.page(1, 2)
    assert ([face.image_id for face in page.faces], page.number, page.size, page.total, page.pages) == (faces[2:4], 1, 2, 5, 3)
    assert collection.page(2, 2).faces == (StoredFace(faces[4], "subject 4"),)
    assert (collection.page(10**30, 20).faces, collection.page(99, 20).total) == ((), 5)
    one = collection.page(0, 20, "subject 3")
    assert ([face.image_id for face in one.faces], one.total, one.pages) == ([faces[3]], 1, 1)
    assert collection.page(0, 20, "Subject 3").total == 0
    assert collection.page(0, 20, "").total == 0


def test_pictures_come_back_byte_for_byte(collection: Collection) -> None:
    image_id = add(collection, "John", 1)
    assert collection.image(image_id) == picture(1)
    assert collection.image(NOBODY) is None


def test_stored_faces_are_ranked_not_subjects(collection: Collection) -> None:
    mine = [add(collection, "John", 1, n) for n in range(3)]
    other = add(collection, "Zoe", 2)
    probe = look(1, 1).embedding
    found = collection.nearest(probe, 10)
    assert [near.subject for near in found] == ["John", "John", "John", "Zoe"]
    assert (found[0].image_id, found[0].similarity, found[-1].image_id) == (mine[1], pytest.approx(1.0), other)
    assert [near.similarity for near in found] == sorted((near.similarity for near in found), reverse=True)
    assert collection.nearest(probe, 1) == found[:1]
    assert found[-1].similarity < 0.5


def test_stored_and_given_embeddings_are_compared_alike_whatever_their_length(collection: Collection) -> None:
    for n in range(4):
        add(collection, "John", 1, n)
    probe = look(1, 7).embedding
    for near in collection.nearest(probe * 10, 10):
        known = collection.known(near.image_id)
        assert rounded(similarity(known.embedding, probe, SFACE)) == rounded(near.similarity)
    for wrong in (probe[:127], np.zeros(128), np.full(128, np.nan), np.zeros((2, 128))):
        with pytest.raises(BadEmbedding):
            collection.nearest(wrong, 1)


def test_what_was_changed_is_known_at_once(collection: Collection) -> None:
    assert collection.nearest(look(1).embedding, 1) == []
    add(collection, "Jon", 1)
    assert [near.subject for near in collection.nearest(look(1).embedding, 1)] == ["Jon"]
    collection.rename("Jon", "John")
    assert [near.subject for near in collection.nearest(look(1).embedding, 1)] == ["John"]
    collection.delete("John")
    assert collection.nearest(look(1).embedding, 1) == []


def test_faces_are_followed_whatever_was_changed_in_between(collection: Collection) -> None:
    """Against a list kept by hand, with a comparison after each change or after some."""
    kept: dict[str, tuple[str, int]] = {}
    turns = np.random.default_rng(5)
    for turn in range(60):
        person = int(turns.integers(4))
        owned = [image_id for image_id, (_, whose) in kept.items() if whose == person]
        match int(turns.integers(6)):
            case 0 if owned:
                collection.remove(owned[0])
                del kept[owned[0]]
            case 1 if owned:
                collection.delete(f"person {person}")
                kept = {image_id: one for image_id, one in kept.items() if one[1] != person}
            case 2 if owned:
                collection.rename(f"Person {person}", f"person {person}" if turn % 2 else f"PERSON {person}")
                kept = {
                    i: (f"person {person}" if turn % 2 else f"PERSON {person}", w) if w == person else (n, w) for i, (n, w) in kept.items()
                }
            case _:
                image_id = add(collection, f"person {person}", person, turn)
                spelt = next((name for name, whose in kept.values() if whose == person), None)
                kept[image_id] = spelt or next(s for s in collection.subjects() if s.lower() == f"person {person}"), person
        if turn % 3:
            found = collection.nearest(look(person, 999).embedding, 1000)
            assert {near.image_id: near.subject for near in found} == {image_id: name for image_id, (name, _) in kept.items()}
            assert all((near.similarity > 0.5) == (kept[near.image_id][1] == person) for near in found)


def test_many_who_add_to_one_new_subject_make_one(collection: Collection) -> None:
    with ThreadPoolExecutor(8) as pool:
        spelt = ["John", "john", "JOHN", "jOHN"] * 4
        faces = list(pool.map(lambda n: add(collection, spelt[n], 1, n), range(16)))
    assert len(collection.subjects()) == 1
    assert sorted(ids(collection)) == sorted(faces)


def test_all_is_there_after_a_restart(collection: Collection, settings: Settings, engine: FaceEngine, register: Register) -> None:
    image_id, probe = add(collection, "John", 1), look(1, 5).embedding
    collection.create("empty")
    service = next(each for each in register.services() if Keeper(register, engine).collection(each).page(0, 1).total)
    again = Register(settings.data.data_dir)
    try:
        other = Keeper(again, FaceEngine(settings=settings, open_eyes=engine._open_eyes)).collection(service)
        assert (other.subjects(), other.page(0, 20), other.image(image_id)) == (["John", "empty"], collection.page(0, 20), picture(1))
        assert other.nearest(probe, 1) == collection.nearest(probe, 1)
        other.delete("John")
        assert collection.nearest(probe, 1) == [], "what another process deletes is gone here"
    finally:
        again.close()


def test_another_encoder_is_told_not_guessed(collection: Collection, engine: FaceEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    image_id = add(collection, "John", 1)
    monkeypatch.setattr(FaceEngine, "encoder_name", "sface-mirrored")
    for ask in (lambda: collection.nearest(look(1).embedding, 1), lambda: collection.known(image_id)):
        with pytest.raises(EncoderMismatch, match="reencode"):
            ask()


def test_collections_are_isolated(keeper: Keeper, register: Register, add_service: Callable[[], Service]) -> None:
    services = [register.services()[0], add_service(), add_service()]
    collections = [keeper.collection(service) for service in services]
    faces = [add(collection, "John", n) for n, collection in enumerate(collections)]
    for n, collection in enumerate(collections):
        for foreign in {*faces} - {faces[n]}:
            assert collection.image(foreign) is None
            assert collection.remove_many([foreign]) == []
            with pytest.raises(UnknownImage):
                collection.known(foreign)
        assert ids(collection) == [faces[n]]
        assert [near.image_id for near in collection.nearest(look(1).embedding, 9)] == [faces[n]]
    collections[1].delete_all()
    assert [len(ids(collection)) for collection in collections] == [1, 0, 1]


def test_a_collection_of_a_service_that_is_gone_keeps_nothing(
    keeper: Keeper, register: Register, add_service: Callable[[], Service]
) -> None:
    service = add_service()
    collection = keeper.collection(service)
    image_id = add(collection, "John", 1)
    register.delete_service(service.id)
    assert (collection.subjects(), ids(collection), collection.image(image_id)) == ([], [], None)
    for change in (lambda: add(collection, "John", 1), lambda: collection.create("Ann"), collection.delete_all):  # asked for just before
        with pytest.raises(UnknownService):
            change()
    assert b"picture of person" not in b"".join(file.read_bytes() for file in register.path.parent.glob("compreface.db*"))


def test_faces_of_a_service_that_is_gone_stay_in_no_memory(
    keeper: Keeper, register: Register, add_service: Callable[[], Service], settings: Settings
) -> None:
    door, gone, stays = register.services()[0], add_service(), add_service()
    held = weakref.ref(keeper.collection(gone))
    kept = keeper.collection(stays)
    elsewhere = Register(settings.data.data_dir)  # as the command's
    elsewhere.delete_service(gone.id)
    elsewhere.close()
    keeper.collection(door)
    assert held() is None
    assert keeper.collection(stays) is kept


def test_embeddings_need_not_be_of_unit_length(keeper: Keeper, add_service: Callable[[], Service]) -> None:
    collection = keeper.collection(add_service())
    image_id = collection.add("John", picture(1), Face(look(1).embedding * 7)).image_id
    assert rounded(collection.nearest(look(1).embedding, 1)[0].similarity) == 1.0
    assert np.allclose(collection.known(image_id).embedding, look(1).embedding * 7)
