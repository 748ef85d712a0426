from __future__ import annotations

import json
import logging
import os
import socket
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ostiary import watchdog
from ostiary.errors import SettingsError
from ostiary.folders import private
from ostiary.logs import JsonLines
from ostiary.printable import printable


def test_a_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    folder = private(tmp_path / "a" / "faces", "FACES_DIR")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(folder.iterdir()) == []


def test_an_empty_folder_is_closed_to_others_and_a_used_one_is_left_as_it_is(tmp_path: Path) -> None:
    empty, used = tmp_path / "empty", tmp_path / "used"
    for folder in (empty, used):
        folder.mkdir(mode=0o755)
    (empty / ".gitkeep").touch()
    (used / "face_db.pkl").touch()
    assert stat.S_IMODE(private(empty, "FACES_DIR").stat().st_mode) == 0o700
    assert stat.S_IMODE(private(used, "FACES_DIR").stat().st_mode) == 0o755


def test_an_unwritable_folder_says_what_to_do() -> None:
    with pytest.raises(SettingsError, match=r"FACES_DIR.*cannot be written.*set FACES_DIR to another folder"):
        private(Path("/proc/ostiary"), "FACES_DIR")


def test_programs_that_start_at_once_do_not_take_the_folder_for_unwritable(tmp_path: Path) -> None:
    """The three programs of one door are started together, and look at the same folders."""
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: private(tmp_path, "DATA_DIR"), range(1000))) == {tmp_path}


def test_systemd_is_told(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(address)
        systemd.settimeout(5)
        watchdog.notify(address, "READY=1")
        assert systemd.recv(100) == b"READY=1"
    watchdog.notify(address, "WATCHDOG=1")  # nobody listens: no error
    watchdog.notify("", "WATCHDOG=1")


def test_json_logs_are_one_object_a_line() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        record = logging.LogRecord("ostiary.x", logging.WARNING, "f", 1, "gone: %s", ("Катя",), sys.exc_info())
    line = JsonLines().format(record)
    parsed = json.loads(line)
    assert "\n" not in line
    assert (parsed["level"], parsed["message"]) == ("WARNING", "gone: Катя")
    assert "two" in parsed["exception"]


def test_importing_ostiary_loads_nothing_heavy() -> None:
    script = "import sys, ostiary, ostiary.cli, ostiary.app; print([m for m in ('cv2', 'onnxruntime', 'dlib', 'onnx', 'flask') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONWARNINGS": ""}
    )
    assert done.stdout.strip() == "[]"


def test_text_from_elsewhere_moves_no_cursor() -> None:
    assert printable("Катя 猫") == "Катя 猫"
    assert printable("a\x1b[2J\u202eb\n\udcff") == "a\\x1b[2J\\u202eb\\n\\udcff"
