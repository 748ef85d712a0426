"""What the web room's tests share: an engine that does as it is told, and a served app."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ostiary.access.store import AccessStore
from ostiary.album import Kept, Person
from ostiary.compreface.keeper import Keeper
from ostiary.domain import Enrolment, Quality
from ostiary.errors import OstiaryError, UnknownName
from ostiary.settings import AccessSettings, ApiSettings, LimitSettings
from ostiary.web.app import Rooms, create_app
from ostiary.web.auth import Access
from ostiary.web.page import StreamAddress
from ostiary.web.server import Server, serve


@dataclass
class ObedientEngine:
    """Enrols any bytes; raises `error` when told to, and waits for `go` when that is set up."""

    people: dict[str, list[bytes]] = field(default_factory=dict)
    gallery_problem: str | None = None
    model_problem: str | None = None
    error: BaseException | None = None
    doubt: str | None = None
    go: threading.Event | None = None

    def register(self, name: str, image: bytes, *, replace: bool = False, force: bool = False) -> Enrolment:
        self._obey()
        self.people[name] = [image] if replace else [*self.people.get(name, ()), image]
        return Enrolment(name, "face-1", len(self.people[name]), Quality(True, None, 0.9, 80.0, 0.8, 0.5, 0.1), self.doubt)

    def unregister(self, name: str) -> int:
        self._obey()
        if name not in self.people:
            raise UnknownName(name)
        return len(self.people.pop(name))

    def names(self) -> list[str]:
        self._obey()
        return list(self.people)

    def _obey(self) -> None:
        if self.go:
            self.go.wait(10)
        if self.error:
            raise self.error


@dataclass
class ObedientAlbum:
    """Tells of the engine's people without looking at them."""

    engine: ObedientEngine

    def people(self, text: str = "", offset: int = 0, limit: int = 60) -> tuple[int, list[Person]]:
        names = sorted(name for name in self.engine.names() if text in name)
        return len(names), [self.person(name) for name in names[offset : offset + limit]]

    def person(self, name: str) -> Person:
        if name not in self.engine.people:
            raise UnknownName(name)
        kept = [Kept(f"face-{i}", 0.0, False, None, None) for i, _ in enumerate(self.engine.people[name])]
        return Person(name, tuple(kept), ("2 more photos",), ())

    def note(self, enrolment: Enrolment) -> None:
        pass


class Sites:
    """Serves apps on free ports until the test ends."""

    def __init__(self) -> None:
        self._running: list[tuple[Server, threading.Thread]] = []

    def __call__(
        self, engine: Any, *, key: str = "", threads: int = 4, limits: LimitSettings | None = None,
        stream: StreamAddress | None = None, report: Callable[[], dict[str, Any]] | None = None, store: AccessStore | None = None,
        doors: AccessSettings | None = None, keeper: Keeper | None = None,
    ) -> str:  # fmt: skip
        api, limits = ApiSettings(port=0, key=key, threads=threads), limits or LimitSettings()
        rooms = Rooms(
            stream_page=stream,
            health_report=report,
            access=Access(key, store),
            doors=doors or AccessSettings(),
            album=ObedientAlbum(engine),
            keeper=keeper,
        )
        server = serve(create_app(engine, api, limits, rooms), api, limits)
        thread = threading.Thread(target=server.run, name="site")
        thread.start()
        self._running.append((server, thread))
        return f"http://127.0.0.1:{server.port}"

    def close(self) -> None:
        for server, thread in self._running:
            server.close()
            thread.join(5)


@pytest.fixture
def engine() -> ObedientEngine:
    return ObedientEngine()


@pytest.fixture
def site() -> Iterator[Sites]:
    sites = Sites()
    yield sites
    sites.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AccessStore]:
    store = AccessStore(tmp_path / "access")
    yield store
    store.close()


@pytest.fixture
def exchange() -> Callable[[str, bytes], bytes]:
    """Sends raw bytes to a site and returns all that it answers until it closes or falls silent."""

    def run(base: str, sent: bytes) -> bytes:
        host, _, port = base.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=3) as connection:
            connection.sendall(sent)
            answer = b""
            try:
                while part := connection.recv(65536):
                    answer += part
            except TimeoutError:
                pass
            return answer

    return run


@pytest.fixture
def obeying() -> Callable[[OstiaryError], ObedientEngine]:
    return lambda error: ObedientEngine(error=error)
