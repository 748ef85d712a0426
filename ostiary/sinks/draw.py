"""Boxes and labels on a frame: green may pass, red may not, amber is not yet clear."""

from __future__ import annotations

import cv2
import numpy as np

from ostiary.domain import Box, Decision, Outcome, Reason, Status
from ostiary.sinks.lettering import Colour, label

GREEN: Colour = (80, 160, 20)
RED: Colour = (50, 40, 210)
AMBER: Colour = (20, 170, 245)
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)

UNCLEAR = {Reason.CONFIRMING, Reason.AMBIGUOUS, Reason.LOW_QUALITY}
WORDS = {
    None: "may not pass",
    Reason.UNKNOWN: "unknown",
    Reason.CONFIRMING: "checking",
    Reason.AMBIGUOUS: "looks like two people",
    Reason.LOW_QUALITY: "cannot be seen clearly",
    Reason.SPOOF: "not a live face",
    Reason.SCHEDULE: "may not pass now",
    Reason.BLOCKED: "blocked",
}
CHALLENGES = {
    "turn_left": "turn your head to your left, and back",
    "turn_right": "turn your head to your right, and back",
    "blink": "close your eyes for a moment",
}


def draw(outcome: Outcome) -> np.ndarray:
    """A copy of the frame with a box and a label for each decision; larger faces cover smaller ones."""
    drawn = outcome.frame.image.copy()
    height_px = min(32, max(12, drawn.shape[0] // 36))
    thickness = max(2, drawn.shape[0] // 320)
    for decision in reversed(outcome.decisions):
        colour = colour_of(decision)
        x1, y1, x2, y2 = (int(edge) for edge in decision.detection.box)
        cv2.rectangle(drawn, (x1, y1), (x2, y2), colour, thickness)
        _paste(drawn, label(words_of(decision), height_px, colour, BLACK if colour == AMBER else WHITE), (x1, y1, x2, y2))
    return drawn


def colour_of(decision: Decision) -> Colour:
    if decision.status is Status.PASS:
        return GREEN
    return AMBER if decision.reason in UNCLEAR else RED


def words_of(decision: Decision) -> str:
    """What stands on the label."""
    if decision.status is Status.PASS:
        return f"{decision.person} {decision.distance:.2f}" if decision.distance is not None else f"{decision.person}"
    if decision.challenge is not None:
        return f"{decision.person}? {CHALLENGES[decision.challenge]}" if decision.person else CHALLENGES[decision.challenge]
    words = WORDS[decision.reason]
    if decision.reason is Reason.CONFIRMING and decision.person is not None:
        return f"{decision.person}? {words}"
    if decision.reason is Reason.AMBIGUOUS and decision.person is not None and decision.runner_up is not None:
        return f"{decision.person} or {decision.runner_up}?"
    return words if decision.person is None else f"{decision.person}: {words}"


def _paste(image: np.ndarray, plate: np.ndarray, box: Box) -> None:
    """Above the box where there is room, else inside its top; moved and cut so that it stays in the picture."""
    height, width = image.shape[:2]
    plate = plate[:height, :width]
    x = min(max(0, box[0]), width - plate.shape[1])
    above = box[1] - plate.shape[0]
    y = min(max(0, above if above >= 0 else box[1]), height - plate.shape[0])
    image[y : y + plate.shape[0], x : x + plate.shape[1]] = plate
