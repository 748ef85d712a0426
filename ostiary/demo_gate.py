"""The demo's gate: a webhook receiver that checks the signature and says who it opened for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

log = logging.getLogger(__name__)

MAX_BODY = 10_000


class DemoGate:
    """Listens on a free loopback port; `url` is where to post, `secret` what to sign with (`whsec_` and base64)."""

    def __init__(self, secret: str):
        self.secret = secret
        self.opened_for: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/gate"

    def start(self, stack: ExitStack) -> None:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="demo-gate")
        thread.start()
        stack.callback(thread.join)
        stack.callback(self._server.server_close)
        stack.callback(self._server.shutdown)

    def _genuine(self, headers: dict[str, str], body: bytes) -> bool:
        signed = b".".join((headers.get("webhook-id", "").encode(), headers.get("webhook-timestamp", "").encode(), body))
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        expected = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        return hmac.compare_digest(expected.encode(), headers.get("webhook-signature", "").encode())

    def _handler(gate) -> type[BaseHTTPRequestHandler]:  # `self` is a request's, below
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(min(int(self.headers.get("content-length", 0)), MAX_BODY))
                genuine = gate._genuine({name.lower(): value for name, value in self.headers.items()}, body)
                if genuine:
                    name = json.loads(body)["name"]
                    gate.opened_for.append(name)
                    log.info("demo gate: webhook verified, the gate opens for %s", name)
                self.send_response(204 if genuine else 403)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                log.debug("demo gate: " + format, *args)

        return Handler
