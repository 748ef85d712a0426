"""Turn your head: a challenge that a face solves within `LIMIT_S`, and a picture of it does not. Pure.

Measured is where the nose tip stands in the frame that eyes and mouth make: along the line of the eyes, in their
distance. However a print is moved and tilted, its nose stays where it is, but for the detector's error: of 40 drawn
films of prints, 30 tilted up to 25 degrees stayed within 0.16 and 10 tilted up to 40 degrees within 0.25. A head turned
by 25 degrees moves it by 0.3 (680 faces of LFW; the correlation with the yaw that a pose network gives is 0.93). The
side is drawn by lot, and turning to the other one first is a failure.

A print that is tilted by 60 degrees and more misleads the detector, whose points then wander as far as a turned head's; but
by then the print is so narrow that its face seems twice as high for its width. A face counts as turned only while it does not.

Nobody else may do the turning: the face must be followed without a gap or a jump (at 4 frames a second or more), and
while it looks straight ahead it must be the person's. Left and right are the person's own; a camera that mirrors its
picture swaps them. A film of the person, stopped and played at the right moments, can solve it, and so can a print that is bent
(round a cylinder of 8 to 12 cm, turned by 45 degrees, its nose moves by 0.3).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from ostiary.domain import Sighting

LIMIT_S = 5.0
PAUSE_S = 2.0
"""After a failure, before the next challenge."""
TURN = 0.3
BACK = 0.12
"""Within this of where it began, the face looks ahead."""
NARROW = 1.6
"""By so much the face may seem higher for its width than it was. Of 82 turned faces of LFW (of 1,400), 99 in 100 of those
turned by up to 0.4 and 95 of those by up to 0.5 stay below; three prints came to 1.84 and more, but for one at one angle (1.48)."""
LONGEST_GAP_S = 0.5
LARGEST_JUMP = 0.35
"""From frame to frame; more is another face, or another picture."""
TURNED_FRAMES = 2
FOREIGN_LOOKS = 2
"""So many looks in a row that say somebody else, or nobody, are another face; one alone happens to everybody."""

_AHEAD = 5  # frames before the challenge, whose median is where the nose is when the face looks ahead

TURN_LEFT, TURN_RIGHT = "turn_left", "turn_right"


def either() -> str:
    """A side that nobody can foretell."""
    return secrets.choice((TURN_LEFT, TURN_RIGHT))


@dataclass(slots=True)
class Challenge:
    """One track's, of this or another kind. `asked` is what is asked for now, None before and after; `person` who it is for."""

    asked: str | None = None
    person: str | None = None
    solved: bool = False
    _until: float = 0.0  # of the challenge, or of the pause after one
    _seen_at: float = float("-inf")
    _nose: float = 0.0
    _foreign: int = 0

    def solved_by(self, person: str) -> bool:
        return self.solved and self.person == person

    def ask(self, person: str, at: float, draw: Callable[[], str] = either) -> None:
        """Begins a challenge for `person`, unless one runs, one has just failed, or they have solved it."""
        raise NotImplementedError

    def take_in(self, sighting: Sighting, at: float, says: bool | None) -> None:
        """One frame. `says`: whether a look at the face says that it is `person`; None where there was no look."""
        raise NotImplementedError

    def _begin(self, task: str, person: str, at: float) -> None:
        self.asked, self.person, self.solved = task, person, False
        self._until, self._foreign = at + LIMIT_S, 0

    def _fail(self, at: float) -> None:
        self.asked, self._until = None, at + PAUSE_S

    def _breaks(self, nose: float, at: float) -> bool:
        """Whether this frame does not go on from the one before: another face may have come, which has solved nothing."""
        broken = at - self._seen_at > LONGEST_GAP_S or abs(nose - self._nose) > LARGEST_JUMP
        self._seen_at, self._nose = at, nose
        self.solved = self.solved and not broken
        return broken


@dataclass(slots=True)
class Turning(Challenge):
    """`asked` is the side to turn to."""

    _ahead: list[tuple[float, float]] = field(default_factory=list)  # nose and height of the latest frames before the challenge
    _turned: int = 0

    def ask(self, person: str, at: float, draw: Callable[[], str] = either) -> None:
        if self.solved_by(person) or self.asked or at < self._until or not self._steady:
            return
        self._turned = 0
        self._begin(draw(), person, at)

    def take_in(self, sighting: Sighting, at: float, says: bool | None) -> None:
        shape = shape_of(sighting.track.detection.landmarks)
        if shape is None:
            return
        broken = self._breaks(shape[0], at)
        if broken:
            self._ahead = []
        if self.asked:
            self._follow(shape, at, broken or at > self._until, says)
        elif sighting.match is not None:  # seen well, thus from ahead
            self._ahead = [*self._ahead[1 - _AHEAD :], shape]

    @property
    def _steady(self) -> bool:
        """Whether it has looked one way: what swings to and fro would be measured against one of its ends, and turn by swinging back."""
        noses = [nose for nose, _ in self._ahead]
        return len(noses) == _AHEAD and max(abs(nose - median(noses)) for nose in noses) <= BACK

    def _follow(self, shape: tuple[float, float], at: float, broken: bool, says: bool | None) -> None:
        nose, height = (median(values) for values in zip(*self._ahead or [shape], strict=True))
        turn = (shape[0] - nose) * (1 if self.asked == TURN_LEFT else -1)
        if says is not None and abs(turn) <= BACK:
            self._foreign = 0 if says else self._foreign + 1
        if broken or turn <= -TURN or self._foreign >= FOREIGN_LOOKS:
            self._fail(at)
        elif turn >= TURN:
            self._turned += shape[1] <= NARROW * height
        elif self._turned < TURNED_FRAMES:
            self._turned = 0
        elif abs(turn) <= BACK and self._foreign == 0:
            self.asked, self.solved = None, True


def shape_of(landmarks: np.ndarray | None) -> tuple[float, float] | None:
    """Where the nose stands between the eyes, 0 in the middle, positive to image right, and how far the mouth is below them.

    Both in the distance of the eyes; None where the points make no face.
    """
    if landmarks is None or not np.isfinite(landmarks).all():
        return None
    left_eye, right_eye, nose, left_mouth, right_mouth = landmarks.astype(float)
    eyes = (left_eye + right_eye) / 2
    frame = np.column_stack([right_eye - left_eye, (left_mouth + right_mouth) / 2 - eyes])
    area = abs(float(np.linalg.det(frame)))
    if area < 1:
        return None
    return float(np.linalg.solve(frame, nose - eyes)[0]), area / float(frame[:, 0] @ frame[:, 0])
