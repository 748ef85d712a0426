"""Folders that only their owner may look into."""

from __future__ import annotations

from pathlib import Path

from ostiary.errors import SettingsError


def private(folder: Path, knob: str) -> Path:
    """`folder`, made with mode 0700 if it was missing and proved writable. Raises SettingsError naming `knob`."""
    try:
        if not folder.exists():
            folder.mkdir(mode=0o700, parents=True)
        probe = folder / ".writable"
        probe.touch(mode=0o600)
        probe.unlink()
    except OSError as error:
        remedy = f"cannot be written ({error.strerror}): give this user the right to write there, or set {knob} to another folder"
        raise SettingsError(knob, str(folder), remedy) from None
    return folder
