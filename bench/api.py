"""The API under 1, 4 and 16 clients, registering and recognising one portrait each, and the first load of the dashboard."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import requests

from bench.faces import portraits
from bench.load import Ask, asked
from bench.site import Site

CLIENTS = (1, 4, 16)
SECONDS = 8.0


def measure() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        site = Site(Path(name), stack)
        site.start("ws_server.py")
        site.start("api.py", RATE_LIMIT="")
        picture = portraits()["obama.jpg"].read_bytes()
        site.enrol("obama", portraits()["obama.jpg"])
        figures = {}
        numbers = count()

        def register(session: requests.Session) -> None:
            name = f"person {next(numbers)}"
            session.post(f"{site.api}/register", data={"name": name, "force": "true"}, files={"image": picture}).raise_for_status()

        def recognise(session: requests.Session) -> None:
            session.post(f"{site.api}/recognize", files={"image": picture}).raise_for_status()

        for clients in CLIENTS:
            figures[f"recognitions_per_s_{clients}_clients"] = _rate(recognise, clients)
        for clients in CLIENTS:
            figures[f"registrations_per_s_{clients}_clients"] = _rate(register, clients)
        return {**figures, **_first_load(site.api)}


def _rate(ask: Ask, clients: int) -> float:
    """Answers a second."""
    times, seconds = asked(ask, clients, SECONDS)
    return len(times) / seconds


def _first_load(address: str) -> dict[str, float]:
    """Bytes and requests of the dashboard's first visit in a real browser; nothing where there is none."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        return {}
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        loaded: list[int] = []
        page.on(
            "requestfinished",
            lambda request: loaded.append(sum(request.sizes()[part] for part in ("responseBodySize", "responseHeadersSize"))),
        )
        page.goto(address, wait_until="load")
        page.wait_for_timeout(2000)
        browser.close()
    return {"dashboard_first_load_kb": sum(loaded) / 1000, "dashboard_first_load_requests": len(loaded)}
