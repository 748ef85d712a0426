"""The door's gallery as a collection: one set of people, from whichever side they are changed, by the door's rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from ostiary.compreface.collection import Collection
from ostiary.compreface.door_collection import image_id_of
from ostiary.compreface.keeper import Keeper
from ostiary.compreface.register import Register
from ostiary.compreface.values import StoredFace
from ostiary.engine import FaceEngine
from ostiary.errors import AlreadyKnown, BadName, NotAlike, SubjectExists, UnknownSubject
from ostiary.settings import Settings
from tests.support.collections import look, picture


@pytest.fixture
def door(keeper: Keeper, register: Register) -> Collection:
    return keeper.collection(register.services()[0])


def test_whoever_is_added_here_is_enrolled_at_the_door_and_the_other_way_round(door: Collection, engine: FaceEngine) -> None:
    door.add("Katya", picture(1), look(1))
    enrolled = engine.register("Zero", picture(2))
    assert engine.names() == ["Katya", "Zero"]
    assert door.subjects() == ["Katya", "Zero"]
    assert door.page(0, 20, "Zero").faces == (StoredFace(image_id_of(enrolled.face_id), "Zero"),)
    assert engine.gallery.match(look(2, 1).embedding).nearest.person == "Zero"  # type: ignore[union-attr]
    assert door.nearest(look(2, 1).embedding, 1)[0].subject == "Zero"


def test_of_a_face_enrolled_elsewhere_the_kept_photo_is_told(door: Collection, engine: FaceEngine) -> None:
    enrolled = engine.register("Zero", picture(2))
    assert door.image(image_id_of(enrolled.face_id)) == engine.photo("Zero", enrolled.face_id)


def test_the_doors_rules_hold(door: Collection, engine: FaceEngine) -> None:
    door.add("Katya", picture(1), look(1))
    with pytest.raises(AlreadyKnown, match="Katya"):
        door.add("Kate", picture(1, 1), look(1, 1))
    with pytest.raises(BadName):
        door.add("x" * 65, picture(2), look(2))
    for unreachable in (lambda: door.add("..", picture(2), look(2)), lambda: door.create("."), lambda: door.rename("Katya", "..")):
        with pytest.raises(BadName, match="choose another"):
            unreachable()
    assert door.subjects() == ["Katya"]
    door.add("Zero", picture(2), look(2))
    with pytest.raises(NotAlike):
        door.rename("Zero", "Katya")
    assert engine.names() == ["Katya", "Zero"]


def test_space_around_a_name_is_no_other_subject(door: Collection, engine: FaceEngine) -> None:
    door.add(" Katya ", picture(1), look(1))
    door.add("KATYA ", picture(1, 1), look(1, 1))
    assert engine.names() == ["Katya"]
    with pytest.raises(SubjectExists):
        door.create(" katya")
    assert door.rename("katya\t", " Katya") is False
    assert door.delete("Katya ") == "Katya"


def test_who_is_forgotten_while_being_renamed_is_no_subject(door: Collection, engine: FaceEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    door.add("Katya", picture(1), look(1))
    rename = engine.rename

    def after_a_forgetting(name: str, new: str) -> str:
        engine.forget(name)
        return rename(name, new)

    monkeypatch.setattr(engine, "rename", after_a_forgetting)
    with pytest.raises(UnknownSubject):
        door.rename("katya", "Kate")


def test_names_given_by_the_door_are_followed(door: Collection, engine: FaceEngine) -> None:
    image_id = door.add("Katya", picture(1), look(1)).image_id
    engine.rename("Katya", "Katja")
    assert (door.subjects(), door.image(image_id)) == (["Katja"], picture(1))


def test_whose_last_face_went_is_a_subject_still_and_nobody_at_the_door(door: Collection, engine: FaceEngine) -> None:
    forgotten: list[str] = []
    engine.when_forgotten.append(lambda name: forgotten.append(name))  # type: ignore[arg-type,func-returns-value]
    door.remove(door.add("Katya", picture(1), look(1)).image_id)
    assert (engine.names(), door.subjects(), forgotten) == ([], ["Katya"], [])
    assert door.delete("katya") == "Katya"
    assert (door.subjects(), forgotten) == ([], ["Katya"])


def test_pictures_whose_faces_went_elsewhere_are_swept(door: Collection, engine: FaceEngine) -> None:
    door.add("Katya", picture(1), look(1))
    engine.register("Katya", picture(1, 1), replace=True)  # by whoever does not know of this collection
    other = door.add("Zero", picture(2), look(2)).image_id
    door.remove(other)
    folder: Path = engine.settings.data.data_dir
    held = b"".join(file.read_bytes() for file in sorted(folder.glob("compreface.db*")))
    assert b"picture of person" not in held


def test_a_gallery_that_is_not_there_just_now_costs_no_picture(door: Collection, engine: FaceEngine) -> None:
    image_id = door.add("Katya", picture(1), look(1)).image_id
    faces, away = engine.settings.gallery.faces_dir, engine.settings.gallery.faces_dir.with_name("away")
    faces.rename(away)
    assert door.remove_of("Katya") == 0
    away.rename(faces)
    assert door.image(image_id) == picture(1)


def test_a_first_service_that_is_not_the_doors_has_nothing_to_do_with_it(
    door: Collection, engine: FaceEngine, register: Register, settings: Settings
) -> None:
    """As COMPREFACE_DOOR is turned off and on again."""
    mine = door.add("Katya", picture(1), look(1)).image_id
    door.create("empty")
    apart = Register(settings.data.data_dir, door=False)
    own = Keeper(apart, engine).collection(apart.services()[0])
    assert own.subjects() == []
    other = own.add("Zero", picture(2), look(2)).image_id
    own.create("nobody")
    engine.register("Katya", picture(1, 1), replace=True)
    door.delete("empty")
    assert (own.image(other), own.subjects()) == (picture(2), ["Zero", "nobody"])
    assert (door.image(mine), door.subjects()) == (None, ["Katya"])
    apart.close()


def test_face_ids_of_old_galleries_are_uuids_too() -> None:
    assert image_id_of("6fd5c1d6-0001") == image_id_of("6fd5c1d6-0001") != image_id_of("other")
    assert image_id_of("0123456789abcdef0123456789abcdef") == "01234567-89ab-cdef-0123-456789abcdef"
