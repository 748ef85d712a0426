"""The move from another CompreFace, which here is one of ours: a process of its own with a collection of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from moving.conftest import OTHER_KEY, Answer, Elsewhere, Ostiary, told
from support.site import Site, free_port

from ostiary.assembly.compreface import keeper_of
from ostiary.assembly.stores import open_engine
from ostiary.compreface.values import Kind
from ostiary.moving import remote
from ostiary.moving.remote import Server
from ostiary.settings import LimitSettings, load

THEIRS = "cf000000-0000-4000-8000-00000000000a"
OURS = "0a000000-0000-4000-8000-00000000000a"


@dataclass
class Other:
    """The server that is moved from."""

    url: str

    def ask(self, method: str, path: str, **arguments: Any) -> requests.Response:
        answer = requests.request(method, f"{self.url}/api/v1/recognition{path}", headers={"x-api-key": THEIRS}, timeout=60, **arguments)
        answer.raise_for_status()
        return answer

    def add(self, subject: str, picture: Path) -> str:
        with picture.open("rb") as file:
            return str(self.ask("POST", "/faces", params={"subject": subject}, files={"file": file}).json()["image_id"])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Iterator[Other]:
    folder = tmp_path_factory.mktemp("other")
    (folder / "data").mkdir(mode=0o700)
    (folder / "data" / "models").symlink_to(models_dir)
    env = {"API_PORT": str(free_port()), "COMPREFACE_DOOR": "false", "COMPREFACE_RECOGNITION_KEY": THEIRS}
    with ExitStack() as stack:
        site = Site(folder, stack, {"PATH": os.environ["PATH"], "HOME": str(folder), **env})
        stack.callback(site.finish)
        site.start_api()
        yield Other(site.api)


@pytest.fixture
def other(house: Other, portraits: dict[str, Path]) -> Other:
    """Two people with three pictures, one name without any, and one of the two by a second name."""
    house.ask("DELETE", "/subjects")
    for subject, picture in (("Анна Мария", "obama.jpg"), ("joe", "biden.jpg"), ("Анна Мария", "obama2.jpg"), ("a/b; c", "obama2.jpg")):
        house.add(subject, portraits[picture])
    house.ask("POST", "/subjects", json={"subject": "nobody yet"})
    return house


def test_into_the_door_by_its_rules(ostiary: Ostiary, other: Other, portraits: dict[str, Path], tmp_path: Path) -> None:
    done = ostiary("import", "compreface", "--url", other.url, "--key", THEIRS)
    assert (done.returncode, done.stdout) == (1, "3 taken, 2 not\n"), done.stderr
    assert ostiary("faces").stdout == "Анна Мария\njoe\n"
    told = [line for line in done.stderr.splitlines() if ": " in line and "picture" not in line.partition(":")[0]]
    assert any(line.startswith("a/b; c ") and "Анна Мария" in line for line in told)
    assert any(line.startswith("nobody yet: ") for line in told)
    assert THEIRS not in done.stderr + done.stdout
    assert THEIRS.encode() not in b"".join(file.read_bytes() for file in (tmp_path / "data").glob("*") if file.is_file())
    other.add("joe", portraits["biden.jpg"])
    again = ostiary("import", "compreface", "--url", other.url, "--key", THEIRS)
    assert again.stdout == "1 taken, 3 there already, 2 not\n", again.stderr


def test_into_a_service_with_names_alone_and_pictures_byte_by_byte(
    ostiary: Ostiary, other: Other, portraits: dict[str, Path], tmp_path: Path
) -> None:
    env = {"COMPREFACE_DOOR": "false", "COMPREFACE_RECOGNITION_KEY": OURS}
    command = ("import", "compreface", "--url", other.url, "--key", THEIRS, "--service", OURS)
    done = ostiary(*command, **env)
    assert (done.returncode, done.stdout) == (0, "4 taken\n"), done.stderr
    assert ostiary(*command, **env).stdout == "0 taken, 4 there already\n"
    with keeper_of(open_engine(load(env, tmp_path))) as keeper:
        ours = keeper.collection(keeper.register.service_of(OURS, Kind.RECOGNITION))
        assert sorted(ours.subjects()) == ["a/b; c", "joe", "nobody yet", "Анна Мария"]
        pictures = [ours.image(face.image_id) for face in ours.page(0, 20, "Анна Мария").faces]
    assert pictures == [portraits["obama.jpg"].read_bytes(), portraits["obama2.jpg"].read_bytes()]


def test_pages_and_deleted_pictures_of_a_running_server(other: Other, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_PAGE", 2)
    server = Server(other.url, THEIRS, LimitSettings())
    source = server.source()
    assert [offer.name for offer in source.offers] == ["Анна Мария", "joe", "Анна Мария", "a/b; c"]
    other.ask("DELETE", "/faces", params={"subject": "joe"})
    with pytest.raises(remote.BadImage, match="not the picture"):
        source.offers[1].read()
    server.close()


def test_a_program_that_was_killed_goes_on_where_it_was(
    ostiary: Ostiary, elsewhere: Elsewhere, portraits: dict[str, Path], tmp_path: Path
) -> None:
    faces = [{"image_id": str(uuid.UUID(int=number)), "subject": subject} for number, subject in enumerate(("he", "joe"))]
    pictures = [portraits[name].read_bytes() for name in ("obama.jpg", "biden.jpg")]
    asked, killed = threading.Event(), threading.Event()

    def answer(path: str, query: dict[str, list[str]]) -> Answer:
        if not path.endswith("/img"):
            return told({"subjects": ["he", "joe"], "faces": faces, "total_pages": 1})
        if faces[1]["image_id"] in path and not killed.is_set():
            asked.set()
            killed.wait(30)
        return 200, pictures[faces[1]["image_id"] in path]

    elsewhere.answer = answer
    command = ["import", "compreface", "--url", elsewhere.url, "--key", OTHER_KEY]
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    program = subprocess.Popen([sys.executable, "-m", "ostiary.cli", *command], env=env, stderr=subprocess.DEVNULL)
    try:
        assert asked.wait(60)
    finally:
        program.kill()
        program.wait()
        killed.set()
    assert ostiary("faces").stdout == "he\n"
    done = ostiary(*command)
    assert done.stdout == "1 taken, 1 there already\n", done.stderr
    assert ostiary("faces").stdout == "he\njoe\n"
