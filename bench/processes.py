"""The programs as they run: start to first decision, memory of each, and what a still scene costs."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import psutil

from bench.faces import demo_frames, portraits
from bench.site import Site
from ostiary.encoders import ENCODERS
from ostiary.gallery.gallery import Example
from ostiary.gallery.store import GalleryStore

PEOPLE = 1_000
STILL_S = 20.0


def measure() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        site = Site(Path(name), stack)
        _enrol_crowd(site.folder / "faces" / "face_db.pkl")
        hub, api = site.start("ws_server.py"), site.start("api.py")
        site.enrol("obama", portraits()["obama.jpg"])
        began = time.monotonic()
        detector = site.start("detector.py", VIDEO_SOURCE=str(_video(site.folder / "walk.avi", demo_frames(300, 1 / 15, 3.0))))
        first_s = site.first_face() - began
        time.sleep(5)
        figures = {
            "start_to_first_decision_s": first_s,
            "api_mb": _memory_mb(api),
            "ws_server_mb": _memory_mb(hub),
            "detector_mb": _memory_mb(detector),
        }
        stop_began = time.monotonic()
        detector.send_signal(signal.SIGINT)
        detector.wait()
        figures["stop_s"] = time.monotonic() - stop_began
        still = site.start("detector.py", VIDEO_SOURCE=str(_video(site.folder / "still.avi", _still_scene(int((STILL_S + 15) * 15)))))
        time.sleep(6)  # models are loaded, the motion gate has learned the noise
        figures["still_scene_share_of_core"] = _share_of_core(still, STILL_S)
        return figures


def _enrol_crowd(path: Path) -> None:
    rows = np.random.default_rng(1).standard_normal((PEOPLE - 1, 128)).astype(np.float32)
    GalleryStore(path).add_many(
        [(f"person {n}", Example(f"{n:032x}", 0.0, row)) for n, row in enumerate(rows)], encoder_id=ENCODERS["sface"].id
    )


def _still_scene(count: int) -> list[np.ndarray]:
    """A moment of the demo with nobody there, under a sensor's noise."""
    scene = demo_frames(1, start_s=32.0)[0].astype(np.int16)
    random = np.random.default_rng(2)
    noise = [random.normal(0, 2, scene.shape).astype(np.int16) for _ in range(16)]
    return [np.clip(scene + noise[n % 16], 0, 255).astype(np.uint8) for n in range(count)]


def _video(path: Path, frames: list[np.ndarray]) -> Path:
    height, width = frames[0].shape[:2]
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 15, (width, height))
    for frame in frames:
        video.write(frame)
    video.release()
    return path


def _memory_mb(process: subprocess.Popen[bytes]) -> float:
    return psutil.Process(process.pid).memory_info().rss / 1e6


def _share_of_core(process: subprocess.Popen[bytes], seconds: float) -> float:
    times = psutil.Process(process.pid).cpu_times
    before = sum(times()[:2])
    time.sleep(seconds)
    return (sum(times()[:2]) - before) / seconds
