"""A site of its own for a bench: a folder, ports, and the programs in it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import requests

from bench.faces import MODELS
from ostiary.hub.client import subscribe

ROOT = Path(__file__).parent.parent


class Site:
    """A folder with its own ports, and the programs in it, ended with `stack`."""

    def __init__(self, folder: Path, stack: ExitStack):
        self.folder, self._stack = folder, stack
        (folder / "data").mkdir()
        (folder / "data" / "models").symlink_to(MODELS)
        self._ws, self._api = _free_port(), _free_port()
        self.api = f"http://127.0.0.1:{self._api}"
        self.url = f"ws://127.0.0.1:{self._ws}/ws/face-stream"

    def start(self, program: str, **settings: str) -> subprocess.Popen[bytes]:
        env = {"PATH": os.environ["PATH"], "WS_URL": self.url, "WS_PORT": str(self._ws), "API_PORT": str(self._api), "LOG_LEVEL": "ERROR"}
        process = subprocess.Popen([sys.executable, str(ROOT / program)], cwd=self.folder, env={**env, **settings})
        self._stack.callback(process.wait)
        self._stack.callback(process.terminate)
        return process

    def enrol(self, name: str, picture: Path) -> None:
        self.wait_for_api()
        requests.post(f"{self.api}/register", data={"name": name}, files={"image": picture.read_bytes()}).raise_for_status()

    def wait_for_api(self) -> None:
        for _ in range(100):
            try:
                requests.get(f"{self.api}/healthz", timeout=5)
                return
            except requests.ConnectionError:
                time.sleep(0.2)
        raise TimeoutError("the API did not start")

    def first_face(self) -> float:
        """When the first decision on a face arrives at a subscriber."""
        for message in subscribe(f"{self.url}?frames=0", "", threading.Event()):
            if message["faces"]:
                return time.monotonic()
        raise TimeoutError("no face came")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])
