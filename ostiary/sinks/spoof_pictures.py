"""The pictures of who tried with a picture: a folder that is its owner's alone, bounded, and sealed where a key is set."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path

from ostiary.durable import replace_whole
from ostiary.vault import PLAIN, Again, Vault, reseal_file

KEPT = 200
"""Pictures; the oldest go first."""

_TAGGED = re.compile(r"_([0-9a-f]{12})\.jpg")


class SpoofPictures:
    """Files named by time, camera, track and a tag of whom the face was taken for, so that it goes when they are forgotten."""

    def __init__(self, folder: Path, kept: int = KEPT, *, vault: Vault = PLAIN):
        self._folder, self._kept, self._vault = folder, kept, vault

    def save(self, captured_at: float, camera: str, track_id: int, person: str | None, jpeg: bytes) -> Path:
        """Where it is now. Raises OSError and VaultError."""
        path = self._folder / f"{_stamp(captured_at)}_{camera}_{track_id}_{_tag(person)}.jpg"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_whole(path, self._vault.seal(jpeg))
        for old in sorted(self._folder.glob("*.jpg"))[: -self._kept]:
            old.unlink(missing_ok=True)
        return path

    def forget_person(self, name: str) -> int:
        """Deletes the pictures that were taken for `name`, and old ones that do not tell; how many."""
        gone = [path for path in self._folder.glob("*.jpg") if (found := _TAGGED.search(path.name)) is None or found[1] == _tag(name)]
        for path in [*gone, *self._folder.glob(".*.new")]:  # the latter are what programs that were killed left
            path.unlink(missing_ok=True)
        return len(gone)

    def rename_person(self, old: str, new: str) -> None:
        for path in self._folder.glob(f"*_{_tag(old)}.jpg"):
            path.rename(path.with_name(path.name.replace(f"_{_tag(old)}.jpg", f"_{_tag(new)}.jpg")))

    def reseal(self, again: Again) -> int:
        """Passes every picture through `again`; how many had to be changed."""
        return sum(reseal_file(path, again) for path in sorted(self._folder.glob("*.jpg")))


def _stamp(captured_at: float) -> str:
    """Sorts by time, and is a file's name everywhere."""
    return datetime.fromtimestamp(captured_at, UTC).strftime("%Y%m%dT%H%M%S.%fZ")


def _tag(person: str | None) -> str:
    return hashlib.blake2s((person or "").encode(), digest_size=6).hexdigest()
