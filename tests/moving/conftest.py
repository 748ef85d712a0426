"""A home that only counts, for moves whose pictures are not looked at; the commands; and a server that answers as a test says."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from ostiary.cli import main
from ostiary.errors import NoFace, SubjectExists
from ostiary.moving.values import Kept

OTHER_KEY = "11111111-2222-3333-4444-555555555555"

Answer = tuple[int, bytes]
Answers = Callable[[str, dict[str, list[str]]], Answer]


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


def told(value: object, status: int = 200) -> Answer:
    return status, json.dumps(value).encode()


class Elsewhere:
    """A server whose answers a test gives; it counts what it was asked."""

    def __init__(self) -> None:
        self.answer: Answers = lambda path, query: (404, b"")
        self.asked: list[tuple[str, str]] = []
        self.url = ""


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    state = Elsewhere()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            state.asked.append((parts.path, self.headers.get("x-api-key", "")))
            status, body = state.answer(parts.path.removeprefix("/api/v1"), parse_qs(parts.query))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:1/steal")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield state
        server.shutdown()
        thread.join()
