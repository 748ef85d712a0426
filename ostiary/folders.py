"""Folders that only their owner may look into."""

from __future__ import annotations

from pathlib import Path

from ostiary.errors import SettingsError


def private(folder: Path, knob: str) -> Path:
    """`folder`, proved writable. Raises SettingsError naming `knob`.

    Made with mode 0700 if it was missing, and given that if nothing is in it yet; a folder with content may be shared
    on purpose, and is left as it is.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if all(entry.name.startswith(".") for entry in folder.iterdir()):
            folder.chmod(0o700)
        probe = folder / ".writable"
        probe.touch(mode=0o600)
        probe.unlink(missing_ok=True)  # another program may be looking at the same time
    except OSError as error:
        remedy = f"cannot be written ({error.strerror}): give this user the right to write there, or set {knob} to another folder"
        raise SettingsError(knob, str(folder), remedy) from None
    return folder
