"""What the routes of the history take and answer."""

from __future__ import annotations

from datetime import tzinfo
from typing import Literal

from pydantic import Field

from ostiary.errors import BadField
from ostiary.history.values import Kind, Place, Query
from ostiary.local_time import moment
from ostiary.web.describe import Model


class Which(Model):
    """All conditions that are given must hold."""

    start: str | None = Field(None, max_length=40, description="a local date, or a local time in ISO 8601; an offset may follow")
    end: str | None = Field(None, max_length=40, description="the same; a date is meant with all its day, a time is not included itself")
    name: str | None = Field(None, max_length=64, description="whom it is about")
    camera: str | None = Field(None, max_length=200)
    kind: str | None = Field(
        None, max_length=100, description="one or several of pass, reject, visitor, camera, webhook, gallery, comma-separated"
    )
    reason: str | None = Field(None, max_length=200, description="one or several, comma-separated, such as spoof,low_quality or lost")
    text: str | None = Field(None, max_length=100, description="stands in the name, the camera's name or the words, in any case")

    def query(self, zone: tzinfo, since: int | None = None) -> Query:
        """Raises BadField."""
        return Query(
            moment(self.start, zone, field="start") if self.start else None,
            moment(self.end, zone, field="end", end_of_day=True) if self.end else None,
            self.name or None,
            self.camera or None,
            tuple(_kind(word) for word in _words(self.kind)),
            _words(self.reason),
            self.text or None,
            since,
        )


class PageQuery(Which):
    limit: int = Field(50, ge=1, le=200)
    before: str | None = Field(None, max_length=60, description="the page after this one: what `older` of a page said")
    after: str | None = Field(None, max_length=60, description="the page before this one: what `newer` of a page said")
    since: int | None = Field(
        None, ge=0, le=2**53, description="only what was written after the event with that `seq`, to follow what happens"
    )

    def places(self) -> tuple[Place | None, Place | None]:
        """`before` and `after`. Raises BadField."""
        if self.before and self.after:
            raise BadField("after", "send before or after, not both")
        return _place(self.before, "before"), _place(self.after, "after")


class SummaryQuery(Which):
    by: Literal["hour", "day"] = "day"


class GroundsTold(Model):
    """Why it was decided so. Distances are in the encoder's unit, smaller is closer; quality and liveness are 0 to 1."""

    distance: float | None
    runner_up: str | None = Field(description="who else is near; with the reason unknown, who is nearest, and too far")
    runner_up_distance: float | None
    threshold: float | None = Field(description="then in force: at most this far was accepted")
    margin: float | None = Field(description="then in force: by so much the runner-up had to be farther")
    votes: int = Field(description="frames that named the person, of `usable` ones")
    usable: int
    quality: float | None
    liveness: float | None
    spoof: bool
    challenge: str | None
    problem: str | None
    track_id: int | None
    seen_s: float = Field(description="how long the face had been in view")
    frames: int = Field(description="in how many frames")


class CorrectionTold(Model):
    """A decision was wrong, as somebody has said. Attendance goes by this; the event stays as it was decided."""

    name: str | None = Field(description="who it was; null: not whom the decision named")
    at: int = Field(description="when that was said, ms since 1970")
    by: str | None = Field(description="who said so")
    change: int = Field(description="POST /corrections/<change>/undo takes it back")


class EventTold(Model):
    """Something that happened. Of a decision, `id` is the event_id that its webhook and corrections know."""

    id: str
    seq: int = Field(description="counts in the order of writing")
    at: int = Field(description="ms since 1970")
    time: str = Field(description="the same by the local clock, ISO 8601")
    kind: str = Field(description="pass, reject, visitor (somebody unknown), camera, webhook, gallery")
    status: str | None = Field(description="PASS or REJECT, null for what is no decision")
    reason: str | None = Field(
        description="of a reject why; of a camera lost, found, ended; of a webhook delivered, expired, failed; of the gallery what was done"
    )
    camera: str | None
    name: str | None
    words: str | None = Field(description="what is to be said beside")
    about: str | None = Field(description="of a webhook, the id of its PASS")
    by: str | None = Field(description="who changed the gallery")
    face: bool = Field(description="whether there is a picture of the face")
    frame: bool = Field(description="whether there is one of the whole frame")
    grounds: GroundsTold | None
    correction: CorrectionTold | None = Field(description="what was said of a decision that was wrong; null while nobody has said so")


class EventsTold(Model):
    events: list[EventTold] = Field(description="the latest first")
    older: str | None = Field(description="ask with before=... for what came before; null: nothing did")
    newer: str | None = Field(description="ask with after=... for what came after; null: nothing is known of")
    last_seq: int = Field(description="of the whole history: ask with since=... for what is written from now on")


class CountsTold(Model):
    """How many there were, by kind."""

    at: int = Field(description="when the hour or day begins, ms since 1970")
    time: str = Field(description="the same by the local clock, ISO 8601")
    passes: int
    rejects: int
    visitors: int
    cameras: int
    webhooks: int
    gallery: int


class SummaryTold(Model):
    by: str
    counts: list[CountsTold] = Field(description="every hour or day, the earliest first, also those without events")


class WrongBody(Model):
    name: str | None = Field(None, description="who it was; left out: not who the decision said")
    force: bool = Field(False, description="even where the face is known under another name")


def _kind(word: str) -> Kind:
    try:
        return Kind(word)
    except ValueError:
        raise BadField("kind", f"expected some of {', '.join(Kind)}") from None


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())


def _place(text: str | None, field: str) -> Place | None:
    try:
        return Place.parse(text) if text else None
    except ValueError as error:
        raise BadField(field, str(error)) from None
