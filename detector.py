"""The camera daemon: cameras to faces to decisions to webhook and stream."""

import sys

from ostiary.cli import program

if __name__ == "__main__":
    sys.exit(program("detect"))
