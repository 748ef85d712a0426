"""What a house tells of itself, and for whom it waits."""

from __future__ import annotations

import threading
from contextlib import ExitStack

from ostiary.assembly.house import House
from ostiary.settings import Settings


def test_what_the_door_works_without_is_told_and_is_no_fault() -> None:
    with ExitStack() as stack:
        house = House(Settings(), threading.Event(), stack)
        assert house.health() == {}
        trouble: list[str | None] = ["visitors are not kept: the disk is full", None]
        house.troubles += [lambda: trouble[0], lambda: trouble[1]]
        assert house.health() == {"warnings": ["visitors are not kept: the disk is full"]}
        house.status = lambda: {"type": "status", "warnings": ["visitors are not kept: the disk is full", "slow"]}
        assert house.health() == {"warnings": ["visitors are not kept: the disk is full", "slow"]}
