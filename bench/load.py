"""Clients who ask a server again as soon as they are answered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import requests

Ask = Callable[[requests.Session], object]


def asked(ask: Ask, clients: int, seconds: float) -> tuple[list[float], float]:
    """For about so long: how many seconds each answer took, and how many all of them together."""
    end = threading.Event()

    def client() -> list[float]:
        times = []
        with requests.Session() as session:
            while not end.is_set():
                began = time.monotonic()
                ask(session)
                times.append(time.monotonic() - began)
        return times

    with ThreadPoolExecutor(clients) as pool:
        began = time.monotonic()
        asking = [pool.submit(client) for _ in range(clients)]
        time.sleep(seconds)
        end.set()
        return [each for one in asking for each in one.result()], time.monotonic() - began
