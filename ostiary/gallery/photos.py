"""The photos that people were enrolled with, one JPEG an example, for encoding them again when the encoder changes."""

from __future__ import annotations

import re
import time
from collections.abc import Collection
from pathlib import Path

from ostiary.durable import replace_whole
from ostiary.errors import GalleryUnavailable

_FACE_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_ORPHAN_AGE_S = 3600.0  # younger ones may belong to an enrolment that is under way


class PhotoStore:
    """`<folder>/<face id>.jpg`, for the owner's eyes only. What is saved is pixels coded anew: no EXIF, no place, no device."""

    def __init__(self, folder: Path):
        self.folder = folder

    def save(self, face_id: str, jpeg: bytes) -> None:
        """Returns when the disk has it. Raises GalleryUnavailable."""
        path = self._path(face_id)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_whole(path, jpeg)
        except OSError as error:
            raise GalleryUnavailable(path, f"the photo cannot be kept ({error.strerror})") from None

    def load(self, face_id: str) -> bytes | None:
        """The JPEG; None where none was kept."""
        try:
            return self._path(face_id).read_bytes()
        except (OSError, ValueError):
            return None

    def delete(self, face_ids: Collection[str]) -> None:
        for face_id in face_ids:
            if _FACE_ID.fullmatch(face_id):
                self._path(face_id).unlink(missing_ok=True)

    def sweep(self, known: Collection[str]) -> int:
        """Deletes photos of faces that are not `known`, left by programs that were killed; how many there were."""
        oldest = time.time() - _ORPHAN_AGE_S
        orphans = [p for p in self.folder.glob("*.jpg") if p.stem not in known and p.stat().st_mtime < oldest]
        for path in orphans:
            path.unlink(missing_ok=True)
        return len(orphans)

    def _path(self, face_id: str) -> Path:
        if not _FACE_ID.fullmatch(face_id):
            raise ValueError(f"{face_id!r} is no face id")
        return self.folder / f"{face_id}.jpg"
