"""Keeps who tried: a line in the log and the picture, once for each face that seems to be a picture of one."""

from __future__ import annotations

import logging
from collections import OrderedDict
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from ostiary.domain import Decision, Frame, Outcome, Reason, Status
from ostiary.durable import replace_whole
from ostiary.mailbox import DropOldest

log = logging.getLogger(__name__)

KEPT = 200
"""Pictures; the oldest go first."""
WAITING = 4
"""Frames that wait to be written: they are large."""
TRACKS = 512
TURN_S = 0.3
JPEG_QUALITY = 85


class SpoofLog:
    """A sink and a service. The pictures lie in `folder`, for the owner's eyes only.

    With LIVENESS=warn that is whoever passes all the same; with `enforce`, who is refused.
    """

    def __init__(self, folder: Path, kept: int = KEPT):
        self._folder, self._kept = folder, kept
        self._told: OrderedDict[int, None] = OrderedDict()
        self._waiting: DropOldest[tuple[Frame, Decision]] = DropOldest(WAITING)

    def offer(self, outcome: Outcome) -> None:
        for decision in outcome.decisions:
            if _acts_as_spoof(decision) and decision.track_id not in self._told:
                self._told[decision.track_id] = None
                self._waiting.put((outcome.frame, decision))
        while len(self._told) > TRACKS:
            self._told.popitem(last=False)

    def step(self) -> None:
        if waiting := self._waiting.take(TURN_S):
            self._write(*waiting)

    def _write(self, frame: Frame, decision: Decision) -> None:
        what = "let in all the same" if decision.status is Status.PASS else "refused"
        path = self._folder / f"{_stamp(frame.captured_at)}_{frame.camera}_{decision.track_id}.jpg"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_whole(path, _jpeg(frame.image))
            for old in sorted(self._folder.glob("*.jpg"))[: -self._kept]:
                old.unlink(missing_ok=True)
            where = str(path)
        except OSError as error:  # a full disk must not keep the line from the log
            where = f"not kept ({error.strerror})"
        log.warning(
            "SPOOF at %s: a picture of a face, taken for %s, %s; liveness %.2f, picture %s",
            frame.camera,
            decision.person,
            what,
            decision.liveness if decision.liveness is not None else float("nan"),
            where,
        )


def _acts_as_spoof(decision: Decision) -> bool:
    """Refused as a picture, or let in as one; not a stranger's, who is refused anyway."""
    return decision.reason is Reason.SPOOF or (decision.spoof and decision.status is Status.PASS)


def _stamp(captured_at: float) -> str:
    """Sorts by time, and is a file's name everywhere."""
    return datetime.fromtimestamp(captured_at, UTC).strftime("%Y%m%dT%H%M%S.%fZ")


def _jpeg(image: np.ndarray) -> bytes:
    _, jpeg = cv2.imencode(".jpg", np.ascontiguousarray(image), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return bytes(jpeg)
