"""What this room speaks of. Times are seconds since 1970.

What an event's `reason` says depends on its kind:

| kind | one for each | `reason` | `person` |
|---|---|---|---|
| `pass` | PASS | None | who passed |
| `reject` | track that never passed | a `Reason` of domain, but `unknown` | who was in question, or None |
| `visitor` | track of somebody whom nobody knows | `unknown` | None |
| `camera` | change of a camera's state | `lost`, `found`, `ended` | None |
| `webhook` | end of a webhook | `delivered`, `expired`, `failed` | who passed; `about` is the id of that PASS |
| `gallery` | change of the gallery | `enrolled`, `removed`, `renamed`, `learned`, ... | whom it was about; None where they were removed |
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ostiary.domain import Status


class Kind(StrEnum):
    PASS = "pass"
    REJECT = "reject"
    VISITOR = "visitor"
    CAMERA = "camera"
    WEBHOOK = "webhook"
    GALLERY = "gallery"

    @property
    def status(self) -> Status | None:
        """What the gate was told; None for what is no decision."""
        return {Kind.PASS: Status.PASS, Kind.REJECT: Status.REJECT, Kind.VISITOR: Status.REJECT}.get(self)


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why it was decided so: the members of `domain.Decision`, and the `threshold` and `margin` then in force.

    Where nobody is named because nobody is near enough, the runner-up is who is nearest. `seen_s` is how long the track had
    been in view, over so many `frames`.
    """

    distance: float | None = None
    runner_up: str | None = None
    runner_up_distance: float | None = None
    threshold: float | None = None
    margin: float | None = None
    votes: int = 0
    usable: int = 0
    quality: float | None = None
    liveness: float | None = None
    spoof: bool = False
    challenge: str | None = None
    problem: str | None = None
    track_id: int | None = None
    seen_s: float = 0.0
    frames: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at `at`. `id` is unique: a decision has the same one here, in its webhook and among the
    decisions that can be corrected. `words` says for people what `reason` leaves open; `by` who did it.
    """

    id: str
    at: float
    kind: Kind
    reason: str | None = None
    camera: str | None = None
    person: str | None = None
    grounds: Grounds | None = None
    words: str | None = None
    about: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Pictures:
    """JPEGs that belong to an event: the face, and the whole frame where those are kept."""

    face: bytes | None = None
    frame: bytes | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An event on its way into the history."""

    event: Event
    pictures: Pictures = Pictures()


@dataclass(frozen=True, slots=True)
class Correction:
    """What was said of a decision afterwards: it was `person`; None: not whom it named. `change` is what undoes it."""

    person: str | None
    at: float
    by: str | None
    change: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event in the history. `seq` counts in the order in which they were written, which is not quite that of time."""

    seq: int
    event: Event
    has_face: bool
    has_frame: bool
    correction: Correction | None = None

    @property
    def place(self) -> Place:
        return Place(self.event.at, self.seq)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where an event stands in the order of time; stays valid when that event is deleted."""

    at: float
    seq: int

    def __str__(self) -> str:
        return f"{self.at!r}_{self.seq}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """Raises ValueError."""
        at, separator, seq = text.partition("_")
        if not separator or not seq.isascii() or not seq.isdigit() or len(seq) > 18:
            raise ValueError("expected a place, as a page of events gives it")
        place = cls(float(at), int(seq))
        if not 0 <= place.at < 1e12:  # also refuses nan
            raise ValueError("expected a place, as a page of events gives it")
        return place


@dataclass(frozen=True, slots=True)
class Query:
    """Which events: all that meet every condition that is given. `start` is within the time asked for, `end` no more.

    `text` stands in the person's or camera's name, in the words or the problem, upper or lower case alike. `since` asks
    for what was written after the event of that `seq`.
    """

    start: float | None = None
    end: float | None = None
    person: str | None = None
    camera: str | None = None
    kinds: tuple[Kind, ...] = ()
    reasons: tuple[str, ...] = ()
    text: str | None = None
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Events, the latest first. `older` and `newer` are the places to go on from, None where nothing more is there.

    `last_seq` is the highest `seq` of the whole history: whoever follows it asks for what is written `since`.
    """

    events: tuple[Recorded, ...]
    older: Place | None
    newer: Place | None
    last_seq: int


@dataclass(frozen=True, slots=True)
class Passed:
    """A person went through at that moment, as far as is known now: what attendance is made from. `event_id` is the PASS's."""

    person: str
    camera: str
    at: float
    event_id: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many events of a kind there were from `start` on, for one hour or one local day."""

    start: float
    kind: Kind
    count: int


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is kept: events, the bytes that they take, those of the files, and since when; 0 and None where empty."""

    events: int
    used_bytes: int
    file_bytes: int
    first_at: float | None


@dataclass(frozen=True, slots=True)
class Erased:
    """What forgetting a person took away: their events' names, pictures, and where other events mentioned them."""

    events: int = 0
    pictures: int = 0
    mentions: int = 0
