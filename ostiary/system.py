"""What a running program can tell of itself and its machine."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

from ostiary import __version__
from ostiary.machine import Disk, Machine, disk_of, size_of
from ostiary.telemetry import Sample, Telemetry

_LIBRARIES = {
    "OpenCV": ("opencv-python-headless", "opencv-python"),
    "ONNX Runtime": ("onnxruntime", "onnxruntime-gpu"),
    "NumPy": ("numpy",),
}


@dataclass(frozen=True, slots=True)
class Loss:
    """What a bounded queue has dropped since the start, because its reader was slow."""

    name: str
    lost: int


@dataclass(frozen=True, slots=True)
class Stored:
    """What one part of the data takes on disk, in bytes."""

    name: str
    size: int


class ModelFile(Protocol):
    """One network's weights; `state` is what their SHA-256 says."""

    @property
    def name(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def licence(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def size(self) -> int: ...


@dataclass(frozen=True)
class System:
    """`folders` by name are what the data lies in; `detector` is what the detector tells, empty where another process runs it."""

    telemetry: Telemetry
    machine: Machine
    folders: Mapping[str, Path]
    roles: frozenset[str]
    detector: Callable[[], Mapping[str, Any]]
    dropped: Mapping[str, Callable[[], int]]
    models: Callable[[], Iterable[ModelFile]]
    require_startable: Callable[[], None]
    restart: Callable[[], None]
    started_at: float = field(default_factory=time.time)

    def versions(self) -> dict[str, str]:
        found = {name: _version(packages) for name, packages in _LIBRARIES.items()}
        told = {name: number for name, number in found.items() if number}
        return {"Ostiary": __version__, "Python": platform.python_version(), **told, "System": f"{platform.system()} {platform.release()}"}

    @property
    def cores(self) -> int | None:
        return os.cpu_count()

    def losses(self) -> list[Loss]:
        return [Loss(name, count()) for name, count in self.dropped.items()]

    def stored(self) -> list[Stored]:
        """The largest first; a database's companions count with it."""
        sizes: dict[str, int] = {}
        for name, folder in self.folders.items():
            for entry in _entries(folder):
                label = f"{name}/{entry.name.removesuffix('-wal').removesuffix('-shm')}"
                sizes[label] = sizes.get(label, 0) + (size_of(_below(entry)) if entry.is_dir() else size_of([entry]))
        return sorted((Stored(label, size) for label, size in sizes.items() if size), key=lambda one: -one.size)

    def disk(self) -> Disk | None:
        return next((disk for folder in self.folders.values() if (disk := disk_of(folder))), None)

    def now(self) -> Sample:
        """The latest sample, taken now if there is none yet."""
        return next(reversed(self.telemetry.recent()), None) or self.telemetry.sample()


def _version(packages: Iterable[str]) -> str | None:
    for package in packages:
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return None


def _entries(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if not entry.is_symlink()]
    except OSError:
        return []


def _below(folder: Path) -> Iterable[Path]:
    for place, _, files in os.walk(folder):
        yield from (Path(place, file) for file in files)
