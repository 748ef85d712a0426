"""RTSP from a real server, which also hangs, dies and comes back."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from ostiary.errors import SourceError
from ostiary.service import spawn
from ostiary.stream.capture import Capture
from ostiary.stream.frames import NewestFrames
from ostiary.stream.source import SourceOptions, open_source

SYSTEM_PYTHON = "/usr/bin/python3"
SCRIPT = Path(__file__).with_name("rtsp_camera.py")
OPTIONS = SourceOptions(timeout_s=1.5)


@pytest.fixture(scope="module")
def gstreamer() -> None:
    probe = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    try:
        found = subprocess.run([SYSTEM_PYTHON, "-c", probe], capture_output=True, timeout=30).returncode == 0
    except FileNotFoundError:
        found = False
    if not found:
        pytest.skip("needs GStreamer's RTSP server: apt install gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good python3-gi")


@contextmanager
def camera(port: int = 0) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A running camera and its port."""
    process = subprocess.Popen([SYSTEM_PYTHON, str(SCRIPT), str(port)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited in vain: {what}"
        time.sleep(0.02)


def test_a_camera_that_hangs_dies_and_comes_back(gstreamer: None, caplog: pytest.LogCaptureFixture) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(camera())
        process, port = first
        stop, frames = threading.Event(), NewestFrames()
        url = f"rtsp://user:s3cret@127.0.0.1:{port}/door"
        door = Capture("door", url, frames, stop, open_source=lambda spec: open_source(spec, OPTIONS), freeze_timeout_s=1.5)
        stack.callback(door.close)
        worker = spawn(stack, door, stop, "capture door", daemon=True)

        wait_for(lambda: door.status().frames > 5, "the first frames")
        frame = frames.take(1)
        assert frame is not None
        assert frame.image.shape == (240, 320, 3)

        process.send_signal(signal.SIGSTOP)
        wait_for(lambda: door.status().state == "lost", "a hanging camera to be noticed")
        process.send_signal(signal.SIGCONT)
        wait_for(lambda: door.status().state == "live", "the camera after its pause")

        process.kill()
        wait_for(lambda: door.status().state == "lost", "a dead camera to be noticed")
        seen = door.status().frames
        stack.enter_context(camera(port))
        wait_for(lambda: door.status().frames > seen + 5, "frames of the new camera")
        status = door.status()
        assert (status.state, status.reconnects) == ("live", 2)
        assert "s3cret" not in caplog.text + str(status)
    worker.thread.join(5)
    assert not worker.thread.is_alive()


def test_pictures_that_piled_up_while_opening_are_not_taken_for_now(gstreamer: None) -> None:
    with camera() as (_, port):
        source = open_source(f"rtsp://user:s3cret@127.0.0.1:{port}/door", OPTIONS)
        began_at = time.monotonic()
        for _ in range(10):
            source.read()
        waited_s = time.monotonic() - began_at
        source.close()
    assert waited_s > 0.7 * 10 / 20, "ten pictures of a camera that makes twenty a second were there at once"
    assert source.late_s < 0.5


def test_a_wrong_password_is_said_without_showing_it(gstreamer: None) -> None:
    with camera() as (_, port), pytest.raises(SourceError, match="check address, user name, password") as refused:
        open_source(f"rtsp://user:wr0ng@127.0.0.1:{port}/door", OPTIONS)
    assert "wr0ng" not in str(refused.value)


def test_nobody_there_is_said() -> None:
    with pytest.raises(SourceError, match="cannot be opened"):
        open_source("rtsp://127.0.0.1:9/door", OPTIONS)
