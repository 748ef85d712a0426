"""What was said of decisions afterwards: that they were wrong, by whom, and who it was. They lie beside the events, which stay
as they were decided; a decision can be corrected before its event is written.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from ostiary.history.tables import CORRECTIONS, EVENTS
from ostiary.history.values import Correction, Kind, Passed

COLUMNS = tuple(column.label(f"corrected_{column.name}") for column in CORRECTIONS.c if column.name != "event")


def of(row: Row[Any]) -> Correction | None:
    """That of an event, from a row that holds COLUMNS."""
    if row.corrected_at is None:
        return None
    return Correction(row.corrected_person, row.corrected_at, row.corrected_by, row.corrected_change)


def keep(on: Connection, event_id: str, said: Correction) -> None:
    drop(on, event_id)
    on.execute(insert(CORRECTIONS).values(event=event_id, person=said.person, at=said.at, by=said.by, change=said.change))


def drop(on: Connection, event_id: str) -> None:
    on.execute(delete(CORRECTIONS).where(CORRECTIONS.c.event == event_id))


def prune(on: Connection, before: float) -> None:
    """Corrections are later than what they correct, so that none goes before its event."""
    on.execute(delete(CORRECTIONS).where(CORRECTIONS.c.at < before))


def forget_person(on: Connection, name: str) -> int:
    """Whom they named is nobody any more; that the decisions were wrong stays. How many there were."""
    return on.execute(update(CORRECTIONS).where(CORRECTIONS.c.person == name).values(person=None)).rowcount


def rename_person(on: Connection, old: str, new: str) -> None:
    on.execute(update(CORRECTIONS).where(CORRECTIONS.c.person == old).values(person=new))


def passes(on: Connection) -> dict[str, tuple[str | None, Passed]]:
    """Every PASS that was corrected, by its event's id: who it was, None where nobody says, and what the door took it for.

    The outer join looks each event up by its id; the few corrections are gone through, not the many events.
    """
    columns = (EVENTS.c.kind, EVENTS.c.person, EVENTS.c.camera, EVENTS.c.at)
    found = on.execute(
        select(CORRECTIONS.c.event, CORRECTIONS.c.person.label("was"), *columns).select_from(
            CORRECTIONS.outerjoin(EVENTS, EVENTS.c.id == CORRECTIONS.c.event)
        )
    )
    return {row.event: (row.was, Passed(row.person or "", row.camera or "", row.at, row.event)) for row in found if row.kind == Kind.PASS}
