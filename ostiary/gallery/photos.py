"""The photos that people were enrolled with, one JPEG an example, for encoding them again when the encoder changes.

A photo waits in the folder `unsure` while the gallery is about to take it in or to let it go. A program that is killed
meanwhile leaves it there, and the next one sees by the gallery what it was: so nobody's photo stays behind, and none is
deleted only because some other gallery is looked at.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from ostiary.durable import replace_whole
from ostiary.errors import GalleryUnavailable
from ostiary.vault import PLAIN, Again, Vault, at, reseal_file

_FACE_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_ABANDONED_S = 3600.0  # whatever is younger may belong to a change that is under way
_HALF_WRITTEN_S = 60.0  # the same for a file that is being written


class PhotoStore:
    """`<folder>/<face id>.jpg`, for the owner's eyes only, sealed by `vault`."""

    def __init__(self, folder: Path, *, vault: Vault = PLAIN):
        self.folder, self._vault = folder, vault
        self._unsure = folder / "unsure"

    def save(self, face_id: str, jpeg: bytes) -> None:
        """Returns when the disk has it, as one that is unsure until `settle`. Raises GalleryUnavailable and VaultError."""
        path = _file(self._unsure, face_id)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._unsure.mkdir(mode=0o700, exist_ok=True)
            replace_whole(path, self._vault.seal(jpeg))
        except OSError as error:
            raise GalleryUnavailable(path, f"the photo cannot be kept ({error.strerror})") from None

    def settle(self, face_ids: Iterable[str]) -> None:
        """The gallery has these."""
        _move(face_ids, self._unsure, self.folder)

    def unsettle(self, face_ids: Iterable[str]) -> None:
        """The gallery is about to let these go."""
        _move(face_ids, self.folder, self._unsure)

    def load(self, face_id: str) -> bytes | None:
        """The JPEG; None where none was kept. Raises VaultError where it cannot be opened."""
        for folder in (self.folder, self._unsure):
            with suppress(OSError, ValueError), at(f"the photo {face_id}"):
                return self._vault.open(_file(folder, face_id).read_bytes())
        return None

    def has(self, face_id: str) -> bool:
        return bool(_FACE_ID.fullmatch(face_id)) and any(_file(folder, face_id).exists() for folder in (self.folder, self._unsure))

    def delete(self, face_ids: Iterable[str]) -> None:
        for face_id in filter(_FACE_ID.fullmatch, face_ids):
            for folder in (self.folder, self._unsure):
                _file(folder, face_id).unlink(missing_ok=True)
                _half_written(_file(folder, face_id)).unlink(missing_ok=True)

    def sweep(self, known: Collection[str]) -> int:
        """Ends what programs that were killed left unsure: deletes what the gallery does not know. How many those were."""
        abandoned = [path for path in self._unsure.glob("*.jpg") if path.stat().st_mtime < time.time() - _ABANDONED_S]
        self.settle(path.stem for path in abandoned if path.stem in known)
        orphans = [path.stem for path in abandoned if path.stem not in known]
        self.delete(orphans)
        return len(orphans)

    def reseal(self, again: Again, locked: Callable[[], AbstractContextManager[None]]) -> int:
        """Passes every photo through `again`, each while `locked`: the gallery lets none go then. How many had to be changed."""
        changed = 0
        for path in [*self.folder.glob("*.jpg"), *self._unsure.glob("*.jpg")]:
            with locked():
                changed += reseal_file(path, again)
        for path in [*self.folder.glob(".*.jpg.new"), *self._unsure.glob(".*.jpg.new")]:
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - _HALF_WRITTEN_S:
                    path.unlink()
        return changed


def _half_written(path: Path) -> Path:
    """What a program that was killed leaves of a photo."""
    return path.with_name(f".{path.name}.new")


def _file(folder: Path, face_id: str) -> Path:
    if not _FACE_ID.fullmatch(face_id):
        raise ValueError(f"{face_id!r} is no face id")
    return folder / f"{face_id}.jpg"


def _move(face_ids: Iterable[str], source: Path, target: Path) -> None:
    for face_id in filter(_FACE_ID.fullmatch, face_ids):
        with suppress(FileNotFoundError):  # examples without a photo
            _file(source, face_id).replace(_file(target, face_id))
