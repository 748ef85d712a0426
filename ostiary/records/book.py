"""The records of those who are enrolled, as the doors ask for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from ostiary.errors import UnknownName
from ostiary.gallery.names import clean_name
from ostiary.records.store import RecordStore
from ostiary.records.values import Consent, Record


class RecordBook:
    """`names` are who is enrolled: only of them records are written and told."""

    def __init__(self, store: RecordStore, names: Callable[[], Collection[str]], clock: Callable[[], float] = time.time):
        self.store, self._names, self._clock = store, names, clock

    def of(self, name: str) -> Record:
        """Somebody's record, empty where nothing was written. Raises BadName and UnknownName."""
        name = clean_name(name)
        if name not in self._names():
            raise UnknownName(name)
        return self.store.get(name)

    def all(self) -> dict[str, Record]:
        """The records there are, by name."""
        return self.store.all()

    def everybody(self) -> list[Record]:
        """Of everybody who is enrolled, by name."""
        written = self.store.all()
        return [written.get(name, Record(name)) for name in sorted(self._names())]

    def write(self, record: Record, *, by: str) -> Record:
        """`record` in place of the one before. Raises BadField."""
        return self.store.put(record, at=self._clock(), by=by)

    def sweep(self) -> None:
        """Forgets the records of people who are gone: they were forgotten by a program that did not tell."""
        written = self.store.all()
        enrolled = self._names()  # after the records: who is enrolled in between must not lose theirs
        for person in written.keys() - set(enrolled) if enrolled else ():  # an empty gallery is rather a disk that is not there
            self.store.forget(person)

    def consent(self, record: Record, text: str, *, by: str, given_at: float | None = None) -> Consent:
        """That this was agreed to; the consent as it is where nothing about it is new."""
        before = record.consent
        if before is not None and before.text == text and given_at in (None, before.given_at):
            return before
        return Consent(self._clock() if given_at is None else given_at, by, text)
