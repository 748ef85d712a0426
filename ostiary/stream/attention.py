"""Says which faces of a frame are worth a close look: encoding is by track, when it is worth it, not by frame.

A face not yet decided on is looked at in every frame. One that is known for sure, or surely unknown, only now and
then: often enough that the quorum in the window stays complete, and that somebody who slips into the track of another
is noticed; a stranger also as soon as the face is seen much better than before, as of one who comes nearer or turns to the
camera. In a crowd the faces take turns, so that a frame's work stays bounded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ostiary.domain import Decision, Detection, Reason, Status, Track

RECHECK_S = 0.4
MOST_LOOKS = 6
"""Close looks in one frame; a quorum of a larger crowd takes more frames, not longer ones."""

MUCH_BETTER = 1.3
"""By so much more promise, a stranger is looked at again before it is time."""


@dataclass(frozen=True, slots=True)
class _Note:
    looked_at: float
    settled: bool
    stranger: bool
    promise: float


class Attention:
    """Chooses for one camera. A settled track is looked at every `recheck_s`."""

    def __init__(self, recheck_s: float = RECHECK_S):
        self._recheck_s = recheck_s
        self._notes: dict[int, _Note] = {}

    def choose(self, tracks: tuple[Track, ...], at: float) -> tuple[Track, ...]:
        """The tracks to look at now: the undecided first, then the longest unseen; of several, the face that is seen best."""
        due = sorted(
            (track for track in tracks if self._due(track, at)),
            key=lambda track: (self._settled(track), self._looked_at(track), -_promise(track.detection)),
        )
        return tuple(due[:MOST_LOOKS])

    def note(self, looked: tuple[Track, ...], decisions: tuple[Decision, ...], at: float) -> None:
        """Learns what the looks of this frame led to."""
        seen = {track.id for track in looked}
        for decision in decisions:
            if decision.track_id in seen:
                stranger = decision.reason is Reason.UNKNOWN
                self._notes[decision.track_id] = _Note(at, _settled(decision), stranger, _promise(decision.detection))
        self._notes = {key: note for key, note in self._notes.items() if at - note.looked_at < 60}

    def _due(self, track: Track, at: float) -> bool:
        note = self._notes.get(track.id)
        if note is None or not note.settled or at - note.looked_at >= self._recheck_s:
            return True
        return note.stranger and _promise(track.detection) > MUCH_BETTER * note.promise

    def _settled(self, track: Track) -> bool:
        note = self._notes.get(track.id)
        return note is not None and note.settled

    def _looked_at(self, track: Track) -> float:
        note = self._notes.get(track.id)
        return note.looked_at if note else float("-inf")


def recheck_interval(confirm_frames: int, window_s: float) -> float:
    """How often a settled face must be looked at for a window to hold a quorum at all times, with one look to spare."""
    return min(RECHECK_S, window_s / (confirm_frames + 2))


def _settled(decision: Decision) -> bool:
    """A known person whom this very look confirmed, or who may not pass now, a stranger, or a picture; a look that disagrees calls for more."""
    if decision.status is Status.PASS:
        return decision.fresh
    return decision.reason in (Reason.UNKNOWN, Reason.SPOOF, Reason.SCHEDULE)


def _promise(detection: Detection) -> float:
    """What a look at a face may bring, judged without one: how far apart the eyes are, which grows as a face comes nearer
    and as it turns to the camera, and how sure the detector is of it."""
    if detection.landmarks is None:
        return (detection.box[2] - detection.box[0]) * detection.score
    return math.dist(detection.landmarks[0], detection.landmarks[1]) * detection.score
