"""The composition root, where only a whole process can show it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ostiary import app
from ostiary.settings import load

HANGING = """
import sys, time
from ostiary import cli
from ostiary.assembly import house
from ostiary.sinks.webhook import WebhookSink

def hang(sink):
    with sink._turn:  # so that closing it hangs too
        time.sleep(3600)

WebhookSink.step = hang
house.HANGS_S = 5
sys.exit(cli.main(["detect"], {"VIDEO_SOURCE": "pictures", "WEBHOOK_URL": "http://127.0.0.1:9/", "WS_ENABLE": "false"}))
"""


def test_a_process_with_a_thread_that_hangs_ends(tmp_path: Path, models_dir: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models").symlink_to(models_dir)
    done = subprocess.run([sys.executable, "-c", HANGING], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 3, done.stderr
    assert "webhook-1 hangs:" in done.stderr


SLOW_START = """
import sys, subprocess
from ostiary import cli
from ostiary.vision import weights

def fetch(*_):
    subprocess.run([sys.executable, "-c", "import time; print('fetching', flush=True); time.sleep(3600)"])

weights.ready = fetch
from ostiary.vision import detect, encode, yunet, sface
for module in (detect, encode, yunet, sface):
    if hasattr(module, "ready"):
        module.ready = fetch
sys.exit(cli.main(["detect"], {"VIDEO_SOURCE": ".", "WS_ENABLE": "false"}))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_program_can_be_stopped_while_it_still_downloads(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", SLOW_START]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "fetching\n"
        program.send_signal(number)
        _, said = program.communicate(timeout=60)
    assert (program.returncode, "Traceback" in said) == (0, False), said


UP = {"ws", "detect", "api"}


@pytest.mark.parametrize(
    ("roles", "given", "own"),
    [
        (UP, {}, True),
        (UP, {"WS_TOKEN": "sesame", "WS_HOST": "192.168.1.4"}, True),
        (UP, {"WS_URL": "ws://localhost:3001/ws/face-stream"}, True),
        (UP, {"WS_PUBLISH_TOKEN": "chalk"}, False),
        (UP, {"WS_URL": "ws://hub.lan:3001/ws/face-stream"}, False),
        (UP, {"WS_URL": "ws://127.0.0.1:3002/ws/face-stream"}, False),
        (UP, {"WS_URL": "ws://127.0.0.1:port/"}, False),
        ({"ws"}, {}, False),
        ({"detect"}, {}, False),
    ],
)
def test_a_publish_token_is_drawn_where_hub_and_detector_are_one_process(
    roles: set[str], given: dict[str, str], own: bool, tmp_path: Path
) -> None:
    settings = load(given, tmp_path)
    first, second = (app.with_own_publisher(roles, settings).stream.publish_token for _ in range(2))
    assert (len(first) > 30 and first != second) if own else first == second == given.get("WS_PUBLISH_TOKEN", "")
