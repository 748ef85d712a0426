"""What became of every webhook: a log of JSON lines that only its owner may read, and three counts."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from filelock import FileLock

from ostiary.durable import replace_whole

log = logging.getLogger(__name__)

REMEMBERED = 200
MAX_BYTES = 1_000_000
_LOCK_WAIT_S = 5.0


class Result(StrEnum):
    DELIVERED = "delivered"  # a 2xx answer came in time
    EXPIRED = "expired"  # its time ran out before any request reached the receiver: it never heard of it
    FAILED = "failed"  # the receiver was reached, but no 2xx answer came in time: it may have acted or not


@dataclass(frozen=True, slots=True)
class Delivery:
    """The end of one event on its way to one receiver. `after_ms` counts from the frame's capture."""

    result: Result
    event_id: str
    name: str
    camera: str
    receiver: str
    attempts: int
    status: int | None
    problem: str | None
    after_ms: int
    at: float


class Journal:
    """Safe to use from several threads. A disk that cannot be written costs the log, never a delivery.

    `is_known` tells whether a person is still enrolled: others are named no more.
    """

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES, is_known: Callable[[str], bool] = lambda name: True):
        self._path, self._max_bytes, self._is_known = path, max_bytes, is_known
        self._lock = threading.Lock()
        self._recent: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)
        self._counts: Counter[str] = Counter()
        self._writable = True
        self.when_recorded: list[Callable[[Delivery], None]] = []  # told of each end of a delivery

    def open(self) -> None:
        """Reads back the latest lines. Half a line, which a power cut leaves, is passed over."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file in (self._older, self._path):
            for line in _lines(file):
                try:
                    self._recent.append(json.loads(line))
                except ValueError:
                    continue

    def record(self, delivery: Delivery) -> None:
        entry = self._without_strangers(asdict(delivery))
        with self._lock:
            self._counts[delivery.result] += 1
            self._recent.append(entry)
            try:
                self._write(json.dumps(entry, ensure_ascii=False) + "\n")
                self._writable = True
            except OSError as error:
                if self._writable:
                    log.error("cannot write %s: %s; webhooks go on without their log", self._path, error.strerror)
                self._writable = False
        for tell in self.when_recorded:
            tell(delivery)

    def tail(self, count: int) -> list[dict[str, Any]]:
        """The latest deliveries, oldest first."""
        with self._lock:
            return [self._without_strangers(entry) for entry in list(self._recent)[-count:]]

    def summary(self, recent: int = 20) -> dict[str, Any]:
        """What a status message tells of the webhooks; the counts are since the start."""
        with self._lock:
            counts = {result.value: self._counts[result] for result in Result}
            return {**counts, "recent": [self._without_strangers(entry) for entry in list(self._recent)[-recent:]]}

    def _without_strangers(self, entry: dict[str, Any]) -> dict[str, Any]:
        return entry if self._is_known(entry.get("name", "")) else {**entry, "name": ""}

    @property
    def _older(self) -> Path:
        return _older(self._path)

    def _write(self, line: str) -> None:
        with _locked(self._path):
            self._append(line)

    def _append(self, line: str) -> None:
        descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "a+b") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 1))
            torn = file.read() not in {b"", b"\n"}
            file.write((b"\n" if torn else b"") + line.encode())
        if size + len(line) > self._max_bytes:
            self._path.replace(self._older)


def replace_name(path: Path, name: str, new: str) -> int:
    """Gives a person another name in the log at `path`, '' for none; how many lines named them."""
    if not path.parent.exists():
        return 0
    with _locked(path):
        return sum(_replace_name_in(file, name, new) for file in (_older(path), path))


def _replace_name_in(file: Path, name: str, new: str) -> int:
    kept, count = [], 0
    for line in file.read_bytes().splitlines() if file.exists() else ():
        try:
            entry = json.loads(line)
        except ValueError:  # half a line, which a power cut leaves, may name anybody
            count += 1
            continue
        if entry.get("name") == name:
            entry["name"], count = new, count + 1
        kept.append(json.dumps(entry, ensure_ascii=False) + "\n")
    if count:
        replace_whole(file, "".join(kept).encode())
    return count


def _older(path: Path) -> Path:
    return path.with_name(path.name + ".1")


def _locked(path: Path) -> FileLock:
    """Holds off other programs that write or change the log. Its Timeout is an OSError."""
    return FileLock(path.with_name(f".{path.name}.lock"), timeout=_LOCK_WAIT_S, mode=0o600)


def _lines(file: Path) -> list[bytes]:
    try:
        return file.read_bytes().splitlines()[-REMEMBERED:]
    except FileNotFoundError:
        return []
    except OSError as error:  # a log that cannot be read must not keep the door shut
        log.error("cannot read %s: %s", file, error.strerror)
        return []
