"""A move that ends early goes on, one that is repeated adds what is new."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from moving.conftest import Shelf

from ostiary.errors import AlreadyRunning, BadName, GalleryUnavailable
from ostiary.moving.homes import InCollection
from ostiary.moving.ledger import Ledger
from ostiary.moving.move import move
from ostiary.moving.values import Refused, Report, Source


@dataclass
class Picture:
    name: str
    data: bytes

    @property
    def origin(self) -> str:
        return f"{self.name}.jpg"

    def key(self) -> str:
        return f"{self.name} {self.data!r}"

    def read(self) -> bytes:
        if self.data == b"power cut":
            raise GalleryUnavailable(Path("x"), "power cut")
        return self.data


KATYA, BORIS, WALL, ODD = Picture("katya", b"1"), Picture("boris", b"2"), Picture("wall", b"nobody"), Picture("ema", b"odd")


def moved(folder: Path, shelf: Shelf, *offers: Picture, left_out: tuple[Refused, ...] = (), names: tuple[str, ...] = ()) -> Report:
    report = Report()
    with Ledger(folder, "door").open(shelf.image_ids()) as ledger:
        move(Source(offers, left_out, names), shelf, ledger, report)
    return report


def test_what_cannot_be_taken_is_told_and_the_rest_is(tmp_path: Path, shelf: Shelf) -> None:
    report = moved(tmp_path, shelf, KATYA, WALL, ODD, left_out=(Refused("x.pkl", "no picture"),))
    assert (report.taken, report.there_already) == (2, 0)
    assert [one.origin for one in report.refused] == ["x.pkl", "wall.jpg"]
    assert "no face" in report.refused[1].reason
    assert report.doubtful == [Refused("ema.jpg", "it is odd")]


def test_a_second_move_takes_what_is_new_and_tries_again_what_was_refused(tmp_path: Path, shelf: Shelf) -> None:
    moved(tmp_path, shelf, KATYA, WALL)
    report = moved(tmp_path, shelf, KATYA, WALL, BORIS, BORIS)
    assert (report.taken, report.there_already, len(report.refused)) == (1, 2, 1)
    assert len(shelf.pictures) == 2


def test_a_move_that_broke_off_goes_on(tmp_path: Path, shelf: Shelf) -> None:
    with pytest.raises(GalleryUnavailable):
        moved(tmp_path, shelf, KATYA, Picture("x", b"power cut"), BORIS)
    (tmp_path / "door.log").write_bytes((tmp_path / "door.log").read_bytes() + b"0123")  # a line that was cut off
    assert (moved(tmp_path, shelf, KATYA, BORIS).taken, len(shelf.pictures)) == (1, 2)


def test_who_was_forgotten_is_taken_again_when_asked_to(tmp_path: Path, shelf: Shelf) -> None:
    moved(tmp_path, shelf, KATYA, BORIS)
    gone = next(image_id for image_id, (name, _) in shelf.pictures.items() if name == "katya")
    del shelf.pictures[gone]
    assert moved(tmp_path, shelf, BORIS).taken == 0
    assert gone not in (tmp_path / "door.log").read_text()
    assert moved(tmp_path, shelf, KATYA, BORIS).taken == 1


def test_the_ledger_names_nobody(tmp_path: Path, shelf: Shelf) -> None:
    moved(tmp_path, shelf, KATYA)
    assert b"katya" not in (tmp_path / "door.log").read_bytes()
    assert (tmp_path / "door.log").stat().st_mode & 0o77 == 0


def test_names_without_pictures_are_taken_once(tmp_path: Path, shelf: Shelf) -> None:
    for _ in range(2):
        assert moved(tmp_path, shelf, names=("ema",)).refused == []
    assert shelf.names == ["ema"]


def test_two_moves_at_once_are_one_too_many(tmp_path: Path, shelf: Shelf) -> None:
    with Ledger(tmp_path, "door").open(frozenset()), pytest.raises(AlreadyRunning, match="import"):
        moved(tmp_path, shelf, KATYA)
    assert moved(tmp_path, shelf, KATYA).taken == 1


def test_a_folder_whose_name_is_no_text_stops_nothing() -> None:
    home = InCollection(SimpleNamespace(create=str), None)  # type: ignore[arg-type]
    with pytest.raises(BadName, match="half a character"):
        home.take_name(os.fsdecode(b"Fran\xe7ois"))
