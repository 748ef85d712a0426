"""Encrypting, decrypting and changing the key: whenever it is killed, everything stays readable and running it again finishes."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ostiary.assembly.shelves import shelves_of
from ostiary.domain import Reason, Status
from ostiary.errors import GalleryUnavailable, KeyMissing, KeyUnusable, NotSealed, SealBroken, SettingsError, WrongKey
from ostiary.gallery.gallery import Example
from ostiary.gallery.photos import PhotoStore
from ostiary.gallery.store import GalleryStore
from ostiary.history.store import HistoryStore
from ostiary.history.values import Entry, Event, Kind, Pictures
from ostiary.keyring import FolderVault, State, make_key_file, read_keys, vault_of, write_keys
from ostiary.resealing import decrypt, encrypt, rotate
from ostiary.settings import DataSettings, GallerySettings, PrivacySettings, Settings
from ostiary.sinks.spoof_pictures import SpoofPictures
from ostiary.vault import key_id
from ostiary.visitors.store import VisitorStore
from ostiary.visitors.values import Encounter, Look

SFACE = "sface-2021dec"
PEOPLE = ("katya", "zero", "ada")

# Another program: changes the keys, and kills itself where it is told: at a piece, or before or after a step.
CHANGE = """
import os, signal, sys
from pathlib import Path
from dataclasses import replace
from ostiary import resealing
from ostiary.assembly.shelves import shelves_of
from ostiary.keyring import FolderVault
from ostiary.resealing import Shelf
from ostiary.settings import DataSettings, GallerySettings, PrivacySettings, Settings
root, what, where, number = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
counts = {"piece": 0, "before": 0, "after": 0}
def at(place):
    counts[place] += 1
    if (place, counts[place]) == (where, number):
        os.kill(os.getpid(), signal.SIGKILL)
class Dying(FolderVault):
    def put_mark(self, mark):
        at("before")
        super().put_mark(mark)
        at("after")
settings = Settings(data=DataSettings(root / "data"), gallery=GallerySettings(root / "faces"), privacy=PrivacySettings(root / "key"))
vault = Dying(root / "data", root / "key")
def dying(shelf):
    def each(again):
        def one(data):
            at("piece")
            return again(data)
        return one
    return Shelf(shelf.name, lambda again: shelf.reseal(each(again)))
getattr(resealing, what)(vault, [dying(shelf) for shelf in shelves_of(settings, vault)])
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data=DataSettings(tmp_path / "data"), gallery=GallerySettings(tmp_path / "faces"), privacy=PrivacySettings(tmp_path / "key")
    )


class House:
    """A data folder with a little of everything, looked at by a program of its own."""

    def __init__(self, settings: Settings):
        vault = vault_of(settings)
        data = settings.data.data_dir
        self.settings, self.vault = settings, vault
        self.gallery = GalleryStore(settings.gallery.db_path, vault=vault)
        self.photos = PhotoStore(settings.gallery.faces_dir / "photos", vault=vault)
        self.visitors = VisitorStore(data / "visitors", vault=vault)
        self.spoofs = SpoofPictures(data / "spoofs", vault=vault)

    def fill(self) -> None:
        for number, name in enumerate(PEOPLE):
            self.photos.save(f"{number:032x}", b"photo of " + name.encode())
            self.gallery.add(name, [Example(f"{number:032x}", 1.0, _vector(number))], encoder_id=SFACE)
            self.photos.settle([f"{number:032x}"])
        looks = (Look(_vector(9), 0.9),)
        self.visitors.record(
            Encounter("event-1", "door", Status.REJECT, Reason.UNKNOWN, None, None, 1.0, 2.0, SFACE, looks, None), b"photo of a visitor"
        )
        self.spoofs.save(1.0, "door", 1, "katya", b"photo of an attempt")
        history = HistoryStore(self.settings.data.data_dir / "history.db", vault=self.vault)
        history.add([Entry(Event("event-1", 1.0, Kind.PASS, camera="door", person="katya"), Pictures(face=b"photo of a pass"))])
        history.close()

    def check(self) -> None:
        """Everything can be read, and written."""
        assert set(self.gallery.read().names) >= set(PEOPLE)
        assert self.gallery.read_previous() is not None
        assert [self.photos.load(f"{n:032x}") for n in range(3)] == [b"photo of " + name.encode() for name in PEOPLE]
        assert self.visitors.visitor_picture(1) == b"photo of a visitor"
        assert len(self.visitors.strangers(SFACE)) == 1
        history = HistoryStore(self.settings.data.data_dir / "history.db", vault=self.vault)
        assert history.picture("event-1", "face") == b"photo of a pass"
        history.close()
        self.gallery.add("late", [Example(os.urandom(16).hex(), 2.0, _vector(8))], encoder_id=SFACE)

    def plain_bytes(self) -> list[Path]:
        """The files in which a face can be read by anybody."""
        seeds = [b"photo of", *(_vector(n).tobytes() for n in (0, 1, 2, 8, 9))]
        files = [p for folder in (self.settings.data.data_dir, self.settings.gallery.faces_dir) for p in folder.rglob("*") if p.is_file()]
        return [path for path in files if any(seed in path.read_bytes() for seed in seeds)]


