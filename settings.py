"""The settings in force: `python settings.py` prints them, secrets masked."""

from __future__ import annotations

import os
import sys

from ostiary.errors import SettingsError
from ostiary.settings import Settings, effective, load

__all__ = ["Settings", "load"]


def main() -> int:
    try:
        settings = load(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    for name, value, meaning in effective(settings):
        print(f"{name}={value:<40} # {meaning}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
