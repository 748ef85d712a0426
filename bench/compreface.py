"""CompreFace's API under 1 and 8 clients: answers a second, how long one takes and what it costs; memory; start to first answer.

Clients ask again as soon as they are answered. Pictures are portraits of 640 pixels' height; 50 faces are stored. What an answer
costs is CPU time of the server's process, which other programs on the machine hardly change.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import cv2
import psutil
import requests

from bench.faces import portraits
from bench.load import Ask, asked
from bench.site import Site

CLIENTS = (1, 8)
SECONDS = 10.0
STORED = 50
HEIGHT = 640
KEYS = {kind: f"be5c0000-0000-4000-8000-00000000000{number}" for number, kind in enumerate(("recognition", "detection", "verification"))}


def measure() -> dict[str, float]:
    pictures = [_jpeg(name) for name in ("obama.jpg", "obama2.jpg")]
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        site = Site(Path(name), stack)
        began = time.monotonic()
        program = _start(site)
        figures = {"start_to_first_answer_s": _first_answer(site, pictures[0]) - began}
        for number in range(STORED):
            _post(site, "recognition/faces", {"file": pictures[number % 2]}, subject=f"person {number}")(requests.Session())
        figures["memory_mb"] = _memory_mb(program)
        asks = {
            "detect": _post(site, "detection/detect", {"file": pictures[0]}),
            "detect_all_plugins": _post(
                site, "detection/detect", {"file": pictures[0]}, face_plugins="age,gender,landmarks,calculator,mask,pose"
            ),
            "recognize": _post(site, "recognition/recognize", {"file": pictures[0]}),
            "verify": _post(site, "verification/verify", {"source_image": pictures[0], "target_image": pictures[1]}),
        }
        for clients in CLIENTS:
            for what, ask in asks.items():
                spent = _cpu_ms(program)
                times, seconds = asked(ask, clients, SECONDS)
                figures[f"{what}_cpu_ms_{clients}_clients"] = (_cpu_ms(program) - spent) / len(times)
                figures[f"{what}_per_s_{clients}_clients"] = len(times) / seconds
                figures[f"{what}_median_ms_{clients}_clients"] = 1000 * statistics.median(times)
                figures[f"{what}_95th_ms_{clients}_clients"] = 1000 * statistics.quantiles(times, n=20)[-1]
        return {**figures, "memory_after_all_mb": _memory_mb(program)}


def _start(site: Site) -> subprocess.Popen[bytes]:
    keys = {f"COMPREFACE_{kind.upper()}_KEY": key for kind, key in KEYS.items()}
    return site.start("api.py", RATE_LIMIT="", COMPREFACE_DOOR="false", **keys)


def _first_answer(site: Site, picture: bytes) -> float:
    """When the first recognition is answered, networks loaded and all."""
    ask = _post(site, "recognition/recognize", {"file": picture})
    while True:
        try:
            ask(requests.Session())
            return time.monotonic()
        except requests.ConnectionError:
            time.sleep(0.05)


def _post(site: Site, path: str, files: dict[str, bytes], **query: str) -> Ask:
    url, key = f"{site.api}/api/v1/{path}", KEYS[path.partition("/")[0]]
    named = {part: ("picture.jpg", data) for part, data in files.items()}

    def ask(session: requests.Session) -> None:
        session.post(url, params=query, files=named, headers={"x-api-key": key}, timeout=120).raise_for_status()

    return ask


def _jpeg(name: str) -> bytes:
    picture = cv2.imread(str(portraits()[name]))
    scale = HEIGHT / len(picture)
    return bytes(cv2.imencode(".jpg", cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))[1])


def _cpu_ms(process: subprocess.Popen[bytes]) -> float:
    return 1000 * sum(psutil.Process(process.pid).cpu_times()[:2])


def _memory_mb(process: subprocess.Popen[bytes]) -> float:
    return psutil.Process(process.pid).memory_info().rss / 1e6
