"""The values that travel between rooms, and the shapes of the stages that make them.

Said once, here: images are BGR `uint8` arrays of shape (height, width, 3); boxes are `(x1, y1, x2, y2)` in pixels
of the whole frame; a *distance* is in the encoder's own unit and smaller is closer; times named `at` are seconds of
the monotonic clock (one clock for all processes of a machine), times named `..._at` otherwise are seconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np

Box = tuple[int, int, int, int]

Crop = Any
"""A face as its encoder takes it: a square BGR uint8 array, or for an encoder of several networks a tuple of them."""


class Status(StrEnum):
    """What a frame shows to the gate."""

    PASS = "PASS"
    REJECT = "REJECT"
    NO_FACE = "NO_FACE"


class Reason(StrEnum):
    """Why a face is rejected."""

    UNKNOWN = "unknown"  # nobody enrolled is near enough
    CONFIRMING = "confirming"  # somebody is, but the quorum is not yet complete
    AMBIGUOUS = "ambiguous"  # two people are about equally near, or two faces claim one person
    LOW_QUALITY = "low_quality"  # the face cannot be judged: small, blurred, cut off, badly lit, turned away
    SPOOF = "spoof"
    SCHEDULE = "schedule"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of one camera. `at` is the monotonic, `captured_at` the wall-clock second of its capture."""

    camera: str
    id: int
    at: float
    captured_at: float
    image: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """One face found. `score` is the detector's own confidence.

    `landmarks` is float32 (5, 2), x then y in frame pixels: eye on image left, eye on image right, nose tip, mouth
    corner on image left, mouth corner on image right; None where the detector gives none.
    """

    box: Box
    score: float
    landmarks: np.ndarray | None = None

    @property
    def area(self) -> int:
        x1, y1, x2, y2 = self.box
        return max(0, x2 - x1) * max(0, y2 - y1)


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a face can be judged. `usable` is the verdict, `problem` the first plain word for what is wrong or None.

    `problems` are all of them, each with what to do; `hints` say what would make a usable face still better. `score` is 0
    (useless) to 1 (perfect), and ranks how alike two pictures of one person come out. `eyes_px` is the distance between
    the eyes of the face, were it frontal; `sharpness` (0 to 1), `brightness` (0 to 255) and `contrast` are measured on
    the aligned crop (see `vision/quality.py`); `yaw`, `pitch` and `roll` are degrees as in `HeadPose`, estimates.
    """

    usable: bool
    problem: str | None
    score: float
    eyes_px: float
    sharpness: float
    brightness: float
    yaw: float
    pitch: float = 0.0
    roll: float = 0.0
    contrast: float = 0.0
    problems: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """A face that was looked at closely: its quality and, where usable, its encoding, float32 (d,)."""

    detection: Detection
    quality: Quality
    encoding: np.ndarray | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One enrolled person and the distance of their nearest example to a probe.

    A `negative` is not a person but a face to be recognised as nobody, and `person` its label: whose face it is nearest
    to is unknown, and a person must be nearer than a negative by the margin too. `distance` is what is judged; where
    the outside is told another figure, in the same unit, that is `told`.
    """

    person: str
    distance: float
    negative: bool = False
    told: float | None = None

    @property
    def shown(self) -> float:
        """The distance as the outside is told it."""
        return self.distance if self.told is None else self.told


