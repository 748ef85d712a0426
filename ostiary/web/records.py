"""What is written down about people: consent, notes, and from when to when they may pass."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import tzinfo
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import Field

from ostiary.errors import BadField
from ostiary.local_time import moment
from ostiary.records.book import RecordBook
from ostiary.records.store import LONGEST_NAME, LONGEST_TEXT
from ostiary.records.values import Consent, Record, Span, Standing
from ostiary.scopes import Scope
from ostiary.web.audit import about, audited
from ostiary.web.auth import asking, needs
from ostiary.web.describe import Model, described

Moment = int | str | None

_LATEST = 253402214400000  # ms: the year 9999 ends a day later, in every zone


class ConsentTold(Model):
    given_at: int = Field(description="ms since 1970")
    by: str = Field(description="who wrote it down")
    text: str = Field(description="what was agreed to")


class RecordTold(Model):
    name: str
    display_name: str = Field(description="the name for people to read; empty: the same")
    group: str
    notes: str
    valid_from: int | None = Field(description="ms since 1970; before, they do not pass")
    expires_at: int | None = Field(description="ms since 1970; from then on, they do not pass")
    standing: Standing = Field(description="whether they may pass now, as far as these dates go")
    consent: ConsentTold | None
    changed_at: int | None
    changed_by: str


class ConsentBody(Model):
    text: str = Field(min_length=1, max_length=LONGEST_TEXT, description="what was agreed to, and how")
    given_at: Moment = Field(None, description="ms since 1970, or an ISO 8601 date or time; null: now")


class RecordBody(Model):
    """Members left out stay as they are; null clears."""

    display_name: str | None = Field(None, max_length=LONGEST_NAME)
    group: str | None = Field(None, max_length=LONGEST_NAME)
    notes: str | None = Field(None, max_length=LONGEST_TEXT)
    valid_from: Moment = Field(None, description="ms since 1970, or an ISO 8601 time; of a date, its beginning")
    expires_at: Moment = Field(None, description="ms since 1970, or an ISO 8601 time; of a date, its end")
    consent: ConsentBody | None = None


def blueprint(book: RecordBook, zone: tzinfo) -> Blueprint:
    pages = Blueprint("records", __name__)

    @pages.get("/records")
    @needs(Scope.READ)
    @described("people", answer=list[RecordTold])
    def everybody() -> ResponseReturnValue:
        """Every record there is; of who is not among them, nothing was ever written."""
        return jsonify([record_told(record) for record in book.all().values()])

    @pages.get("/people/<path:name>/record")
    @needs(Scope.READ)
    @described("people", answer=RecordTold, errors=("bad_name", "unknown_name"))
    def told(name: str) -> ResponseReturnValue:
        """Somebody's record."""
        return jsonify(record_told(book.of(name)))

    @pages.put("/people/<path:name>/record")
    @needs(Scope.ENROL)
    @audited("person.record")
    @described("people", json=RecordBody, answer=RecordTold, errors=("bad_name", "unknown_name"))
    def write(name: str) -> ResponseReturnValue:
        """Changes somebody's record. Who is expired, or not yet valid, is rejected with `schedule` within a second."""
        body: RecordBody = request.context.json  # type: ignore[attr-defined]
        record = book.write(_changed(book, book.of(name), body, zone), by=asking().name)
        about(record.person, ", ".join(sorted(body.model_fields_set)))
        return jsonify(record_told(record))

    return pages


def record_told(record: Record) -> dict[str, Any]:
    consent = record.consent
    return {
        "name": record.person,
        "display_name": record.display_name,
        "group": record.group,
        "notes": record.notes,
        "valid_from": _ms(record.valid.start),
        "expires_at": _ms(record.valid.end),
        "standing": record.valid.standing(time.time()).value,
        "consent": consent and {"given_at": _ms(consent.given_at), "by": consent.by, "text": consent.text},
        "changed_at": _ms(record.changed_at),
        "changed_by": record.changed_by,
    }


def _changed(book: RecordBook, record: Record, body: RecordBody, zone: tzinfo) -> Record:
    given, valid, consent = body.model_fields_set, record.valid, record.consent
    if "valid_from" in given:
        valid = Span(_at(body.valid_from, zone, "valid_from"), valid.end)
    if "expires_at" in given:
        valid = Span(valid.start, _at(body.expires_at, zone, "expires_at", end_of_day=True))
    if "consent" in given:
        consent = _consent(book, record, body.consent, zone) if body.consent else None
    return replace(
        record,
        display_name=(body.display_name or "").strip() if "display_name" in given else record.display_name,
        group=(body.group or "").strip() if "group" in given else record.group,
        notes=body.notes or "" if "notes" in given else record.notes,
        valid=valid,
        consent=consent,
    )


def _consent(book: RecordBook, record: Record, body: ConsentBody, zone: tzinfo) -> Consent:
    return book.consent(record, body.text, by=asking().name, given_at=_at(body.given_at, zone, "consent.given_at"))


def _at(value: Moment, zone: tzinfo, field: str, *, end_of_day: bool = False) -> float | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return moment(value, zone, field=field, end_of_day=end_of_day)
    if not 0 <= value <= _LATEST:
        raise BadField(field, "expected milliseconds since 1970")
    return value / 1000


def _ms(at: float | None) -> int | None:
    return None if at is None else round(at * 1000)
