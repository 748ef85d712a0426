"""Files that survive a power cut, and that only their owner may read."""

from __future__ import annotations

import os
from pathlib import Path


def write_through(path: Path, data: bytes) -> None:
    """Writes `path` with mode 0600 and returns when the disk has it. Interrupted, it leaves a part: see `replace_whole`."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace_whole(path: Path, data: bytes) -> None:
    """Makes `data` the content of `path`: at any time, whatever happens, the file has its old content or the new."""
    new = path.with_name(f".{path.name}.new")
    try:
        write_through(new, data)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Returns when the disk has the names in `folder`."""
    if os.name != "posix":  # elsewhere a folder cannot be opened, and renames are written with the file
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
