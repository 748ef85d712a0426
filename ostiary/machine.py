"""How the machine is doing, read from Linux's own files. What cannot be told, there or on another system, is None."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Vitals:
    """One look. `load` is that of the last minute, `busy_s` and `idle_s` the seconds that all cores together have spent since the boot.

    Sizes are in bytes; `free` is what a program could still have.
    """

    load: float | None = None
    busy_s: float | None = None
    idle_s: float | None = None
    temperature_c: float | None = None
    memory: int | None = None
    memory_free: int | None = None
    process_memory: int | None = None
    uptime_s: float | None = None


@dataclass(frozen=True, slots=True)
class Disk:
    size: int
    free: int


class Machine:
    """`root` is where /proc and /sys are found."""

    def __init__(self, root: Path = Path("/")):
        self._root = root

    def look(self) -> Vitals:
        busy_s, idle_s = self._cores() or (None, None)
        memory = self._table("proc/meminfo")
        return Vitals(
            load=_number(self._words("proc/loadavg")[:1]),
            busy_s=busy_s,
            idle_s=idle_s,
            temperature_c=self._temperature_c(),
            memory=_kilobytes(memory, "MemTotal"),
            memory_free=_kilobytes(memory, "MemAvailable"),
            process_memory=_kilobytes(self._table("proc/self/status"), "VmRSS"),
            uptime_s=_number(self._words("proc/uptime")[:1]),
        )

    def model(self) -> str:
        """What the board calls itself, else its processor's kind."""
        return self._text("proc/device-tree/model").strip("\0 \n") or platform.machine()

    def _cores(self) -> tuple[float, float] | None:
        words = self._words("proc/stat")
        if words[:1] != ["cpu"]:
            return None
        ticks = [int(word) for word in words[1:9]]  # user nice system idle iowait irq softirq steal
        idle = ticks[3] + ticks[4]
        per_second = os.sysconf("SC_CLK_TCK")
        return (sum(ticks) - idle) / per_second, idle / per_second

    def _temperature_c(self) -> float | None:
        """Of the hottest zone; boards name theirs in many ways."""
        zones = (_number(_read(path).split()[:1]) for path in (self._root / "sys/class/thermal").glob("thermal_zone*/temp"))
        plausible = [zone / 1000 for zone in zones if zone is not None and 0 < zone < 150_000]
        return max(plausible, default=None)

    def _table(self, path: str) -> dict[str, str]:
        return {name: value for name, _, value in (line.partition(":") for line in self._text(path).splitlines())}

    def _words(self, path: str) -> list[str]:
        return self._text(path).partition("\n")[0].split()

    def _text(self, path: str) -> str:
        return _read(self._root / path)


def disk_of(folder: Path) -> Disk | None:
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None
    return Disk(usage.total, usage.free)


def size_of(files: Iterable[Path]) -> int:
    """Bytes of those that are there."""
    total = 0
    for file in files:
        try:
            total += file.stat().st_size
        except OSError:
            continue
    return total


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:  # a zone that is switched off cannot be read either
        return ""


def _number(words: list[str]) -> float | None:
    try:
        return float(words[0])
    except (IndexError, ValueError):
        return None


def _kilobytes(table: dict[str, str], name: str) -> int | None:
    number = _number(table.get(name, "").split()[:1])
    return None if number is None else int(number) * 1024
