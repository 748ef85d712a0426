"""What a house tells of itself, and for whom it waits."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from ostiary.assembly.access import invite_owner, open_access
from ostiary.assembly.house import House
from ostiary.settings import DataSettings, Settings


def test_what_the_door_works_without_is_told_and_is_no_fault() -> None:
    with ExitStack() as stack:
        house = House(Settings(), threading.Event(), stack)
        assert house.health() == {}
        trouble: list[str | None] = ["visitors are not kept: the disk is full", None]
        house.troubles += [lambda: trouble[0], lambda: trouble[1]]
        assert house.health() == {"warnings": ["visitors are not kept: the disk is full"]}
        house.status = lambda: {"type": "status", "warnings": ["visitors are not kept: the disk is full", "slow"]}
        assert house.health() == {"warnings": ["visitors are not kept: the disk is full", "slow"]}


def test_a_damaged_database_of_users_keeps_no_door_from_starting(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "access.db").write_bytes(b"no database" * 1000)
    with ExitStack() as stack:
        house = House(Settings(data=DataSettings(tmp_path)), threading.Event(), stack)
        invite_owner(house, open_access(house))
        (warning,) = house.health()["warnings"]
    assert warning.startswith("nobody can log in")
    assert warning in caplog.text
