"""`ostiary` as a person types it: a real process in a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Terminal:
    """Runs `ostiary` with arguments and settings: `terminal("faces", LOG_LEVEL="ERROR")`."""

    folder: Path

    def __call__(self, *arguments: object, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "ostiary.cli", *map(str, arguments)],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), **env},
            capture_output=True,
            text=True,
            timeout=120,
        )
