"""`ostiary calibrate`, started from the dashboard: in a process of its own, so that the door goes on, and one at a time."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from ostiary.errors import AlreadyRunning

_PATIENCE_S = 5


@dataclass(frozen=True, slots=True)
class Finished:
    """How the last one ended: `status` is the command's own, 0 fine, 1 something is wrong with the gallery, else it failed."""

    status: int
    words: str


class Calibrations:
    """A service: each `step` looks after the command for a moment. Any thread may start one and ask."""

    def __init__(self, environ: Mapping[str, str], stop: threading.Event):
        self._environ, self._stop = environ, stop
        self._changing = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self.finished: Finished | None = None

    @property
    def running(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        """Raises AlreadyRunning."""
        gentle = [nice, "-n", "19"] if (nice := shutil.which("nice")) else []
        command = [*gentle, sys.executable, "-m", "ostiary.cli", "calibrate", "--jobs", "1"]
        with self._changing:
            if self._process:
                raise AlreadyRunning("a calibration")
            self._process = subprocess.Popen(
                command, env=dict(self._environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )

    def step(self) -> None:
        process = self._process
        if process is None:
            self._stop.wait(0.5)
            return
        try:
            told, complained = process.communicate(timeout=0.5)
        except subprocess.TimeoutExpired:
            return
        failed = process.returncode not in (0, 1)
        self.finished = Finished(process.returncode, _last_line(complained) if failed else told)
        self._process = None

    def close(self) -> None:
        """Ends what still runs, once nobody calls `step` any more: a calibration changes nothing, and can be begun again."""
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.communicate(timeout=_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        self._process = None


def _last_line(text: str) -> str:
    """Progress bars are drawn on the lines above."""
    return text.strip().rpartition("\n")[2].rpartition("\r")[2]
