"""Our server as a process, pictures beside it, and CompreFace's SDKs to ask it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import requests
from conftest import CACHE
from support.sdks import JsSdk, Place, PythonSdk, Sdk, js_sdk, python_sdk
from support.site import Site, free_port

KINDS = ("recognition", "detection", "verification")
KEYS = {kind: f"5d{number}aaaaa-0000-4000-8000-00000000000{number}" for number, kind in enumerate(KINDS)}


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory, portraits: dict[str, Path]) -> Path:
    """One of a man (obama.jpg), two more of him (obama2.jpg, obama3.jpg), another man (biden.jpg), both (both.jpg), nobody (wall.jpg)."""
    folder = tmp_path_factory.mktemp("pictures")
    seen = {name: _lower(cv2.imread(str(portraits[name])), 400) for name in ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg")}
    one, other = seen["obama.jpg"], _lower(seen["biden.jpg"], 200)
    beside = np.full((len(one), other.shape[1], 3), 128, np.uint8)
    beside[: len(other)] = other
    seen |= {"both.jpg": np.hstack([one, beside]), "wall.jpg": np.full((300, 300, 3), 128, np.uint8)}
    for name, picture in seen.items():
        cv2.imwrite(str(folder / name), picture)
    return folder


def _lower(picture: np.ndarray, height: int) -> np.ndarray:
    """Of that height at most, which spares the tests time."""
    scale = min(1, height / len(picture))
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory, models_dir: Path, pictures: Path) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("house")
    (folder / "data").mkdir(mode=0o700)
    (folder / "data" / "models").symlink_to(models_dir)
    port = free_port()
    keys = {f"COMPREFACE_{kind.upper()}_KEY": key for kind, key in KEYS.items()}
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "API_PORT": str(port), "COMPREFACE_DOOR": "false", **keys}
    with ExitStack() as stack:
        server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(pictures))))
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        site = Site(folder, stack, env)
        stack.callback(site.finish)
        site.start_api()
        yield Place("127.0.0.1", port, KEYS, pictures, f"http://127.0.0.1:{server.server_port}")


def opened(name: str, place: Place, stack: ExitStack) -> Sdk:
    return PythonSdk(python_sdk(CACHE), place, stack) if name == "python" else JsSdk(js_sdk(CACHE), place, stack)


@pytest.fixture(scope="session")
def workers(place: Place) -> Iterator[dict[str, Sdk]]:
    """Those that were asked for so far."""
    with ExitStack() as stack:

        class Made(dict[str, Sdk]):
            def __missing__(self, name: str) -> Sdk:
                return self.setdefault(name, opened(name, place, stack))

        yield Made()


@pytest.fixture(params=["python", "javascript"])
def sdk(request: pytest.FixtureRequest, workers: dict[str, Sdk], empty: None) -> Sdk:
    """Each SDK in turn, before an empty collection."""
    return workers[request.param]


@pytest.fixture
def javascript(workers: dict[str, Any], empty: None) -> JsSdk:
    found = workers["javascript"]
    assert isinstance(found, JsSdk)
    return found


@pytest.fixture
def python(workers: dict[str, Any], empty: None) -> PythonSdk:
    found = workers["python"]
    assert isinstance(found, PythonSdk)
    return found


@pytest.fixture
def empty(place: Place) -> None:
    """Empties the recognition service's collection."""
    headers = {"x-api-key": KEYS["recognition"]}
    requests.delete(f"http://{place.host}:{place.port}/api/v1/recognition/subjects", headers=headers, timeout=30).raise_for_status()
