"""What this room speaks of. Times are seconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ostiary.domain import Reason, Status


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One usable look at a face: its float32 encoding and how good it was, 0 to 1."""

    encoding: np.ndarray
    quality: float


@dataclass(frozen=True, slots=True, eq=False)
class Encounter:
    """What one track came to, told once: a PASS, or how a track that never passed ended.

    `looks` are its best few, all encoded by `encoder_id`; `picture` is the face cut out of the frame of the best one.
    """

    decision_id: str
    camera: str
    status: Status
    reason: Reason | None
    person: str | None
    distance: float | None
    first_at: float
    last_at: float
    encoder_id: str
    looks: tuple[Look, ...]
    picture: np.ndarray | None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody unknown who was seen `seen` times. An `ignored` one is a negative of the gallery."""

    id: int
    seen: int
    first_at: float
    last_at: float
    camera: str
    ignored: bool
    encoder_id: str

    @property
    def label(self) -> str:
        return label_of(self.id)


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """A decision that can still be corrected. `corrected_by` is the change that did."""

    id: str
    at: float
    camera: str
    status: Status
    reason: Reason | None
    person: str | None
    distance: float | None
    visitor: int | None
    corrected_by: int | None
    encoder_id: str


@dataclass(frozen=True, slots=True)
class Change:
    """Something the owner said, and what it led to; `undone_at` None while it is in force."""

    id: int
    at: float
    kind: str  # name, merge, ignore, correct
    visitor: int | None
    decision: str | None
    person: str | None
    undone_at: float | None
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Stranger:
    """A visitor's label and encodings, (n, d): for whoever measures how near strangers come."""

    label: str
    encodings: np.ndarray


def label_of(visitor_id: int) -> str:
    return f"visitor {visitor_id}"
