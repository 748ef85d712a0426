"""One PASS per person and camera in each cooldown, also across a restart.

While the process runs only the monotonic clock counts, which no time server can turn. On disk each cooldown is kept
with both clocks and the machine's boot id: after a restart on the same boot the monotonic clock goes on; after a
reboot the wall clock tells, but never for longer than one cooldown, whatever it says. The file names nobody: what it
holds is a digest of each name, so that nothing is left in it of somebody who is forgotten.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ostiary.durable import replace_whole

log = logging.getLogger(__name__)

Key = tuple[str, str]
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Clock:
    """Both clocks and the name of the running boot; '' where the system does not name it."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    boot: str = ""


def system_clock() -> Clock:
    try:
        return Clock(boot=_BOOT_ID.read_text("ascii").strip())
    except OSError:
        return Clock()


@dataclass(frozen=True, slots=True)
class _Spent:
    """When a cooldown began, on both clocks."""

    at: float
    wall: float


class Cooldowns:
    """Kept in the file `path`. Used by one thread."""

    def __init__(self, path: Path, cooldown_s: float, clock: Clock):
        self._path, self._cooldown_s, self._clock = path, cooldown_s, clock
        self._spent: dict[Key, _Spent] = {}
        self._failing = False

    def load(self) -> None:
        """Takes over what an earlier run has spent. A file that cannot be read is reported and forgotten."""
        try:
            content = json.loads(self._path.read_text("utf-8"))
            entries = [(_whose(e), str(e["camera"]), float(e["at"]), float(e["wall"])) for e in content["spent"]]
            same_boot = bool(self._clock.boot) and content["boot"] == self._clock.boot
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, KeyError) as error:
            log.warning("%s cannot be read (%s): cooldowns start anew", self._path, error)
            return
        now = self._clock.monotonic()
        for whose, camera, at, wall in entries:
            elapsed = now - at if same_boot else self._clock.wall() - wall
            self._spent[whose, camera] = _Spent(now - max(0.0, elapsed), wall)

    def spend(self, person: str, camera: str, at: float) -> bool:
        """Whether `person`, seen by `camera` at `at`, may pass; if so the cooldown has begun, on disk too, before this returns."""
        key = _digest(person), camera
        spent = self._spent.get(key)
        if spent is not None and at - spent.at < self._cooldown_s:
            return False
        self._spent = {key: old for key, old in self._spent.items() if at - old.at < self._cooldown_s}
        self._spent[key] = _Spent(at, self._clock.wall() - (self._clock.monotonic() - at))
        self._keep()
        return True

    def _keep(self) -> None:
        """Writes the file; a disk that is full or gone keeps nobody out, but is reported."""
        entries = [{"whose": w, "camera": c, "at": s.at, "wall": s.wall} for (w, c), s in self._spent.items()]
        try:
            replace_whole(self._path, json.dumps({"boot": self._clock.boot, "spent": entries}).encode())
            self._failing = False
        except OSError as error:
            if not self._failing:
                log.error("%s cannot be written (%s): cooldowns will not survive a restart", self._path, error)
            self._failing = True


def _whose(entry: dict[str, Any]) -> str:
    """Of an entry in the file; those of older versions have the name."""
    return _digest(str(entry["person"])) if "person" in entry else str(entry["whose"])


def _digest(person: str) -> str:
    return hashlib.blake2s(person.encode(), digest_size=16, person=b"cooldown").hexdigest()
