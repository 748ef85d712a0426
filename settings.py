"""The settings in force: `python settings.py` prints them, secrets masked."""

import sys

from ostiary.settings import Settings, load

__all__ = ["Settings", "load"]

if __name__ == "__main__":
    from ostiary.cli import program

    sys.exit(program("settings"))
