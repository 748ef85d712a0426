"""What this room speaks of. Times are seconds since 1970."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ostiary.domain import Reason


class Standing(StrEnum):
    """Whether a person may pass at some moment, as far as dates go."""

    VALID = "valid"
    NOT_YET = "not_yet"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` on, and no more from `end` on; None is without a limit."""

    start: float | None = None
    end: float | None = None

    def standing(self, at: float) -> Standing:
        if self.start is not None and at < self.start:
            return Standing.NOT_YET
        return Standing.EXPIRED if self.end is not None and at >= self.end else Standing.VALID


@dataclass(frozen=True, slots=True)
class Consent:
    """That a person has agreed to being recognised: when, who wrote it down, and what was agreed to."""

    given_at: float
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """All that is written down about `person`, who is enrolled under that name. Empty where nobody ever wrote anything."""

    person: str
    display_name: str = ""
    group: str = ""
    notes: str = ""
    valid: Span = Span()
    consent: Consent | None = None
    changed_at: float | None = None
    changed_by: str = ""

    @property
    def shown(self) -> str:
        """The name for people to read."""
        return self.display_name or self.person


@dataclass(frozen=True, slots=True)
class Calendar:
    """Who may pass when, at one moment of the store: immutable, for the pipeline. Where it is not `known`, nobody may."""

    spans: Mapping[str, Span] = field(default_factory=dict)
    known: bool = True

    def objection(self, person: str, at: float) -> Reason | None:
        """Why `person` may not pass at `at`, or None."""
        if not self.known:
            return Reason.SCHEDULE
        span = self.spans.get(person)
        return None if span is None or span.standing(at) is Standing.VALID else Reason.SCHEDULE

    def expired(self, before: float) -> list[str]:
        """Who had expired by then already, by name."""
        return sorted(person for person, span in self.spans.items() if (math.inf if span.end is None else span.end) <= before)
