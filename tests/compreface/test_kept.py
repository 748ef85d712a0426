"""What services keep is forgotten, encrypted, backed up and encoded anew like everything else in the data folder."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ostiary.assembly import stores
from ostiary.assembly.backups import back_up, restore
from ostiary.assembly.compreface import reencode_services, register_of
from ostiary.assembly.erasing import finish_erasures
from ostiary.assembly.shelves import shelves_of
from ostiary.compreface.keeper import Keeper
from ostiary.compreface.register import Register
from ostiary.compreface.values import Kind
from ostiary.engine import FaceEngine
from ostiary.erasures import Erasures
from ostiary.errors import BadBackup, DatabaseUnavailable, EncoderMismatch, KeyMissing
from ostiary.keyring import make_key_file, vault_of
from ostiary.moving.ledger import Ledger
from ostiary.resealing import decrypt, encrypt, rotate
from ostiary.settings import PrivacySettings, Settings
from ostiary.vault import is_sealed
from tests.support.collections import SFACE, Eyes, look, picture

NAME = "Jürgen Ödipus-Katz 猫"


class House:
    """Programs over one data folder: the door's service, and one with a collection of its own."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.engine = stores.engine_of(stores.prepared(settings))
        self.engine._open_eyes = lambda *_: Eyes()  # type: ignore[assignment,return-value]
        self.register = register_of(settings)
        self.register.open()
        self.keeper = Keeper(self.register, self.engine, vault=vault_of(settings))
        services = self.register.services()
        if len(services) == 3:
            services.append(self.register.create_service(1, Kind.RECOGNITION, "own"))
        self.door, self.own = self.keeper.collection(services[0]), self.keeper.collection(services[3])

    def state(self) -> object:
        """Everything that is to be there again."""
        keys = [service.key for service in self.register.services()]
        pages = [collection.page(0, 100) for collection in (self.door, self.own)]
        images = [c.image(face.image_id) for c, page in zip((self.door, self.own), pages, strict=True) for face in page.faces]
        near = [(n.subject, n.image_id, n.similarity) for c in (self.door, self.own) for n in c.nearest(look(1, 9).embedding, 9)]
        return keys, pages, images, near, [sorted(c.subjects()) for c in (self.door, self.own)]


@pytest.fixture
def open_house(read_pictures: None) -> Iterator[Callable[[Settings], House]]:
    opened: list[House] = []

    def open_one(settings: Settings) -> House:
        opened.append(House(settings))
        return opened[-1]

    yield open_one
    for house in opened:
        house.register.close()


@pytest.fixture
def house(open_house: Callable[[Settings], House], settings: Settings) -> House:
    house = open_house(settings)
    for collection in (house.door, house.own):
        collection.add(NAME, picture(1), look(1))
        collection.add(NAME, picture(1, 1), look(1, 1))
        collection.add("Zero", picture(2), look(2))
        collection.create(f"{NAME} as well")
    return house


def traces(settings: Settings, *of: bytes) -> list[str]:
    """The files in which any of these bytes are found."""
    files = [f for folder in (settings.data.data_dir, settings.gallery.faces_dir) for f in sorted(folder.rglob("*")) if f.is_file()]
    return [file.name for file in files if any(each in file.read_bytes() for each in of)]


def person(number: int) -> list[bytes]:
    return [picture(number)[:40], picture(number, 1)[:40], *(look(number, n).embedding.tobytes()[:32] for n in range(2))]


def test_who_is_forgotten_at_the_door_is_nowhere_in_the_bytes(house: House) -> None:
    house.own.delete_all()  # services with a collection of their own are not about the door's people
    assert "compreface.db" in " ".join(traces(house.settings, *person(1))), "or this test sees nothing"
    house.door.delete(f"{NAME} as well")
    house.engine.forget(NAME)
    assert traces(house.settings, NAME.encode(), *person(1)) == []
    assert traces(house.settings, picture(2)[:40]) != []
    assert house.door.subjects() == ["Zero"]


def test_whoever_is_deleted_by_the_api_is_forgotten_everywhere(house: House) -> None:
    house.door.delete(f"{NAME} as well")
    house.own.delete(f"{NAME} as well")
    assert house.door.delete(NAME.upper()) == NAME
    assert house.own.remove_of(NAME.lower()) == 2
    assert traces(house.settings, NAME.encode(), *person(1)) == []
    assert (house.settings.data.data_dir / "erasures.log").exists()


