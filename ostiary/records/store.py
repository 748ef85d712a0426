"""The records in their file, `people.db`, which several processes share and which only its owner may read."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Column, Connection, Float, MetaData, Row, String, Table, delete, insert, select, update

from ostiary.database import Database
from ostiary.errors import BadField, DatabaseUnavailable
from ostiary.records.values import Calendar, Consent, Record, Span

LONGEST_NAME, LONGEST_TEXT = 64, 4000

_TABLES = MetaData()
_PEOPLE = Table(
    "people",
    _TABLES,
    Column("person", String, primary_key=True),
    Column("display_name", String, nullable=False),
    Column("team", String, nullable=False),
    Column("notes", String, nullable=False),
    Column("valid_from", Float),
    Column("expires_at", Float),
    Column("consent_at", Float),
    Column("consent_by", String),
    Column("consent_text", String),
    Column("changed_at", Float, nullable=False),
    Column("changed_by", String, nullable=False),
)


class RecordStore:
    """A record for each person about whom something was written. A change that returned is on the disk."""

    def __init__(self, folder: Path):
        self.path = folder / "people.db"
        self._dated = folder / "people.dated"
        self._database = Database(self.path, _TABLES)

    def get(self, person: str) -> Record:
        """An empty record where nothing was ever written."""
        return self.all([person]).get(person, Record(person))

    def all(self, people: Collection[str] | None = None) -> dict[str, Record]:
        """The records there are, of everybody or of `people`, by name."""
        if not self.path.exists():  # looking makes no file
            return {}
        with self._database.reading() as on:
            if people is not None and len(people) == 1:
                rows = on.execute(select(_PEOPLE).where(_PEOPLE.c.person == next(iter(people))))
            else:
                rows = on.execute(select(_PEOPLE).order_by(_PEOPLE.c.person))
            return {row.person: _record(row) for row in rows if people is None or row.person in people}

    def calendar(self) -> Calendar:
        """From when to when people may pass. Raises DatabaseUnavailable, also where there were dates and the file is gone."""
        if not self.path.exists():
            if self._dated.exists():
                remedy = f"put it back from a backup, or delete {self._dated} to let everybody pass at any time"
                raise DatabaseUnavailable(self.path, f"it is gone, and with it the dates on which people may pass; {remedy}")
            return Calendar()
        limited = select(_PEOPLE.c.person, _PEOPLE.c.valid_from, _PEOPLE.c.expires_at).where(
            _PEOPLE.c.valid_from.is_not(None) | _PEOPLE.c.expires_at.is_not(None)
        )
        with self._database.reading() as on:
            spans = {person: Span(start, end) for person, start, end in on.execute(limited)}
        self._note_dates(bool(spans))
        return Calendar(spans)

    def _note_dates(self, are_there: bool) -> None:
        """Remembers apart from the file that it holds dates: without them, whoever has expired would pass."""
        if are_there == self._dated.exists():
            return
        with suppress(OSError):  # the dates themselves are known; the next look tries again
            self._dated.touch(mode=0o600) if are_there else self._dated.unlink(missing_ok=True)

    def put(self, record: Record, *, at: float, by: str) -> Record:
        """Writes `record` in place of the one before; as it was written. Raises BadField."""
        _check(record)
        record = replace(record, changed_at=at, changed_by=by)
        with self._database.writing() as on:
            _write(on, record)
        return record

    def lend(self, person: str, new: str) -> None:
        """Has what is written of `person` hold for `new` too, unless something does already: before anybody can pass by that name."""
        if not self.path.exists():
            return
        with self._database.writing() as on:
            found = {row.person: row for row in on.execute(select(_PEOPLE).where(_PEOPLE.c.person.in_((person, new))))}
            if person in found and new not in found:
                on.execute(insert(_PEOPLE).values({**found[person]._mapping, "person": new}))

    def take_back(self, person: str, new: str) -> None:
        """Undoes `lend`."""
        if not self.path.exists():
            return
        with self._database.writing() as on:
            found = {row.person: _record(row) for row in on.execute(select(_PEOPLE).where(_PEOPLE.c.person.in_((person, new))))}
            if len(found) == 2 and found[new] == replace(found[person], person=new):  # to the moment when it was written
                on.execute(delete(_PEOPLE).where(_PEOPLE.c.person == new))

    def rename(self, person: str, new: str) -> None:
        """Follows a person who got another name, or was joined with somebody else, whose record then stays."""
        if not self.path.exists():
            return
        with self._database.writing() as on:
            taken = on.execute(select(_PEOPLE.c.person).where(_PEOPLE.c.person == new)).first()
            here = _PEOPLE.c.person == person
            on.execute(delete(_PEOPLE).where(here) if taken else update(_PEOPLE).where(here).values(person=new))

    def forget(self, person: str) -> int:
        """Everything about a person; how many records that were."""
        if not self.path.exists():
            return 0
        with self._database.writing() as on:
            gone = on.execute(delete(_PEOPLE).where(_PEOPLE.c.person == person)).rowcount
        self._database.settle()
        return gone

    def lift(self) -> None:
        """Brings the file of an older version to this one. Raises DatabaseUnavailable, for that of a newer one too."""
        self._database.lift()

    def close(self) -> None:
        self._database.close()


def _check(record: Record) -> None:
    for field, text, longest in (
        ("display_name", record.display_name, LONGEST_NAME),
        ("group", record.group, LONGEST_NAME),
        ("notes", record.notes, LONGEST_TEXT),
        ("consent", record.consent.text if record.consent else "", LONGEST_TEXT),
    ):
        if len(text) > longest:
            raise BadField(field, f"it has {len(text)} characters, at most {longest} are possible")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise BadField(field, "it contains half a character (a lone surrogate)") from None
    start, end = record.valid.start, record.valid.end
    if start is not None and end is not None and end <= start:
        raise BadField("expires_at", "it must be later than valid_from")


def _write(on: Connection, record: Record) -> None:
    consent = record.consent
    on.execute(delete(_PEOPLE).where(_PEOPLE.c.person == record.person))
    on.execute(
        insert(_PEOPLE).values(
            person=record.person,
            display_name=record.display_name,
            team=record.group,
            notes=record.notes,
            valid_from=record.valid.start,
            expires_at=record.valid.end,
            consent_at=consent.given_at if consent else None,
            consent_by=consent.by if consent else None,
            consent_text=consent.text if consent else None,
            changed_at=record.changed_at,
            changed_by=record.changed_by,
        )
    )


def _record(row: Row) -> Record:
    consent = None if row.consent_at is None else Consent(row.consent_at, row.consent_by, row.consent_text)
    return Record(
        person=row.person,
        display_name=row.display_name,
        group=row.team,
        notes=row.notes,
        valid=Span(row.valid_from, row.expires_at),
        consent=consent,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
