"""Memory that large pictures took goes back to the system."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
LARGE_BYTES = 4_000_000
SPARE_BYTES = 2 * LARGE_BYTES
"""What each arena keeps for the next small blocks. Setting the other bound pins this one to 128 kB, and then every frame of
video would be taken from the system and given back anew."""

ARENAS = 2
"""Shared by all threads. With glibc's eight to a core, the API kept 50 MB more after 60 recognitions by 8 clients, and was no quicker."""


def give_back_large_blocks() -> None:
    """Has glibc take each large block from the system and give it back at once.

    By itself it learns to keep blocks of up to 32 MB, for each thread apart: one large picture in each of the API's
    threads would leave a gigabyte taken for ever. Elsewhere nothing is done.
    """
    if sys.platform == "linux":
        with suppress(AttributeError):  # another C library
            library = ctypes.CDLL(None)
            library.mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
            library.mallopt(_M_TRIM_THRESHOLD, SPARE_BYTES)
            library.mallopt(_M_ARENA_MAX, ARENAS)