@dataclass(frozen=True, slots=True)
class Match:
    """The nearest enrolled people of one probe, nearest first, each person once; () when nobody is enrolled.

    Where the gallery has negatives, the nearest of them stands among the people.
    """

    candidates: tuple[Candidate, ...] = ()

    @property
    def nearest(self) -> Candidate | None:
        return self.candidates[0] if self.candidates else None

    @property
    def runner_up(self) -> Candidate | None:
        return self.candidates[1] if len(self.candidates) > 1 else None


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One face followed through the frames of one camera. `id` is unique within the running process."""

    id: int
    camera: str
    detection: Detection
    first_at: float
    last_at: float


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """What one frame adds to a track: None where the track was not looked at closely in this frame.

    `liveness` is how surely this look shows a living face, 0 to 1; `view` the face small and grey, for following how it
    moves; `eyes_open` as in `Attributes`.
    """

    track: Track
    probe: Probe | None = None
    match: Match | None = None
    liveness: float | None = None
    view: np.ndarray | None = None
    eyes_open: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict on one track at one frame.

    `person` and `distance` (median over the window) name who it is taken for; on a REJECT they are None unless the
    reason says that somebody is in question (`confirming`, `ambiguous`, `spoof`, `schedule`, `blocked`). `votes` of
    `usable` frames in the window name that person. `fresh` is true where this very frame agreed: only a fresh
    PASS may act. `liveness` is the mean over the track's looks, 0 to 1, None where nobody asked, 0 where the face moves
    as a flat thing does; `spoof` says that it seems to be a picture of a face, whether or not that is enforced.
    `challenge` is what the person is asked to do now (`turn_left`, `turn_right`: their own left and right; `blink`), or None.
    `problem` says, with `low_quality`, what is wrong and what to do.
    """

    track_id: int
    status: Status
    reason: Reason | None
    person: str | None
    distance: float | None
    runner_up: str | None
    runner_up_distance: float | None
    votes: int
    usable: int
    quality: float | None
    fresh: bool
    detection: Detection
    liveness: float | None = None
    spoof: bool = False
    challenge: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """All that one processed frame led to; what the stream's sinks receive.

    `decisions` are ordered by face area, largest first. `passes` are the PASS events of this frame: one per
    person and camera in each cooldown. `sightings` are what the decisions were made from, by the `threshold` and
    `margin` then in force.
    """

    frame: Frame
    decisions: tuple[Decision, ...]
    passes: tuple[PassEvent, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    threshold: float | None = None
    margin: float | None = None


@dataclass(frozen=True, slots=True)
class PassEvent:
    """A person may pass. Single-use and mortal: nothing acts on it later than the webhook's time to live after `at`.

    `liveness` and `spoof` are those of the decision: with LIVENESS=warn whoever seems to be a picture passes, marked.
    """

    event_id: str
    person: str
    distance: float
    camera: str
    at: float
    captured_at: float
    liveness: float | None = None
    spoof: bool = False


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What enrolling one picture came to: the person now has `faces` examples, this one is `face_id`.

    `doubt` says in words that it hardly looks like the person's others, where it does.
    """

    name: str
    face_id: str
    faces: int
    quality: Quality
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class GalleryChange:
    """What was done to the gallery: `enrolled`, `dropped` (an example), `removed`, `renamed`, `merged`, `learned`, `kept_out`
    or `taken_back`. `person` is whom it was about, None where they are gone or it was nobody; `words` say more.
    """

    what: str
    person: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Recognition:
    """One face of a still and who it is taken for.

    `name` is None unless the person is near enough, and nearer than anybody else by the margin; `reason` then says
    why. `distance` is that of the nearest person all the same, None where the face could not be judged. `attributes` are
    what was asked for of its looks.
    """

    box: Box
    name: str | None
    distance: float | None
    runner_up: str | None
    runner_up_distance: float | None
    reason: Reason | None
    quality: Quality
    attributes: Attributes | None = None


@dataclass(frozen=True, slots=True)
class Guess:
    """The likeliest of several answers, and how likely it is, 0 to 1."""

    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Where a face looks, in degrees. `yaw` > 0: to image right; `pitch` > 0: up; `roll` > 0: turned clockwise."""

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True, slots=True, eq=False)
class Attributes:
    """What a face looks like, None where that was not asked for. Age, gender and expression are guesses about looks.

    `age` is in years. `eyes_open` tells of the eye on image left and the other: the gap between the lids by the eye's
    width. `landmarks5` (order as in `Detection.landmarks`) and `landmarks68` (order as in iBUG 300-W) are float32 (n, 2),
    x then y in image pixels; `landmarks468` (MediaPipe's order) is (n, 3), with depth in the same unit, smaller is nearer.
    """

    age: float | None = None
    gender: Guess | None = None
    expression: Guess | None = None
    mask: Guess | None = None
    pose: HeadPose | None = None
    eyes_open: tuple[float, float] | None = None
    landmarks5: np.ndarray | None = None
    landmarks68: np.ndarray | None = None
    landmarks468: np.ndarray | None = None


class Detect(Protocol):
    """Finds the faces of an image. The empty list is an answer."""

    def __call__(self, image: np.ndarray) -> list[Detection]: ...


class Encoder(Protocol):
    """Turns faces into vectors.

    `id` names weights and pre-processing: encodings of different ids never meet. `metric` is `cosine`
    (distance = 1 - cosine of unit vectors) or `euclidean`.
    """

    id: str
    dim: int
    metric: str

    def align(self, image: np.ndarray, detection: Detection) -> Crop:
        """What `encode` takes of a face."""
        ...

    def encode(self, crops: list[Crop]) -> np.ndarray:
        """float32 (n, dim), one row per crop."""
        ...


class Session(Protocol):
    """A loaded network: named arrays in, arrays out in the graph's order."""

    def run(self, inputs: dict[str, np.ndarray]) -> list[np.ndarray]: ...


class Sink(Protocol):
    """Somebody who is told. `offer` never blocks: a sink has its own bounded queue and its own thread."""

    def offer(self, outcome: Outcome) -> None: ...
