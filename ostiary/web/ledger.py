"""What the house keeps in writing about people: their records, and when they were here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import Blueprint

from ostiary.attendance.book import AttendanceBook
from ostiary.attendance.words import Label
from ostiary.records.book import RecordBook
from ostiary.web import attendance, records


@dataclass(frozen=True)
class Ledger:
    """The built things; `names` are who is enrolled."""

    records: RecordBook
    attendance: AttendanceBook
    names: Callable[[], list[str]]

    def blueprints(self) -> Iterator[Blueprint]:
        yield records.blueprint(self.records, self.attendance.rules.zone)
        yield attendance.blueprint(self.attendance, self._labels, self.names)

    def _labels(self) -> dict[str, Label]:
        return {name: Label(record.shown, record.group) for name, record in self.records.all().items()}
