"""Real processes in an empty folder, talking over real sockets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import pytest
from support.site import Receiver, Site, opened

from ostiary.stream.demo import load_scene


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            state.got.append((dict(self.headers.items()), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}/open"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield state
        server.shutdown()
        thread.join()


@pytest.fixture
def site(tmp_path: Path, models_dir: Path, portraits: dict[str, Path]) -> Iterator[Site]:
    with opened(tmp_path, models_dir, portraits) as site:
        yield site
    print(*(f"--- {log.name}\n{log.read_text('utf-8')}" for log in sorted(tmp_path.glob("*.log"))), sep="\n")


@pytest.fixture(scope="session")
def demo_video(portraits: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scenes of the demo's play as a film of 17 s: the resident, the stranger, both, nobody."""
    return _film(portraits, tmp_path_factory.mktemp("video") / "demo.avi", (1, 7), (10.5, 15), (21.5, 27), (31, 32))


@pytest.fixture(scope="session")
def visit_video(portraits: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The resident alone, 5 s."""
    return _film(portraits, tmp_path_factory.mktemp("video") / "visit.avi", (2, 7))


@pytest.fixture(scope="session")
def both_video(portraits: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stranger, nobody, the resident, nobody; 11 s."""
    return _film(portraits, tmp_path_factory.mktemp("video") / "both.avi", (12, 16), (31, 32.5), (3, 7), (31, 32.5))


@pytest.fixture(scope="session")
def slow_video(portraits: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The resident before the door for 8 s, one frame a second."""
    return _film(portraits, tmp_path_factory.mktemp("video") / "slow.avi", (4, 12), fps=1, still=True)


def _film(portraits: dict[str, Path], path: Path, *scenes: tuple[float, float], fps: int = 15, still: bool = False) -> Path:
    """The play's `scenes`, each from its first second to its last; `still`: the first picture of each instead."""
    scene = load_scene(portraits["obama.jpg"].parent)
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (640, 480))
    for first, last in scenes:
        for number in range(round((last - first) * fps)):
            video.write(scene.at(first if still else first + number / fps))
    video.release()
    return path
