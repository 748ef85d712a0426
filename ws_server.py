"""The broadcast server: events and frames to every subscriber."""

import sys

from ostiary.cli import program

if __name__ == "__main__":
    sys.exit(program("ws"))
