"""What the door's gallery has no place for: pictures byte for byte as they came, and subjects without faces."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from ostiary.compreface.own_collection import folded
from ostiary.compreface.tables import IMAGES, SERVICES, SUBJECTS
from ostiary.compreface.values import Kind
from ostiary.database import Database
from ostiary.errors import SubjectExists
from ostiary.vault import PLAIN, Vault

_CHUNK = 500


class DoorShelf:
    """Belongs to the service that was made with the file; is empty, and stays so, where that is gone."""

    def __init__(self, database: Database, *, vault: Vault = PLAIN):
        self._database, self._vault = database, vault

    def subjects(self) -> list[str]:
        with self._database.reading() as on:
            return list(on.execute(select(SUBJECTS.c.name).where(SUBJECTS.c.service == _service(on)).order_by(SUBJECTS.c.id)).scalars())

    def keep_subject(self, subject: str) -> None:
        """Raises SubjectExists."""
        with self._database.writing() as on:
            if on.execute(select(SUBJECTS.c.id).where(_named(on, subject))).first() is not None:
                raise SubjectExists(subject)
            on.execute(insert(SUBJECTS).values(service=_service(on), name=subject, folded=folded(subject)))

    def drop_subject(self, subject: str) -> int:
        """1 where it was there, whatever its letter case."""
        if not self._there or not any(folded(subject) == folded(kept) for kept in self.subjects()):
            return 0
        with self._database.writing() as on:
            gone = on.execute(delete(SUBJECTS).where(_named(on, subject))).rowcount
        self._database.settle()
        return gone

    def keep_image(self, image_id: str, image: bytes, known: Callable[[], Collection[str]]) -> None:
        """Unless the face is not among those `known` any more, by the time that it would be kept."""
        with self._database.writing() as on:
            if image_id in known():
                on.execute(insert(IMAGES).values(image_id=image_id, service=_service(on), image=self._vault.seal(image)))

    def image(self, image_id: str) -> bytes | None:
        with self._database.reading() as on:
            mine = (IMAGES.c.service == _service(on)) & (IMAGES.c.image_id == image_id)
            kept = on.execute(select(IMAGES.c.image).where(mine)).scalar_one_or_none()
        return None if kept is None else self._vault.open(kept)

    def sweep(self, known: Callable[[], Collection[str]]) -> int:
        """Deletes the pictures of faces that are not among those `known`; how many those were."""
        if not self._there:
            return 0
        with self._database.reading() as on:
            kept = set(on.execute(select(IMAGES.c.image_id).where(IMAGES.c.service == _service(on))).scalars())
        if kept <= set(known()):
            return 0
        with self._database.writing() as on:
            gone = sorted(kept - set(known()))
            for start in range(0, len(gone), _CHUNK):
                on.execute(delete(IMAGES).where(IMAGES.c.image_id.in_(gone[start : start + _CHUNK])))
        self._database.settle()
        return len(gone)

    @property
    def _there(self) -> bool:
        return self._database.path.exists()  # looking makes no file


def _service(on: Connection) -> int | None:
    first = SERVICES.c.first & (SERVICES.c.kind == Kind.RECOGNITION.value)
    return on.execute(select(SERVICES.c.id).where(first)).scalar_one_or_none()


def _named(on: Connection, subject: str) -> ColumnElement[bool]:
    return (SUBJECTS.c.service == _service(on)) & (SUBJECTS.c.folded == folded(subject))
