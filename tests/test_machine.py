from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ostiary.machine import Machine, Vitals, disk_of, size_of


@pytest.fixture
def board(tmp_path: Path) -> Path:
    files = {
        "proc/loadavg": "0.75 0.5 0.25 1/200 1234\n",
        "proc/stat": "cpu  1000 0 500 8000 500 0 0 0 0 0\ncpu0 1 2 3 4\n",
        "proc/meminfo": "MemTotal:        4000 kB\nMemFree:  100 kB\nMemAvailable:    1000 kB\n",
        "proc/self/status": "Name:\tpython\nVmRSS:\t     300 kB\n",
        "proc/uptime": "3600.5 7000.0\n",
        "proc/device-tree/model": "Raspberry Pi 4 Model B\0",
        "sys/class/thermal/thermal_zone0/temp": "48500\n",
        "sys/class/thermal/thermal_zone1/temp": "51000\n",
        "sys/class/thermal/thermal_zone2/temp": "-274000\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_board_is_read(board: Path) -> None:
    seen = Machine(board).look()
    assert (seen.load, seen.temperature_c, seen.memory, seen.memory_free, seen.process_memory) == (0.75, 51.0, 4096000, 1024000, 307200)
    assert seen.busy_s is not None
    assert seen.idle_s is not None
    assert seen.busy_s / (seen.busy_s + seen.idle_s) == 0.15
    assert Machine(board).model() == "Raspberry Pi 4 Model B"


def test_a_system_without_these_files_tells_nothing_and_fails_nowhere(tmp_path: Path) -> None:
    assert Machine(tmp_path).look() == Vitals()
    assert Machine(tmp_path).model()


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's files")
def test_this_machine() -> None:
    seen = Machine().look()
    assert seen.memory
    assert seen.memory_free
    assert seen.process_memory
    assert 0 < seen.memory_free <= seen.memory
    assert seen.process_memory < seen.memory


def test_disk_and_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert size_of([tmp_path / "a", tmp_path / "missing"]) == 5
    disk = disk_of(tmp_path)
    assert disk is not None
    assert 0 < disk.free <= disk.size
    assert disk_of(tmp_path / "missing") is None
