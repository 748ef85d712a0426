"""The two command-line tools: the original's lines, on one core or several."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from bench.original import Original

Tool = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, portraits: dict[str, Path]) -> Path:
    """known/: obama, biden, and a blank; unknown/: both again, both in one, and nobody."""
    folder = tmp_path_factory.mktemp("tools")
    (folder / "known").mkdir()
    (folder / "unknown").mkdir()
    obama, biden = (_small(portraits[f"{name}.jpg"]) for name in ("obama", "biden"))
    blank = Image.new("RGB", (160, 120))
    obama.save(folder / "known" / "Barack Obama.jpg", quality=95)
    biden.save(folder / "known" / "Joe Biden.PNG")
    blank.save(folder / "known" / "wall.jpg")
    both = Image.new("RGB", (800, max(obama.height, biden.height)))
    both.paste(obama, (0, 0))
    both.paste(biden, (400, 0))
    both.save(folder / "unknown" / "both.png")
    _small(portraits["obama2.jpg"]).save(folder / "unknown" / "one.jpeg")
    blank.save(folder / "unknown" / "nobody.jpg")
    shutil.copy(folder / "known" / "wall.jpg", folder / "unknown" / "notes.txt")
    return folder


@pytest.fixture
def tool(folders: Path, models_dir: Path) -> Tool:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(models_dir.parent)}
        command = [sys.executable, "-m", "ostiary.cli", *arguments]
        return subprocess.run(command, cwd=folders, env=environ, capture_output=True, text=True, timeout=120)

    return run


def _small(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB").resize((400, round(400 * image.height / image.width)), Image.Resampling.BOX)


def test_people_are_named(tool: Tool) -> None:
    done = tool("face_recognition", "./known", "unknown")
    assert done.stdout.splitlines() == [
        "WARNING: No faces found in ./known/wall.jpg. Ignoring file.",
        "unknown/both.png,Barack Obama",
        "unknown/both.png,Joe Biden",
        "unknown/nobody.jpg,no_persons_found",
        "unknown/one.jpeg,Barack Obama",
    ]
    assert done.stderr == ""  # no bar, where it is no terminal
    assert done.returncode == 0


def test_several_cores_say_the_same_and_distances_are_theirs(tool: Tool, folders: Path, theirs: Original) -> None:
    arguments = ("--show-distance", "true", "--tolerance", "0.2", "known", "unknown")
    done = tool("face_recognition", "--cpus", "2", *arguments)
    assert done.stdout == tool("face_recognition", *arguments).stdout
    told = [line.split(",") for line in done.stdout.splitlines()[1:]]
    assert [words[:2] for words in told[:3]] == [
        ["unknown/both.png", "Barack Obama"],
        ["unknown/both.png", "Joe Biden"],
        ["unknown/nobody.jpg", "no_persons_found"],
    ]
    assert told[2][2] == told[3][2] == "None"
    assert told[3][1] == "unknown_person"
    known, both = (theirs.load_image_file(folders / name) for name in ("known/Barack Obama.jpg", "unknown/both.png"))
    (distance,) = theirs.face_distance(theirs.face_encodings(known), theirs.face_encodings(both)[0])
    assert float(told[0][2]) == pytest.approx(distance, abs=1e-5)


def test_more_than_one_known_face_is_told(tool: Tool, folders: Path, tmp_path: Path) -> None:
    shutil.copy(folders / "unknown" / "both.png", tmp_path)
    done = tool("face_recognition", f"{tmp_path}/", "unknown/one.jpeg")
    assert done.stdout.splitlines() == [
        f"WARNING: More than one face found in {tmp_path}/both.png. Only considering the first face.",
        "unknown/one.jpeg,both",
    ]


def test_faces_are_found(tool: Tool, folders: Path, theirs: Original) -> None:
    done = tool("face_detection", "unknown", "--upsample", "1")
    expected = [
        ",".join(map(str, (f"unknown/{name}", *place)))
        for name in ("both.png", "nobody.jpg", "one.jpeg")
        for place in theirs.face_locations(theirs.load_image_file(folders / "unknown" / name), 1)
    ]
    assert done.stdout.splitlines() == expected
    assert len(expected) == 3
    (line,) = tool("face_detection", "--model", "cnn", "unknown/one.jpeg").stdout.splitlines()
    assert line.startswith("unknown/one.jpeg,")


def test_what_is_no_picture_is_told_and_passed_over(tool: Tool, folders: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("no picture")
    shutil.copy(folders / "unknown" / "one.jpeg", tmp_path / "b.jpeg")
    done = tool("face_detection", str(tmp_path))
    assert [line.split(",")[0] for line in done.stdout.splitlines()] == [f"{tmp_path}/b.jpeg"]
    assert f"{tmp_path}/a.jpg: " in done.stderr
    assert done.returncode == 1


def test_wrong_usage_is_told_as_the_original_tells_it(tool: Tool) -> None:
    help = tool("face_recognition", "--help")
    assert help.returncode == 0
    assert "--show-distance BOOLEAN" in help.stdout
    assert "Show this message and exit." in help.stdout
    wrong = tool("face_detection", "--model", "magic", "unknown")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("Usage: ostiary face_detection ")
    assert tool("face_recognition", "nowhere", "unknown").returncode == 2


def test_a_terminal_sees_how_far_it_is(folders: Path, models_dir: Path) -> None:
    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (24, 80))
    environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(models_dir.parent)}
    command = [sys.executable, "-m", "ostiary.cli", "face_detection", "unknown"]
    with os.fdopen(ours, "rb", buffering=0) as screen:
        done = subprocess.run(command, cwd=folders, env=environ, stdout=subprocess.PIPE, stderr=its, timeout=120)
        os.close(its)
        shown = screen.read(4000)
    assert b"/3 [" in shown
    assert len(done.stdout.splitlines()) == 3
