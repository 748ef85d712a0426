"""How fast the frames of a camera get searched, and how far a quorum's window stretches where that is slow. Pure.

A board that takes a second for a frame never sees CONFIRM_FRAMES of them in a window made for faster ones, and a resident
would wait for ever. The pace is measured between frames that were searched, whoever was in them: that somebody is out
of sight for a while stretches nothing, nor does a camera that rests, or is away.
"""

from __future__ import annotations

from collections import deque
from statistics import median_low

SLACK = 1.5
"""A gap so much longer than the usual one breaks neither a quorum nor a track."""

TOLD_FROM = 1.25
"""The owner is told of frames that would leave less room than this in the window as it was set, as MAX_FPS must leave it."""

LONGEST_WINDOW_S = 6.0
"""No window is stretched further, however slow the frames are: a PASS is about who stands there now."""

LONGEST_PATIENCE_S = 3.0
"""The same for a track that is out of sight."""

CHALLENGE_FPS = {"turn": 4.0, "blink": 6.0}
"""Frames a second in which whoever does as asked is seen to do it."""

_NEARLY = 1.1  # so much slower is no news: a pace is never quite even
_GAPS, _FEWEST_GAPS = 5, 3


class Tempo:
    """Of one camera. `gap_s` is the usual time between searched frames, 0 until it is known; a single hiccup is none."""

    def __init__(self) -> None:
        self._last_at: float | None = None
        self._gaps: deque[float] = deque(maxlen=_GAPS)
        self.gap_s = 0.0

    def note(self, at: float, rested: bool) -> None:
        """One frame: searched, or `rested`, which makes the gap to the next one say nothing."""
        gap = 0.0 if self._last_at is None else at - self._last_at
        self._last_at = None if rested else at
        if not rested and 0 < gap <= LONGEST_WINDOW_S:
            self._gaps.append(gap)
            self.gap_s = median_low(self._gaps) if len(self._gaps) >= _FEWEST_GAPS else 0.0


def stretched(window_s: float, confirm_frames: int, gap_s: float) -> float:
    """The window in which a quorum must be seen where frames come every `gap_s`; never less than `window_s`."""
    return max(window_s, min((confirm_frames - 1) * SLACK * gap_s, LONGEST_WINDOW_S))


def patience(lost_after_s: float, gap_s: float) -> float:
    """How long a face may be out of sight and still be the same; never less than `lost_after_s`."""
    return max(lost_after_s, min(SLACK * gap_s, LONGEST_PATIENCE_S))


def too_slow_for(challenge: str, gap_s: float) -> str | None:
    """What the owner should know where frames come too slowly for the challenge to be solved."""
    needed = CHALLENGE_FPS.get(challenge, 0.0)
    if gap_s * needed <= _NEARLY:
        return None
    return (
        f"{1 / gap_s:.1f} frames a second, where CHALLENGE={challenge} needs {needed:g}: hardly anybody can solve it, and who cannot does not pass; "
        f"use fewer cameras, a lower SCALE or a higher MAX_FPS, or another CHALLENGE"
    )


def slowness(window_s: float, confirm_frames: int, gap_s: float) -> str | None:
    """What the owner should know where the window had to be stretched, or is too short even so."""
    quorum_s, now_s = (confirm_frames - 1) * gap_s, stretched(window_s, confirm_frames, gap_s)
    if quorum_s > now_s:
        outcome = f"nobody can pass, as a window of {now_s:g} s is too short for that"
    elif now_s > window_s and TOLD_FROM * quorum_s > window_s:
        outcome = f"the window is stretched to {now_s:.1f} s"
    else:
        return None
    needs = f"CONFIRM_FRAMES={confirm_frames} in CONFIRM_WINDOW={window_s:g} needs"
    return f"{gap_s:.1f} s a frame, slower than {needs}; {outcome}: use fewer cameras, a lower SCALE, and see whether the camera itself is slow"
