from __future__ import annotations

import socket
from pathlib import Path

import pytest

from ostiary.assembly.rehearsal import rehearse
from ostiary.errors import SettingsError
from ostiary.settings import Settings, load
from ostiary.web.auth import Access


def after(folder: Path, **changes: str) -> Settings:
    return load({"DATA_DIR": str(folder / "data"), "FACES_DIR": str(folder / "faces"), **changes}, folder)


def refused(folder: Path, **changes: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        rehearse(after(folder, **changes), after(folder), Access(""), "sface")
    return caught.value


def test_what_is_as_it_was_is_not_tried(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        now = after(tmp_path, API_PORT=str(taken.getsockname()[1]))
        rehearse(now, now, Access(""), "sface")  # the port is this program's own


def test_a_taken_port_and_an_address_of_another_machine(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        error = refused(tmp_path, API_PORT=str(taken.getsockname()[1]))
        assert (error.knob, "in use" in error.problem) == ("API_PORT", True)
        assert refused(tmp_path, WS_PORT=str(taken.getsockname()[1])).knob == "WS_PORT"
        assert refused(tmp_path, COMPREFACE_PORT=str(taken.getsockname()[1])).knob == "COMPREFACE_PORT"
    error = refused(tmp_path, WS_HOST="192.0.2.1")
    assert (error.knob, "does not have that address" in error.problem) == ("WS_HOST", True)


def test_folders_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert refused(tmp_path, DATA_DIR=str(tmp_path / "file" / "data")).knob == "DATA_DIR"
    assert refused(tmp_path, FACES_DIR=str(tmp_path / "file")).knob == "FACES_DIR"


def test_other_machines_are_let_in_only_to_a_locked_house(tmp_path: Path) -> None:
    error = refused(tmp_path, API_HOST="0.0.0.0")
    assert (error.knob, "make one first" in error.problem) == ("API_HOST", True)
    rehearse(after(tmp_path, API_HOST="0.0.0.0", API_KEY="a key"), after(tmp_path), Access(""), "sface")


@pytest.mark.parametrize(
    ("changes", "knob"),
    [
        ({"VIDEO_SOURCE": "demo,0"}, "VIDEO_SOURCE"),
        ({"VIDEO_SOURCE": "ftp://camera/"}, "VIDEO_SOURCE"),
        ({"CHALLENGE": "turn", "DETECTOR": "hog"}, "CHALLENGE"),
        ({"KEY_FILE": "no-such-key"}, "KEY_FILE"),
        ({"TLS_CERT": "no-such.pem", "TLS_KEY": "no-such.pem"}, "TLS_CERT"),
        ({"TLS_CERT": "alone.pem"}, "TLS_KEY"),
    ],
)
def test_what_no_program_starts_with(tmp_path: Path, changes: dict[str, str], knob: str) -> None:
    assert refused(tmp_path, **changes).knob == knob
