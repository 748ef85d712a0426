"""The units: what they promise, and what systemd itself says about them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ostiary.archives import DOWNLOAD_TIMEOUT_S
from ostiary.assembly import house
from ostiary.vision.weights import CONVERSION_TIMEOUT_S

UNITS = sorted((Path(__file__).parent.parent / "systemd").glob("*.service"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_first_start_may_take_its_time_and_a_hanging_program_may_not(unit: Path) -> None:
    text = unit.read_text("utf-8")
    start = re.search(r"^TimeoutStartSec=(\d+)min$", text, re.MULTILINE)
    watchdog = re.search(r"^WatchdogSec=(\d+)$", text, re.MULTILINE)
    assert start
    assert watchdog
    assert int(start[1]) * 60 > DOWNLOAD_TIMEOUT_S + CONVERSION_TIMEOUT_S
    assert int(watchdog[1]) > house.HANGS_S  # the program names the thread that hangs before it is killed
    assert "Type=notify" in text
    assert "Restart=always" in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_understands_every_line(unit: Path, tmp_path: Path) -> None:
    here = tmp_path / unit.name
    here.write_text(re.sub(r"^ExecStart=.*$", "ExecStart=/bin/true", unit.read_text("utf-8"), flags=re.MULTILINE))
    done = subprocess.run(["systemd-analyze", "verify", str(here)], capture_output=True, text=True, timeout=60)
    assert [line for line in done.stderr.splitlines() if unit.name in line] == []
