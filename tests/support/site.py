"""Real processes in an empty folder, talking over real sockets."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from ostiary.hub.client import subscribe

ROOT = Path(__file__).parent.parent.parent
SECRET = "whsec_dGhlIHNlY3JldCBvZiB0aGUgZ2F0ZSBpbiB0ZXN0cw=="


def wait_for(what: str, check: Callable[[], Any], timeout_s: float = 60) -> Any:
    """The first true answer of `check`."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        if answer := check():
            return answer
        time.sleep(0.05)
    pytest.fail(f"timed out waiting for {what}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


@dataclass
class Receiver:
    """A webhook receiver: what came, as (headers, body)."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@dataclass
class Site:
    """A folder with settings, and the programs started in it."""

    folder: Path
    stack: ExitStack
    env: dict[str, str]
    programs: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.env['API_PORT']}"

    @property
    def stream(self) -> str:
        return self.env["WS_URL"]

    def start(self, *command: str, **env: str) -> subprocess.Popen[str]:
        """`api.py` or `ostiary up`, for example; its output goes to a file that a failing test shows."""
        program = [sys.executable, str(ROOT / command[0])] if command[0].endswith(".py") else [sys.executable, "-m", "ostiary.cli"]
        log = self.stack.enter_context((self.folder / f"{len(self.programs)}.log").open("w"))
        process = subprocess.Popen(
            [*program, *command[1:]], cwd=self.folder, env={**self.env, **env}, stdout=log, stderr=subprocess.STDOUT, text=True
        )
        self.programs.append(process)
        return process

    def start_api(self, **env: str) -> subprocess.Popen[str]:
        process = self.start("api.py", **env)
        port = env.get("API_PORT", self.env["API_PORT"])
        wait_for("the API", lambda: _answers(f"http://127.0.0.1:{port}/healthz", process))
        return process

    def log(self, process: subprocess.Popen[str]) -> str:
        return (self.folder / f"{self.programs.index(process)}.log").read_text("utf-8")

    def register(self, name: str, picture: Path, **form: str) -> requests.Response:
        with picture.open("rb") as file:
            return requests.post(f"{self.api}/register", data={"name": name, **form}, files={"image": file}, timeout=60)

    def history(self, **query: str) -> list[dict[str, Any]]:
        """What the API tells of the house's history, the latest first."""
        answer = requests.get(f"{self.api}/events", params={"limit": "200", **query}, timeout=10)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["events"])

    def listen(self, query: str = "frames=0") -> list[dict[str, Any]]:
        """A list that grows by each message of the stream."""
        messages: list[dict[str, Any]] = []
        stop = threading.Event()

        def collect() -> None:
            for message in subscribe(f"{self.stream}?{query}", self.env.get("WS_TOKEN", ""), stop):
                messages.append(message)

        thread = threading.Thread(target=collect)
        thread.start()
        self.stack.callback(thread.join)
        self.stack.callback(stop.set)
        return messages

    def finish(self) -> None:
        for process in self.programs:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.programs:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                pytest.fail(f"a program did not stop:\n{self.log(process)}")


@contextmanager
def opened(folder: Path, models_dir: Path, portraits: dict[str, Path]) -> Iterator[Site]:
    """A site in an empty folder, which has what is downloaded already. All of its programs end with it."""
    port = free_port()
    (folder / "data" / "demo").mkdir(mode=0o700, parents=True)
    (folder / "data").chmod(0o700)
    (folder / "data" / "models").symlink_to(models_dir)  # downloads and conversions are kept between tests
    (folder / "data" / "demo" / "portraits").symlink_to(portraits["obama.jpg"].parent)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "API_PORT": str(free_port()),
        "WS_PORT": str(port),
        "WS_URL": f"ws://127.0.0.1:{port}/ws/face-stream",
        "WEBHOOK_SECRET": SECRET,
    }
    with ExitStack() as stack:
        site = Site(folder, stack, env)
        stack.callback(site.finish)
        yield site


@dataclass
class House:
    """`ostiary up`, and the link by which its owner comes in."""

    site: Site
    process: subprocess.Popen[str]

    @property
    def address(self) -> str:
        return self.site.api

    @property
    def owners_link(self) -> str:
        found = re.search(r"http://\S+/#/welcome\?token=\S+", self.log)
        assert found, "no link in the log"
        return found[0]

    @property
    def log(self) -> str:
        return self.site.log(self.process)


def moved_in(site: Site, **env: str) -> House:
    """The whole house in one program, once it is ready. Without `VIDEO_SOURCE` it plays the demo."""
    house = House(site, site.start("ostiary", "up", **{"VIDEO_SOURCE": "demo", **env}))
    wait_for("the house", lambda: "ready: open" in house.log)
    return house


def _answers(url: str, process: subprocess.Popen[str]) -> bool:
    assert process.poll() is None, "the program ended"
    try:
        return requests.get(url, timeout=5).status_code in (200, 503)
    except requests.ConnectionError:
        return False
