"""The composition root, where only a whole process can show it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HANGING = """
import sys, time
from ostiary import app, cli
from ostiary.sinks.webhook import WebhookSink

def hang(sink):
    with sink._turn:  # so that closing it hangs too
        time.sleep(3600)

WebhookSink.step = hang
app.HANGS_S = 5
sys.exit(cli.main(["detect"], {"VIDEO_SOURCE": "pictures", "WEBHOOK_URL": "http://127.0.0.1:9/", "WS_ENABLE": "false"}))
"""


def test_a_process_with_a_thread_that_hangs_ends(tmp_path: Path, models_dir: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models").symlink_to(models_dir)
    done = subprocess.run([sys.executable, "-c", HANGING], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 3, done.stderr
    assert "webhook-1 hangs:" in done.stderr