def test_all_are_forgotten_at_once_and_each_on_record(house: House) -> None:
    house.own.delete_all()
    revision = house.engine.store.read().revision
    assert house.door.delete_all() == 3
    assert house.engine.store.read().revision == revision + 1
    assert traces(house.settings, NAME.encode(), *person(1), *person(2)) == []
    record = Erasures(house.settings.data.data_dir)
    assert all(record.was_erased(name) for name in (NAME, "Zero", f"{NAME} as well"))
    assert len(record.path.read_text().splitlines()) == 3
    assert record.begun() == []
    assert (house.door.delete_all(), house.door.remove_of(None)) == (0, 0)


def test_where_all_could_not_be_forgotten_everywhere_it_is_finished_later(house: House) -> None:
    def failing(name: str) -> None:
        raise DatabaseUnavailable(Path("x.db"), "disk I/O error")

    house.own.delete_all()
    house.engine.when_forgotten.insert(0, failing)
    with pytest.raises(DatabaseUnavailable):
        house.door.delete_all()
    assert traces(house.settings, *person(1), *person(2)) == []
    house.engine.when_forgotten.remove(failing)
    finish_erasures(house.engine)
    assert traces(house.settings, NAME.encode()) == []
    assert (Erasures(house.settings.data.data_dir).begun(), house.door.subjects()) == ([], [])


def test_single_faces_leave_no_bytes(house: House) -> None:
    for collection in (house.door, house.own):
        collection.remove_many([face.image_id for face in collection.page(0, 9, NAME).faces])
    assert traces(house.settings, *person(1)) == []
    assert NAME in house.door.subjects()
    assert NAME in house.own.subjects()


def test_a_service_goes_with_all_that_it_keeps(house: House) -> None:
    house.door.delete_all()
    house.register.delete_service(house.register.services()[-1].id)
    assert traces(house.settings, NAME.encode(), picture(2)[:40], *person(1)) == []


def test_a_service_of_its_own_is_left_alone_when_the_door_forgets(house: House) -> None:
    house.engine.forget(NAME)
    assert len(house.own.page(0, 9, NAME).faces) == 2


@pytest.fixture
def locked(house: House, open_house: Callable[[Settings], House], tmp_path: Path) -> House:
    """The same house, encrypted while the first program runs."""
    make_key_file(tmp_path / "key")
    settings = replace(house.settings, privacy=PrivacySettings(tmp_path / "key"))
    encrypt(vault_of(settings), shelves_of(settings, vault_of(settings)))
    return open_house(settings)


def test_encrypted_nothing_can_be_read_and_all_is_there(house: House, locked: House) -> None:
    key = locked.register.services()[0].key
    assert traces(locked.settings, key.encode(), picture(2)[:40], *person(1)) == []
    assert locked.own.nearest(look(1).embedding, 1)[0].subject == NAME
    before = locked.state()
    locked.own.add("Ann", picture(3), look(3))
    assert traces(locked.settings, *person(3)) == []
    locked.own.delete("Ann")
    vault = vault_of(locked.settings)
    rotate(vault, shelves_of(locked.settings, vault))
    assert locked.state() == before
    decrypt(vault, shelves_of(locked.settings, vault))
    assert locked.state() == before
    assert traces(locked.settings, key.encode()) != []


def test_without_the_key_it_says_so(locked: House, house: House) -> None:
    assert all(is_sealed(key) for key in _keys(locked.register))
    with pytest.raises(KeyMissing):
        house.register.services()


def _embeddings(register: Register) -> list[bytes]:
    with register.database.reading() as on:
        return list(on.exec_driver_sql("SELECT embedding FROM faces").scalars())


def _keys(register: Register) -> list[bytes]:
    with register.database.reading() as on:
        return list(on.exec_driver_sql("SELECT key FROM services").scalars())


def test_a_backup_brings_all_of_it_back_to_programs_that_run(house: House) -> None:
    before = house.state()
    file = io.BytesIO()
    back_up(house.settings, file)
    house.own.delete(NAME)
    house.own.add("Ann", picture(3), look(3))
    house.door.add("Ann", picture(3), look(3))
    assert house.state() != before
    file.seek(0)
    restore(house.settings, file)
    assert house.state() == before


def test_a_backup_brings_no_name_back_that_was_forgotten(house: House) -> None:
    house.door.create("Nothing But A Name")
    file = io.BytesIO()
    back_up(house.settings, file)
    for name in ("Nothing But A Name", NAME):
        house.door.delete(name)
    file.seek(0)
    restore(house.settings, file)
    assert house.door.subjects() == ["Zero", f"{NAME} as well"]
    house.own.delete_all()  # which is not about the door's people
    assert traces(house.settings, b"Nothing But A Name", *person(1)) == []


