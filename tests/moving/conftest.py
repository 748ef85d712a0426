"""A home that only counts, for moves whose pictures are not looked at; and the commands themselves."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ostiary.cli import main
from ostiary.errors import NoFace, SubjectExists
from ostiary.moving.values import Kept


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


Ostiary = Callable[..., Done]


@dataclass
class Shelf:
    """Takes every picture but those of nobody."""

    pictures: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)

    def take(self, name: str, picture: bytes) -> Kept:
        if picture.startswith(b"nobody"):
            raise NoFace
        image_id = str(uuid.uuid4())
        self.pictures[image_id] = name, picture
        return Kept(image_id, "it is odd" if picture.startswith(b"odd") else None)

    def take_name(self, name: str) -> None:
        if name in self.names:
            raise SubjectExists(name)
        self.names.append(name)

    def image_ids(self) -> frozenset[str]:
        return frozenset(self.pictures)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def ostiary(tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ostiary:
    """Runs a command as a person types it, in an empty folder."""
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "models").symlink_to(models_dir)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, **env: str) -> Done:
        status = main([str(argument) for argument in arguments], {"HOME": str(tmp_path), **env})
        said = capsys.readouterr()
        return Done(status, said.out, said.err)

    return run
