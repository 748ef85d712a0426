"""Corrections in their file, `attendance.db`, which several processes share. None is ever changed but by being undone."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

from sqlalchemy import Column, Float, Integer, MetaData, Row, String, Table, delete, insert, select, update

from ostiary.attendance.values import Act, Correction, Way
from ostiary.database import Database
from ostiary.errors import UnknownCorrection

_TABLES = MetaData()
_SAID = Table(
    "corrections",
    _TABLES,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("act", String, nullable=False),
    Column("person", String, nullable=False, index=True),
    Column("at", Float, nullable=False, index=True),
    Column("until", Float, nullable=False),
    Column("way", String),
    Column("reason", String, nullable=False),
    Column("made_at", Float, nullable=False),
    Column("made_by", String, nullable=False),
    Column("undone_at", Float),
    Column("undone_by", String, nullable=False, server_default=""),
    sqlite_autoincrement=True,  # the number of what was forgotten is never given again
)


class CorrectionStore:
    """What was said about people's time. A change that returned is on the disk."""

    def __init__(self, folder: Path):
        self.path = folder / "attendance.db"
        self._database = Database(self.path, _TABLES)

    def keep(self, said: Correction) -> Correction:
        """`said` with the number that it gets here."""
        row = {name: value for name, value in asdict(said).items() if name != "id"}
        with self._database.writing() as on:
            (number,) = on.execute(insert(_SAID).values(**row)).inserted_primary_key or (0,)
        return replace(said, id=number)

    def undo(self, correction: int, at: float, by: str) -> Correction:
        """The correction as undone; who undid it first stays. Raises UnknownCorrection."""
        here = _SAID.c.id == correction
        if not self.path.exists():
            raise UnknownCorrection(correction)
        with self._database.writing() as on:
            on.execute(update(_SAID).where(here, _SAID.c.undone_at.is_(None)).values(undone_at=at, undone_by=by))
            row = on.execute(select(_SAID).where(here)).first()
        if row is None:
            raise UnknownCorrection(correction)
        return _correction(row)

    def between(self, start: float, end: float, person: str | None = None) -> list[Correction]:
        """What was said about the time from `start` to before `end`, undone or not, in the order of the time that it is about."""
        if not self.path.exists():  # looking makes no file
            return []
        wanted = select(_SAID).where(_SAID.c.at < end, _SAID.c.until >= start).order_by(_SAID.c.at, _SAID.c.id)
        with self._database.reading() as on:
            rows = on.execute(wanted if person is None else wanted.where(_SAID.c.person == person))
            return [_correction(row) for row in rows]

    def rename(self, person: str, new: str) -> None:
        if self.path.exists():
            with self._database.writing() as on:
                on.execute(update(_SAID).where(_SAID.c.person == person).values(person=new))

    def forget(self, person: str) -> int:
        """Everything about a person; how many corrections that were."""
        if not self.path.exists():
            return 0
        with self._database.writing() as on:
            gone = on.execute(delete(_SAID).where(_SAID.c.person == person)).rowcount
        self._database.settle()
        return gone

    def lift(self) -> None:
        """Brings the file of an older version to this one. Raises DatabaseUnavailable, for that of a newer one too."""
        self._database.lift()

    def close(self) -> None:
        self._database.close()


def _correction(row: Row) -> Correction:
    way = None if row.way is None else Way(row.way)
    return Correction(
        row.id, Act(row.act), row.person, row.at, row.until, way, row.reason, row.made_at, row.made_by, row.undone_at, row.undone_by
    )