def _vector(number: int) -> np.ndarray:
    row = np.random.default_rng(number).normal(size=128)
    return (row / np.linalg.norm(row)).astype(np.float32)


@pytest.fixture
def house(settings: Settings) -> House:
    house = House(settings)
    house.fill()
    return house


def change(settings: Settings, what: Callable[..., object]) -> object:
    vault = vault_of(settings)
    return what(vault, shelves_of(settings, vault))


def key_file(settings: Settings) -> Path:
    assert settings.privacy.key_file is not None
    return settings.privacy.key_file


def test_encrypting_leaves_nothing_to_read_and_loses_nothing(house: House, settings: Settings) -> None:
    assert len(house.plain_bytes()) >= 7, "or this test sees nothing"
    make_key_file(key_file(settings))
    change(settings, encrypt)
    House(settings).check()
    house.check()  # a program that ran meanwhile, with the key
    assert house.plain_bytes() == []
    change(settings, decrypt)
    House(settings).check()
    House(replace(settings, privacy=PrivacySettings(None))).check()


def test_a_program_without_the_key_reads_and_changes_nothing(house: House, settings: Settings) -> None:
    make_key_file(key_file(settings))
    without = House(replace(settings, privacy=PrivacySettings(None)))
    without.check()
    change(settings, encrypt)
    before = settings.gallery.db_path.read_bytes()
    for _ in range(2):  # one that ran already, and one that starts now
        with pytest.raises(GalleryUnavailable, match="KEY_FILE"):
            without.gallery.add("late", [], encoder_id=SFACE)
        with pytest.raises(KeyMissing):
            without.photos.save("aa", b"photo")
        without = House(replace(settings, privacy=PrivacySettings(None)))
        with pytest.raises(KeyMissing):
            without.vault.check()
    assert settings.gallery.db_path.read_bytes() == before


def test_a_wrong_key_is_told_and_destroys_nothing(house: House, settings: Settings, tmp_path: Path) -> None:
    make_key_file(key_file(settings))
    change(settings, encrypt)
    make_key_file(tmp_path / "other")
    wrong = replace(settings, privacy=PrivacySettings(tmp_path / "other"))
    with pytest.raises(WrongKey, match=key_id(read_keys(key_file(settings))[0])):
        vault_of(wrong).check()
    for what in (encrypt, decrypt, rotate):
        with pytest.raises(WrongKey):
            change(wrong, what)
    key_file(settings).rename(tmp_path / "moved")
    with pytest.raises(KeyUnusable, match="cannot be read"):
        vault_of(settings).check()
    House(replace(settings, privacy=PrivacySettings(tmp_path / "moved"))).check()


def test_programs_that_run_follow_a_change_of_keys_at_once(house: House, settings: Settings) -> None:
    make_key_file(key_file(settings))
    change(settings, encrypt)
    running = House(settings)
    running.check()
    old = key_id(read_keys(key_file(settings))[0])
    change(settings, rotate)
    (new,) = read_keys(key_file(settings))
    assert key_id(new) != old
    running.check()
    House(settings).check()
    assert house.plain_bytes() == []