def test_a_backup_moves_to_another_machine(house: House, open_house: Callable[[Settings], House], tmp_path: Path) -> None:
    held = {face.image_id for face in house.door.page(0, 9).faces}
    with Ledger(house.settings.data.data_dir / "imports", "door").open(held) as ledger:  # half of an import
        ledger.note("a picture", min(held))
    file = io.BytesIO()
    back_up(house.settings, file)
    file.seek(0)
    other = tmp_path / "other"
    settings = replace(
        house.settings,
        data=replace(house.settings.data, data_dir=other / "data"),
        gallery=replace(house.settings.gallery, faces_dir=other / "faces"),
    )
    restore(settings, file)
    assert open_house(settings).state() == house.state()
    with Ledger(settings.data.data_dir / "imports", "door").open(held) as ledger:
        assert "a picture" in ledger
        assert "another" not in ledger


def test_a_newer_file_in_a_backup_changes_nothing(house: House) -> None:
    with house.register.database.writing() as on:
        on.exec_driver_sql("PRAGMA user_version = 99")
    file = io.BytesIO()
    back_up(house.settings, file)
    with house.register.database.writing() as on:
        on.exec_driver_sql("PRAGMA user_version = 1")
    before = house.state()
    file.seek(0)
    with pytest.raises((BadBackup, DatabaseUnavailable), match="newer"):
        restore(house.settings, file)
    assert house.state() == before


MIRRORED = "sface-2021dec-mirrored"


@pytest.fixture
def with_another_encoder(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """As if ENCODER had been changed; the new encodings are the old ones backwards."""

    class Others(Eyes):
        def __init__(self) -> None:
            super().__init__()
            encode = self.encoder.encode
            self.encoder = SimpleNamespace(id=MIRRORED, align=lambda image, face: image, encode=lambda crops: encode(crops)[:, ::-1])

    monkeypatch.setattr(FaceEngine, "encoder_name", "sface-mirrored")
    house.engine._opened = None
    house.engine._open_eyes = lambda *_: Others()  # type: ignore[assignment,return-value]
    return house


def test_faces_are_encoded_anew_from_their_pictures(with_another_encoder: House) -> None:
    house, probe = with_another_encoder, look(1, 5).embedding[::-1]
    with pytest.raises(EncoderMismatch):
        house.own.nearest(probe, 1)
    with pytest.raises(EncoderMismatch):
        house.own.add("Ann", picture(3), look(3))
    faces = house.own.page(0, 9)
    done = reencode_services(house.engine)
    assert (done.encoded, done.lost, done.written) == (3, (), True)
    assert house.own.page(0, 9) == faces
    assert [near.subject for near in house.own.nearest(probe, 3)] == [NAME, NAME, "Zero"]
    assert reencode_services(house.engine).encoded == 0


def test_who_would_be_lost_stops_encoding_anew_unless_that_is_wanted(with_another_encoder: House) -> None:
    house = with_another_encoder
    lost = house.own.page(0, 9, "Zero").faces[0].image_id
    with house.register.database.writing() as on:
        on.exec_driver_sql("DELETE FROM images WHERE image_id = ?", (lost,))
    done = reencode_services(house.engine)
    assert (done.written, done.encoded, len(done.lost)) == (False, 0, 1)
    assert lost in done.lost[0]
    assert house.own.page(0, 9).total == 3
    embeddings = _embeddings(house.register)
    done = reencode_services(house.engine, drop_lost=True)
    assert (done.written, done.encoded, len(done.lost)) == (True, 2, 1)
    assert [face.subject for face in house.own.page(0, 9).faces] == [NAME, NAME]
    assert "Zero" in house.own.subjects()
    assert not any(file.startswith("compreface") for file in traces(house.settings, *embeddings))


def test_looking_makes_no_file(settings: Settings, read_pictures: None) -> None:
    engine = stores.engine_of(stores.prepared(settings))
    engine._open_eyes = lambda *_: Eyes()  # type: ignore[assignment,return-value]
    engine.register("Katya", picture(1))
    engine.forget("Katya")
    assert reencode_services(engine).written
    assert [shelf.reseal(lambda data: None) for shelf in shelves_of(settings, vault_of(settings))]
    assert not (settings.data.data_dir / "compreface.db").exists()


def test_the_file_is_its_owners_alone(house: House) -> None:
    files = list(house.settings.data.data_dir.glob("compreface.db*"))
    assert files
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_the_encoder_of_a_stored_face_is_kept(house: House) -> None:
    assert house.own.encoder_id == SFACE
    known = house.own.known(house.own.page(0, 1).faces[0].image_id)
    assert np.array_equal(known.embedding, look(1).embedding)
