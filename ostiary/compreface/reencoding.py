"""Encoding the faces of all services again, when the encoder changed, from the pictures that were kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Row, delete, select, update

from ostiary.compreface.tables import FACES, IMAGES, SERVICES, SUBJECTS, new_revision
from ostiary.database import Database
from ostiary.errors import InputError
from ostiary.vault import PLAIN, Vault

Progress = Callable[[Sequence[int]], Iterable[int]]


@dataclass(frozen=True, slots=True)
class Reencoded:
    """`lost` says of each face that could not be encoded why; while there are any, nothing is `written` unless asked for."""

    encoded: int
    lost: tuple[str, ...]
    written: bool


def reencode(
    database: Database,
    encoder_id: str,
    encode: Callable[[bytes], np.ndarray],
    *,
    vault: Vault = PLAIN,
    progress: Progress = iter,
    drop_lost: bool = False,
) -> Reencoded:
    """`encode` makes an embedding of a picture, or raises InputError. What has that encoder's already stays as it is."""
    if not database.path.exists():  # looking makes no file
        return Reencoded(0, (), True)
    foreign = FACES.c.encoder != encoder_id
    with database.reading() as on:
        wanted = on.execute(select(FACES.c.id).where(foreign).order_by(FACES.c.id)).scalars().all()
    done: dict[int, bytes] = {}
    lost: dict[int, str] = {}
    for face_id in progress(wanted):
        row = _face(database, face_id)
        if row is None:
            continue
        try:
            done[face_id] = np.ascontiguousarray(encode(_picture(row, vault)), np.float32).tobytes()
        except InputError as error:
            lost[face_id] = f"{row.name}, {row.image_id}: {error}"
    if lost and not drop_lost:
        return Reencoded(0, tuple(lost.values()), written=False)
    with database.writing() as on:
        for face_id, embedding in done.items():
            on.execute(update(FACES).where(FACES.c.id == face_id).values(encoder=encoder_id, embedding=vault.seal(embedding)))
        for face_id in lost:
            on.execute(delete(IMAGES).where(IMAGES.c.image_id.in_(select(FACES.c.image_id).where(FACES.c.id == face_id))))
            on.execute(delete(FACES).where(FACES.c.id == face_id))
        for service in on.execute(select(SERVICES.c.id)).scalars().all():
            on.execute(update(SERVICES).where(SERVICES.c.id == service).values(revision=new_revision(), upheaval=new_revision()))
    if done or lost:
        database.settle()
    return Reencoded(len(done), tuple(lost.values()), written=True)


def _face(database: Database, face_id: int) -> Row | None:
    """None where it was deleted meanwhile."""
    with database.reading() as on:
        joined = FACES.join(SUBJECTS).outerjoin(IMAGES, IMAGES.c.image_id == FACES.c.image_id)
        chosen = select(FACES.c.image_id, SUBJECTS.c.name, IMAGES.c.image).select_from(joined)
        return on.execute(chosen.where(FACES.c.id == face_id)).first()


def _picture(row: Row, vault: Vault) -> bytes:
    if row.image is None:
        raise InputError("no picture was kept")
    return vault.open(row.image)
