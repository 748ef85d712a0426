"""The HTTP API: enrolment, management and the page."""

import sys

from ostiary.cli import program

if __name__ == "__main__":
    sys.exit(program("api"))
