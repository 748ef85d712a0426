"""The import commands as a person types them, with real pictures."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from moving.conftest import Ostiary

from ostiary.engine import FaceEngine
from ostiary.settings import DataSettings, Settings

SERVICE = "aaaaaaaa-0000-4000-8000-00000000000a"


@pytest.fixture
def people(tmp_path: Path, portraits: dict[str, Path]) -> Path:
    folder = tmp_path / "people"
    for name, picture in {"Барак/1.jpg": "obama.jpg", "Барак/2.jpg": "obama2.jpg", "joe/1.jpg": "biden.jpg"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(portraits[picture], folder / name)
    (folder / "joe" / "notes.txt").write_text("x")
    (folder / "joe" / "broken.jpg").write_bytes(b"not a picture")
    return folder


def test_a_folder_moves_in_once(ostiary: Ostiary, people: Path, portraits: dict[str, Path]) -> None:
    done = ostiary("import", "folder", people)
    assert (done.returncode, done.stdout) == (1, "3 taken, 2 not\n"), done.stderr
    assert "joe/notes.txt: no picture" in done.stderr
    assert "joe/broken.jpg: image:" in done.stderr
    assert ostiary("faces").stdout == "joe\nБарак\n"
    again = ostiary("import", "folder", people)
    assert again.stdout == "0 taken, 3 there already, 2 not\n"
    assert ostiary("import", "folder", people, "--again").stdout == "3 taken, 2 not\n"
    assert ostiary("forget", "joe").returncode == 0
    shutil.copy(portraits["obama3.jpg"], people / "Барак" / "3.jpg")
    assert ostiary("import", "folder", people).stdout.split(",")[0] == "2 taken"  # who was forgotten, and the new one


def test_a_pickle_makes_an_empty_gallery_one_of_dlibs(ostiary: Ostiary, tmp_path: Path, portraits: dict[str, Path]) -> None:
    pytest.importorskip("dlib")
    engine = FaceEngine("dlib", faces_dir=tmp_path / "scratch", settings=Settings(data=DataSettings(tmp_path / "data")))
    picture = portraits["obama.jpg"].read_bytes()
    row = engine.encode(picture, engine.detect(picture))[0].astype(float)
    (tmp_path / "known.pkl").write_bytes(pickle.dumps({"names": ["Барак", "nobody"], "encodings": [row, np.zeros(128)]}))
    done = ostiary("import", "pickle", "known.pkl")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "1 taken, 1 not"), done.stderr
    assert "nobody: 1 encoding: its numbers are not finite, or all zero" in done.stderr
    assert "Барак distance 0." in ostiary("recognize", portraits["obama2.jpg"]).stdout


def test_a_folder_moves_into_a_service_apart_from_the_door(ostiary: Ostiary, people: Path) -> None:
    env = {"COMPREFACE_DOOR": "false", "COMPREFACE_RECOGNITION_KEY": SERVICE}
    done = ostiary("import", "folder", people, "--service", SERVICE, **env)
    assert done.stdout == "3 taken, 2 not\n", done.stderr
    assert ostiary("import", "folder", people, "--service", SERVICE, **env).stdout == "0 taken, 3 there already, 2 not\n"
    assert ostiary("faces", **env).stdout == ""
    unknown = ostiary("import", "folder", people, "--service", SERVICE.replace("a", "b"), **env)
    assert (unknown.returncode, "recognition" in unknown.stderr) == (2, True)


def test_what_is_not_there_is_said_and_nothing_changes(ostiary: Ostiary, tmp_path: Path) -> None:
    for command in (
        ("folder", "missing"),
        ("pickle", "missing.pkl"),
        ("compreface", "--url", "http://127.0.0.1:1", "--key", SERVICE),
    ):
        done = ostiary("import", *command)
        assert (done.returncode, done.stdout) == (2, "0 taken\n"), done.stderr
        assert done.stderr.startswith("ostiary: ")
    assert not (tmp_path / "faces" / "face_db.pkl").exists()
