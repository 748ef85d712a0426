"""What the door's gallery has no place for: pictures byte for byte as they came, and subjects without faces."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlalchemy import delete, insert, select

from ostiary.compreface.own_collection import folded
from ostiary.compreface.tables import DOOR_IMAGES, DOOR_SUBJECTS
from ostiary.database import Database
from ostiary.errors import SubjectExists
from ostiary.vault import PLAIN, Vault

_CHUNK = 500

Known = Callable[[], Collection[str] | None]
"""The image ids of all faces in the gallery; None where there is no gallery."""


class DoorShelf:
    """Belongs to the gallery, whichever service shows that."""

    def __init__(self, database: Database, *, vault: Vault = PLAIN):
        self._database, self._vault = database, vault

    def subjects(self) -> list[str]:
        with self._database.reading() as on:
            return list(on.execute(select(DOOR_SUBJECTS.c.name).order_by(DOOR_SUBJECTS.c.id)).scalars())

    def keep_subject(self, subject: str) -> None:
        """Raises SubjectExists."""
        with self._database.writing() as on:
            if on.execute(select(DOOR_SUBJECTS.c.id).where(DOOR_SUBJECTS.c.folded == folded(subject))).first() is not None:
                raise SubjectExists(subject)
            on.execute(insert(DOOR_SUBJECTS).values(name=subject, folded=folded(subject)))

    def drop_subject(self, subject: str) -> int:
        """1 where it was there, whatever its letter case."""
        if not self._there or folded(subject) not in map(folded, self.subjects()):
            return 0
        with self._database.writing() as on:
            gone = on.execute(delete(DOOR_SUBJECTS).where(DOOR_SUBJECTS.c.folded == folded(subject))).rowcount
        self._database.settle()
        return gone

    def keep_image(self, image_id: str, image: bytes, known: Known) -> None:
        """Unless the face is not among those `known` any more, by the time that it would be kept."""
        with self._database.writing() as on:
            if image_id in (known() or ()):
                on.execute(insert(DOOR_IMAGES).values(image_id=image_id, image=self._vault.seal(image)))

    def image(self, image_id: str) -> bytes | None:
        with self._database.reading() as on:
            kept = on.execute(select(DOOR_IMAGES.c.image).where(DOOR_IMAGES.c.image_id == image_id)).scalar_one_or_none()
        return None if kept is None else self._vault.open(kept)

    def sweep(self, known: Known) -> int:
        """Deletes the pictures of faces that are not among those `known`; how many those were. Where no gallery is, all stay."""
        if not self._there:
            return 0
        with self._database.reading() as on:
            kept = set(on.execute(select(DOOR_IMAGES.c.image_id)).scalars())
        if not kept or kept <= set(_or_all(known(), kept)):
            return 0
        with self._database.writing() as on:
            gone = sorted(kept - set(_or_all(known(), kept)))
            for start in range(0, len(gone), _CHUNK):
                on.execute(delete(DOOR_IMAGES).where(DOOR_IMAGES.c.image_id.in_(gone[start : start + _CHUNK])))
        self._database.settle()
        return len(gone)

    @property
    def _there(self) -> bool:
        return self._database.path.exists()  # looking makes no file


def _or_all(known: Collection[str] | None, kept: Collection[str]) -> Collection[str]:
    return kept if known is None else known
