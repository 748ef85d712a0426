"""What the web room's tests share: an engine that does as it is told, a served app, and a real browser."""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

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


class Browser:
    """A real Chromium, driven over its own debugging protocol."""

    def __init__(self, wire: ClientConnection):
        self._wire = wire
        self._ids = itertools.count(1)
        self._session = ""
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self._session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self("Page.enable")

    def __call__(self, method: str, **params: Any) -> dict[str, Any]:
        wanted = next(self._ids)
        self._wire.send(
            json.dumps({"id": wanted, "method": method, "params": params, **({"sessionId": self._session} if self._session else {})})
        )
        while True:
            answer = json.loads(self._wire.recv(30))
            if answer.get("id") == wanted:
                assert "error" not in answer, answer
                return dict(answer["result"])

    def evaluate(self, script: str) -> Any:
        answer = self("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait_for(self, script: str, timeout_s: float = 15) -> Any:
        """The first truthy value of `script`."""
        until = time.monotonic() + timeout_s
        while not (value := self.evaluate(script)):
            assert time.monotonic() < until, f"never true: {script}; the page says: {self.evaluate('document.body.innerText')}"
            time.sleep(0.05)
        return value

    def show(self, url: str, width: int = 1280, height: int = 800, scheme: str = "light") -> None:
        self("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self("Page.navigate", url=url)
        self.wait_for(f"location.href.startsWith({json.dumps(url)}) && document.readyState === 'complete'")

    def choose_file(self, selector: str, path: Path) -> None:
        root = self("DOM.getDocument")["root"]["nodeId"]
        node = self("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self("DOM.setFileInputFiles", files=[str(path)], nodeId=node)

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        path.write_bytes(base64.b64decode(self("Page.captureScreenshot", captureBeyondViewport=whole)["data"]))


@contextmanager
def started(program: str, profile: Path) -> Iterator[Browser]:
    command = [
        program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage",
        "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            address = next(line.split(" on ")[1].strip() for line in process.stderr if line.startswith("DevTools listening on "))
            with connect(address, max_size=None) as wire:
                yield Browser(wire)
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium is installed")
    with started(program, tmp_path_factory.mktemp("chromium")) as browser:
        yield browser