@pytest.mark.parametrize("where", [("piece", n) for n in (1, 4, 9, 13, 20)] + [(side, n) for side in ("before", "after") for n in (1, 2)])
@pytest.mark.parametrize("what", [encrypt, decrypt, rotate])
def test_killed_anywhere_everything_stays_readable_and_a_second_run_finishes(
    house: House, settings: Settings, tmp_path: Path, what: Callable[..., object], where: tuple[str, int]
) -> None:
    make_key_file(key_file(settings))
    if what is not encrypt:
        change(settings, encrypt)
    done = subprocess.run([sys.executable, "-c", CHANGE, str(tmp_path), what.__name__, where[0], str(where[1])])
    assert done.returncode == -signal.SIGKILL
    House(settings).check()
    house.check()
    if where != ("after", 2) or what is not decrypt:  # where it had come to its very end
        change(settings, what)
    House(settings).check()
    assert (house.plain_bytes() == []) == (what is not decrypt)
    assert House(settings).vault.mark().state is (State.PLAIN if what is decrypt else State.SEALED)
    assert len(read_keys(key_file(settings))) == 1


def test_what_is_damaged_stops_the_change_and_is_named(house: House, settings: Settings) -> None:
    make_key_file(key_file(settings))
    change(settings, encrypt)
    path = settings.gallery.faces_dir / "photos" / f"{0:032x}.jpg"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(SealBroken) as caught:
        change(settings, rotate)
    assert str(path) in str(caught.value)
    path.unlink()
    change(settings, rotate)
    assert house.vault.mark().state is State.SEALED


def test_plain_files_put_among_sealed_ones_are_not_believed(house: House, settings: Settings, tmp_path: Path) -> None:
    plain = settings.gallery.db_path.read_bytes()
    make_key_file(key_file(settings))
    change(settings, encrypt)
    settings.gallery.db_path.write_bytes(plain)
    with pytest.raises(GalleryUnavailable, match=str(NotSealed())):
        House(settings).gallery.read()
    change(settings, encrypt)
    House(settings).check()


def test_a_key_that_was_never_used_is_said_so(house: House, settings: Settings) -> None:
    make_key_file(key_file(settings))
    with pytest.raises(SettingsError, match="ostiary encrypt"):
        vault_of(settings).check()
    with pytest.raises(SettingsError, match="nothing is encrypted"):
        change(settings, decrypt)
    with pytest.raises(SettingsError, match="name the file"):
        change(replace(settings, privacy=PrivacySettings(None)), encrypt)


@pytest.mark.parametrize("content", [b"", b"# only a comment\n", b"short", b"%%%\n", base64.b64encode(b"x" * 31)])
def test_a_file_without_a_key_is_not_taken_for_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(KeyUnusable, match="holds no key"):
        read_keys(tmp_path / "key")


def test_keys_are_read_raw_and_as_text_and_are_the_owners_alone(tmp_path: Path) -> None:
    keys = [os.urandom(32), os.urandom(32)]
    (tmp_path / "raw").write_bytes(keys[0])
    write_keys(tmp_path / "text", keys)
    assert (read_keys(tmp_path / "raw"), read_keys(tmp_path / "text")) == ([keys[0]], keys)
    make_key_file(tmp_path / "new")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600
    with pytest.raises(KeyUnusable, match="not overwritten"):
        make_key_file(tmp_path / "new")


def test_a_damaged_mark_locks_rather_than_stores_plainly(house: House, settings: Settings) -> None:
    make_key_file(key_file(settings))
    change(settings, encrypt)
    (settings.data.data_dir / "vault.json").write_text("{")
    with pytest.raises(KeyUnusable, match=r"vault\.json"):
        FolderVault(settings.data.data_dir, key_file(settings)).seal(b"face")
    with pytest.raises(GalleryUnavailable):
        House(settings).gallery.add("late", [], encoder_id=SFACE)
    shutil.rmtree(settings.data.data_dir)
