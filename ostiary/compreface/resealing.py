"""Changing the key of everything that is sealed in `compreface.db`."""

from __future__ import annotations

from sqlalchemy import Column, Table, select, update

from ostiary.compreface.tables import DOOR_IMAGES, FACES, IMAGES, SERVICES
from ostiary.database import Database
from ostiary.vault import Again, at

_AT_ONCE = 50  # pictures, held in memory
_SEALED = (
    (SERVICES, SERVICES.c.id, SERVICES.c.key),
    (FACES, FACES.c.id, FACES.c.embedding),
    (IMAGES, IMAGES.c.image_id, IMAGES.c.image),
    (DOOR_IMAGES, DOOR_IMAGES.c.image_id, DOOR_IMAGES.c.image),
)


def reseal(database: Database, again: Again) -> int:
    """Passes every key, embedding and picture through `again`, a part at a time; how many had to be changed."""
    if not database.path.exists():  # looking makes no file
        return 0
    changed = sum(_reseal(database, *place, again) for place in _SEALED)
    if changed:
        database.settle()
    return changed


def _reseal(database: Database, table: Table, by: Column, sealed: Column, again: Again) -> int:
    changed, last = 0, None
    while True:
        with database.writing() as on:
            some = select(by, sealed).order_by(by).limit(_AT_ONCE)
            rows = on.execute(some if last is None else some.where(by > last)).all()
            for name, data in rows:
                with at(f"{database.path.name}, {table.name} {name}"):
                    new = again(data)
                if new is not None:
                    on.execute(update(table).where(by == name).values({sealed: new}))
                    changed += 1
        if len(rows) < _AT_ONCE:
            return changed
        last = rows[-1][0]
