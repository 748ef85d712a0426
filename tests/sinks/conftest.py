"""Real receivers of webhooks, and events to send them."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from ostiary.domain import Frame, Outcome, PassEvent


@dataclass
class Gate:
    """A receiver. `answer` gets the number of the request, from 1, and gives the status; it may take its time."""

    answer: Callable[[int], int] = lambda number: 204
    certificate: Path | None = None
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    path: str = ""
    url: str = ""

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.requests]

    def open(self, stack: ExitStack) -> None:
        gate = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                gate.path = self.path
                gate.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
                status = gate.answer(len(gate.requests))
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            block_on_close = True
            daemon_threads = False

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # callers that hang up are what some tests are about

        server = Server(("127.0.0.1", 0), Handler)
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="gate")
        thread.start()
        stack.callback(server.server_close)
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        self.url = f"http{'s' if self.certificate else ''}://localhost:{server.server_port}/open?key=hush"


@pytest.fixture
def open_gate() -> Iterator[Callable[..., Gate]]:
    with ExitStack() as stack:

        def start(answer: Callable[[int], int] = lambda number: 204, *, certificate: Path | None = None) -> Gate:
            gate = Gate(answer, certificate)
            gate.open(stack)
            return gate

        yield start


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and self-signed certificate of localhost, made now and valid for a day."""
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command, which makes a certificate, is not on this machine")
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(file)]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    made = subprocess.run(["openssl", "req", "-x509", *key, "-days", "1", *names], capture_output=True, text=True, check=True, timeout=60)
    with file.open("a") as both:
        both.write(made.stdout)
    return file


@pytest.fixture
def passing() -> Callable[..., Outcome]:
    """An outcome with PASS events, captured `ago_s` ago."""

    def make(*event_ids: str, ago_s: float = 0.0, camera: str = "front", size: tuple[int, int] = (48, 64)) -> Outcome:
        at, captured_at = time.monotonic() - ago_s, time.time() - ago_s
        frame = Frame(camera, 1, at, captured_at, np.zeros((*size, 3), np.uint8))
        return Outcome(frame, (), tuple(PassEvent(event_id, "Зоя", 0.31, camera, at, captured_at) for event_id in event_ids))

    return make


@pytest.fixture
def eventually() -> Callable[..., None]:
    def wait(happens: Callable[[], object], within_s: float = 5.0) -> None:
        until = time.monotonic() + within_s
        while not happens():
            assert time.monotonic() < until, "it did not happen in time"
            time.sleep(0.01)

    return wait
