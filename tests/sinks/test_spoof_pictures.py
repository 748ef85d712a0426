from __future__ import annotations

import os
from pathlib import Path

import pytest

from ostiary.sinks.spoof_pictures import SpoofPictures
from ostiary.vault import KEY_BYTES, KeyVault


@pytest.fixture
def pictures(tmp_path: Path) -> SpoofPictures:
    return SpoofPictures(tmp_path / "spoofs")


def test_who_is_forgotten_takes_their_pictures_along_and_those_that_do_not_tell(pictures: SpoofPictures, tmp_path: Path) -> None:
    kept = pictures.save(1.0, "door", 1, "zero", b"zero")
    pictures.save(2.0, "door", 2, "katya", b"katya")
    pictures.save(3.0, "back_yard", 3, "katya", b"katya")
    (tmp_path / "spoofs" / "20260101T000000.000000Z_door_4.jpg").write_bytes(b"of an older version")
    (tmp_path / "spoofs" / ".20260101T000000.000000Z_door_5_0123456789ab.jpg.new").write_bytes(b"half")
    assert pictures.forget_person("katya") == 3
    assert list((tmp_path / "spoofs").iterdir()) == [kept]


def test_a_new_name_is_followed(pictures: SpoofPictures, tmp_path: Path) -> None:
    pictures.save(1.0, "door", 1, "katya", b"katya")
    pictures.rename_person("katya", "ekaterina")
    assert pictures.forget_person("katya") == 0
    assert pictures.forget_person("ekaterina") == 1


def test_with_a_key_the_pictures_are_sealed(tmp_path: Path) -> None:
    vault = KeyVault([os.urandom(KEY_BYTES)])
    path = SpoofPictures(tmp_path, vault=vault).save(1.0, "door", 1, "katya", b"a face")
    assert b"a face" not in path.read_bytes()
    assert vault.open(path.read_bytes()) == b"a face"


def test_changing_keys_passes_every_picture(pictures: SpoofPictures) -> None:
    paths = [pictures.save(float(n), "door", n, None, b"%d" % n) for n in range(3)]
    assert pictures.reseal(lambda data: None if data == b"1" else data * 2) == 2
    assert [path.read_bytes() for path in paths] == [b"00", b"1", b"22"]
