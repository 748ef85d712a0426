"""Folders as other programs keep them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ostiary.errors import BadFolder, BadImage, TooLarge
from ostiary.moving.folder import read_folder
from ostiary.settings import LimitSettings

LIMITS = LimitSettings(max_upload_mb=0.1)


def lay(root: Path, *files: str) -> Path:
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.encode())
    return root


def offered(root: Path) -> list[tuple[str, str]]:
    return [(offer.name, offer.origin) for offer in read_folder(root, LIMITS).offers]


def left_out(root: Path) -> dict[str, str]:
    return {refused.origin: refused.reason for refused in read_folder(root, LIMITS).left_out}


def test_a_folder_or_else_the_file_names_the_person(tmp_path: Path) -> None:
    root = lay(
        tmp_path, "Катя/1.jpg", "Катя/2.PNG", "family/Ema/a.webp", "J. R. Tolkien.jpeg", ".git/x.jpg", "Катя/.hidden.jpg", "Thumbs.db",
        "Катя/@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg",
    )  # fmt: skip
    assert offered(root) == [
        ("J. R. Tolkien", "J. R. Tolkien.jpeg"),
        ("Ema", "family/Ema/a.webp"),
        ("Катя", "Катя/1.jpg"),
        ("Катя", "Катя/2.PNG"),
    ]
    assert left_out(root) == {}


def test_deepface_keeps_its_own_pickles_there(tmp_path: Path) -> None:
    root = lay(tmp_path, "alice/1.jpg", "ds_model_vggface_detector_opencv.pkl")
    assert offered(root) == [("alice", "alice/1.jpg")]
    assert left_out(root) == {"ds_model_vggface_detector_opencv.pkl": "no picture, by its name"}


def test_what_frigate_tried_to_recognise_is_nobodys(tmp_path: Path) -> None:
    attempts = (
        "1727888888.123456-k2xh3y-1727888890.5-unknown-0.0.webp",
        "1727888888.1-ab12cd-1727888890.57-anne-marie-0.91.webp",
        "1727888888.1-ab12cd-katya-0.91-0.webp",
        "1727888888.1-ab12cd-katya-0.91-0.8.webp",
    )
    root = lay(tmp_path, "katya/katya-1727.webp", *(f"train/{name}" for name in attempts))
    assert offered(root) == [("katya", "katya/katya-1727.webp")]
    assert all("Frigate" in reason for reason in left_out(root).values())
    assert len(left_out(root)) == 4
    assert offered(lay(tmp_path, "train/me.webp"))[-1] == ("train", "train/me.webp")  # somebody may be called so


def test_of_double_takes_storage_only_the_trained_are_people(tmp_path: Path) -> None:
    root = lay(tmp_path / ".storage", "train/katya/1.jpg", "train/boris/2.jpg", "matches/uuid.jpg", "latest/front.jpg", "database.db")
    assert offered(root) == [("boris", "boris/2.jpg"), ("katya", "katya/1.jpg")]
    assert offered(root / "train") == offered(root)


def test_a_picture_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    lay(tmp_path, "katya/1.jpg", "boris/1.jpg")
    (tmp_path / "katya" / "copy.jpg").write_bytes((tmp_path / "katya" / "1.jpg").read_bytes())
    boris, first, copy = (offer.key() for offer in read_folder(tmp_path, LIMITS).offers)
    assert first == copy != boris


def test_one_that_cannot_be_read_spoils_no_other(tmp_path: Path) -> None:
    lay(tmp_path, "katya/1.jpg", "katya/2.jpg", "katya/3.jpg")
    (tmp_path / "katya" / "1.jpg").write_bytes(bytes(200_000))
    (tmp_path / "katya" / "2.jpg").unlink()
    os.mkfifo(tmp_path / "katya" / "2.jpg")  # whoever reads it waits for ever
    large, good = read_folder(tmp_path, LIMITS).offers
    with pytest.raises(TooLarge, match="MAX_UPLOAD_MB"):
        large.key()
    assert good.read() == b"katya/3.jpg"
    (tmp_path / "katya" / "3.jpg").unlink()
    with pytest.raises(BadImage, match="No such file"):
        good.read()


def test_an_empty_or_missing_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadFolder, match="no pictures of people"):
        read_folder(tmp_path, LIMITS)
    with pytest.raises(BadFolder, match="no such folder"):
        read_folder(tmp_path / "missing", LIMITS)
