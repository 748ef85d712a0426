"""Keeps who tried: a line in the log and the picture, once for each face that seems to be a picture of one."""

from __future__ import annotations

import logging
from collections import OrderedDict

import cv2
import numpy as np

from ostiary.domain import Decision, Frame, Outcome, Reason, Status
from ostiary.errors import VaultError
from ostiary.mailbox import DropOldest
from ostiary.sinks.spoof_pictures import SpoofPictures

log = logging.getLogger(__name__)

WAITING = 4
"""Frames that wait to be written: they are large."""
TRACKS = 512
TURN_S = 0.3
JPEG_QUALITY = 85


class SpoofLog:
    """A sink and a service.

    With LIVENESS=warn that is whoever passes all the same; with `enforce`, who is refused.
    """

    def __init__(self, pictures: SpoofPictures):
        self._pictures = pictures
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
        try:
            where = str(self._pictures.save(frame.captured_at, frame.camera, decision.track_id, decision.person, _jpeg(frame.image)))
        except (OSError, VaultError) as error:  # a full disk must not keep the line from the log
            where = f"not kept ({getattr(error, 'strerror', None) or error})"
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


def _jpeg(image: np.ndarray) -> bytes:
    _, jpeg = cv2.imencode(".jpg", np.ascontiguousarray(image), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return bytes(jpeg)
