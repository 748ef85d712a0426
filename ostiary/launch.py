"""How a program was started, is stopped, and is started anew."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ostiary.settings import Settings

START_ME_ANEW = 75
"""The exit status for a supervisor that starts what has ended: systemd's `Restart=always` and `on-failure` both do."""


class Stop(threading.Event):
    """The one stop event, set by SIGINT and SIGTERM, and by whoever wants the program started anew.

    While a program is `starting`, which may mean minutes of downloads, nobody looks at it: then signals end that too.
    """

    starting = False
    again = False

    def on_signal(self, *_: object) -> None:
        self.again = False  # who wants it stopped does not want it back
        self.set()
        if self.starting:
            self.starting = False
            raise KeyboardInterrupt

    def restart(self) -> None:
        self.again = not self.is_set()
        self.set()


def stop_on_signals() -> Stop:
    stop = Stop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop.on_signal)
    return stop


@dataclass(frozen=True, slots=True)
class Launch:
    """What a running program must know to change its settings, start itself anew, or start a command beside itself."""

    loaded: Settings
    environ: Mapping[str, str] = field(repr=False)
    restart: Callable[[], None]
    roles: frozenset[str] = frozenset()


def start_anew() -> None:
    """Becomes the same program from its beginning: same command line, process number, folder and environment."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
