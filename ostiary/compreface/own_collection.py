"""A collection of a service's own, isolated from all others, in `compreface.db`."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from ostiary.compreface.snapshot import Rows, Snapshot, State
from ostiary.compreface.tables import FACES, IMAGES, SERVICES, SUBJECTS, new_revision
from ostiary.compreface.values import Encoded, KnownFace, Near, Page, StoredFace
from ostiary.database import Database
from ostiary.errors import EncoderMismatch, SubjectExists, UnknownImage, UnknownService, UnknownSubject
from ostiary.vault import PLAIN, Vault

_CHUNK = 500


class OwnCollection:
    """`encoder` tells the id of the encoder in force; without `keep_images`, pictures are not kept."""

    def __init__(self, database: Database, service_id: int, encoder: Callable[[], str], *, vault: Vault = PLAIN, keep_images: bool = True):
        self._database, self._service, self._encoder = database, service_id, encoder
        self._vault, self._keep_images = vault, keep_images
        self._snapshot = Snapshot()

    @property
    def encoder_id(self) -> str:
        return self._encoder()

    def subjects(self) -> list[str]:
        with self._database.reading() as on:
            return list(on.execute(select(SUBJECTS.c.name).where(SUBJECTS.c.service == self._service).order_by(SUBJECTS.c.id)).scalars())

    def create(self, subject: str) -> str:
        with self._database.writing() as on:
            if self._find(on, subject) is not None:
                raise SubjectExists(subject)
            self._add_subject(on, subject)
        return subject

    def rename(self, subject: str, new: str) -> bool:
        with self._database.writing() as on:
            old = self._require(on, subject)
            target = self._find(on, new)
            if not new or old.name == new:
                return False
            if target is None or target.id == old.id:
                on.execute(update(SUBJECTS).where(SUBJECTS.c.id == old.id).values(name=new, folded=folded(new)))
            else:
                on.execute(update(FACES).where(FACES.c.subject == old.id).values(subject=target.id))
                on.execute(delete(SUBJECTS).where(SUBJECTS.c.id == old.id))
            self._changed(on)
        return True

    def delete(self, subject: str) -> str:
        with self._database.writing() as on:
            found = self._require(on, subject)
            self._delete(on, FACES.c.subject == found.id, SUBJECTS.c.id == found.id)
        self._database.settle()
        return str(found.name)

    def delete_all(self) -> int:
        return self._delete_everything()[0]

    def add(self, subject: str, image: bytes, face: Encoded) -> StoredFace:
        image_id, encoder = str(uuid.uuid4()), self._encoder()
        embedding = np.ascontiguousarray(face.embedding, np.float32).tobytes()
        with self._database.writing() as on:
            self._require_encoder(on, encoder)
            found = self._find(on, subject)
            owner = self._add_subject(on, subject) if found is None else found.id
            row = {"image_id": image_id, "service": self._service, "subject": owner, "encoder": encoder}
            on.execute(insert(FACES).values(**row, embedding=self._vault.seal(embedding)))
            if self._keep_images:
                on.execute(insert(IMAGES).values(image_id=image_id, service=self._service, image=self._vault.seal(image)))
            self._changed(on, only_added=True)
        return StoredFace(image_id, subject)

    def page(self, number: int, size: int, subject: str | None = None) -> Page:
        within, joined = FACES.c.service == self._service, FACES.join(SUBJECTS)
        counted = select(func.count()).select_from(FACES)
        if subject is not None:
            within &= SUBJECTS.c.name == subject
            counted = select(func.count()).select_from(joined)
        with self._database.reading() as on:
            total = on.execute(counted.where(within)).scalar_one()
            if number * size >= total:  # also keeps the product within what SQLite can count
                return Page((), number, size, total)
            chosen = select(FACES.c.image_id, SUBJECTS.c.name).select_from(joined).where(within).order_by(FACES.c.id)
            faces = tuple(StoredFace(*row) for row in on.execute(chosen.limit(size).offset(number * size)))
        return Page(faces, number, size, total)

    def remove(self, image_id: str) -> StoredFace:
        removed = self.remove_many([image_id])
        if not removed:
            raise UnknownImage(image_id)
        return removed[0]

    def remove_many(self, image_ids: Sequence[str]) -> list[StoredFace]:
        wanted = list(dict.fromkeys(image_ids))
        found: dict[str, StoredFace] = {}
        with self._database.writing() as on:
            for start in range(0, len(wanted), _CHUNK):
                mine = (FACES.c.service == self._service) & FACES.c.image_id.in_(wanted[start : start + _CHUNK])
                for row in on.execute(select(FACES.c.image_id, SUBJECTS.c.name).select_from(FACES.join(SUBJECTS)).where(mine)):
                    found[row.image_id] = StoredFace(*row)
                self._delete(on, mine)
        if found:
            self._database.settle()
        return [found[image_id] for image_id in wanted if image_id in found]

    def remove_of(self, subject: str | None) -> int:
        if subject is None:
            return self._delete_everything()[1]
        with self._database.writing() as on:
            found = self._find(on, subject)
            if found is None:
                return 0
            faces = self._delete(on, FACES.c.subject == found.id, SUBJECTS.c.id == found.id)
        self._database.settle()
        return faces

    def image(self, image_id: str) -> bytes | None:
        with self._database.reading() as on:
            mine = (IMAGES.c.service == self._service) & (IMAGES.c.image_id == image_id)
            kept = on.execute(select(IMAGES.c.image).where(mine)).scalar_one_or_none()
        return None if kept is None else self._vault.open(kept)

    def nearest(self, embedding: np.ndarray, count: int) -> list[Near]:
        return self._rows().nearest(embedding, self._encoder(), count)

    def known(self, image_id: str) -> KnownFace:
        with self._database.reading() as on:
            mine = (FACES.c.service == self._service) & (FACES.c.image_id == image_id)
            chosen = select(FACES.c.embedding, FACES.c.encoder, SUBJECTS.c.name).select_from(FACES.join(SUBJECTS)).where(mine)
            row = on.execute(chosen).first()
        if row is None:
            raise UnknownImage(image_id)
        if row.encoder != (encoder := self._encoder()):
            raise EncoderMismatch(row.encoder, encoder)
        return KnownFace(image_id, row.name, self._opened(row.embedding))

    def _rows(self) -> Rows:
        """Everybody in this collection, as of now."""
        with self._database.reading() as on:
            service = on.execute(select(SERVICES.c.revision, SERVICES.c.upheaval).where(SERVICES.c.id == self._service)).first()
            if service is None:
                return Rows()
            known = self._snapshot.rows
            if known.state.revision == service.revision:
                return known
            last = known.state.last if known.state.upheaval == service.upheaval else 0
            chosen = select(FACES.c.id, FACES.c.image_id, FACES.c.encoder, SUBJECTS.c.name).select_from(FACES.join(SUBJECTS))
            found = on.execute(chosen.where(FACES.c.service == self._service, FACES.c.id > last).order_by(FACES.c.id)).all()
            faces = [(image_id, encoder, name) for _, image_id, encoder, name in found]

            def load(image_ids: Sequence[str]) -> dict[str, np.ndarray]:
                stored = on.execute(select(FACES.c.image_id, FACES.c.embedding).where(FACES.c.image_id.in_(image_ids)))
                return {image_id: self._opened(embedding) for image_id, embedding in stored}

            state = State(service.revision, service.upheaval, found[-1].id if found else last)
            return self._snapshot.follow(state, faces, load, after=known if last else None)

    def _opened(self, embedding: bytes) -> np.ndarray:
        return np.frombuffer(self._vault.open(embedding), np.float32)

    def _find(self, on: Connection, subject: str) -> Row | None:
        return on.execute(select(SUBJECTS).where(SUBJECTS.c.service == self._service, SUBJECTS.c.folded == folded(subject))).first()

    def _require(self, on: Connection, subject: str) -> Row:
        found = self._find(on, subject)
        if found is None:
            raise UnknownSubject(subject)
        return found

    def _require_encoder(self, on: Connection, encoder: str) -> None:
        for end in (func.min, func.max):  # which the index knows at once
            other = on.execute(select(end(FACES.c.encoder)).where(FACES.c.service == self._service)).scalar_one()
            if other not in (None, encoder):
                raise EncoderMismatch(other, encoder)

    def _add_subject(self, on: Connection, subject: str) -> int:
        if on.execute(select(SERVICES.c.id).where(SERVICES.c.id == self._service)).first() is None:  # it was deleted just now
            raise UnknownService(self._service)
        made = insert(SUBJECTS).values(service=self._service, name=subject, folded=folded(subject))
        return int(on.execute(made.returning(SUBJECTS.c.id)).scalar_one())

    def _delete(self, on: Connection, faces: Any, subjects: Any = None) -> int:
        """Faces with their pictures, then subjects; how many faces those were."""
        on.execute(delete(IMAGES).where(IMAGES.c.image_id.in_(select(FACES.c.image_id).where(faces))))
        gone = on.execute(delete(FACES).where(faces)).rowcount
        if subjects is not None:
            on.execute(delete(SUBJECTS).where(subjects))
        self._changed(on)
        return gone

    def _delete_everything(self) -> tuple[int, int]:
        """How many subjects and faces that were."""
        with self._database.writing() as on:
            subjects = on.execute(select(func.count()).where(SUBJECTS.c.service == self._service)).scalar_one()
            faces = self._delete(on, FACES.c.service == self._service, SUBJECTS.c.service == self._service)
        self._database.settle()
        return subjects, faces

    def _changed(self, on: Connection, *, only_added: bool = False) -> None:
        drawn = {"revision": new_revision()} if only_added else {"revision": new_revision(), "upheaval": new_revision()}
        if not on.execute(update(SERVICES).where(SERVICES.c.id == self._service).values(**drawn)).rowcount:
            raise UnknownService(self._service)


def folded(subject: str) -> str:
    """By which subjects are one: whatever the letter case, and however letters with marks are composed."""
    return unicodedata.normalize("NFC", subject).lower()
