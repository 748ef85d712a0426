from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ostiary.domain import Box, Decision, Detection, Frame, Outcome, Reason, Status
from ostiary.sinks.draw import AMBER, GREEN, RED, colour_of, draw, words_of


def decision(status: Status, reason: Reason | None = None, person: str | None = None, box: Box = (100, 100, 200, 220)) -> Decision:
    distance = 0.312 if person else None
    return Decision(1, status, reason, person, distance, "zero", 0.6, 2, 3, 0.9, True, Detection(box, 0.9))


KATYA = decision(Status.PASS, None, "katya")
ASKED = replace(decision(Status.REJECT, Reason.CONFIRMING, "katya"), challenge="turn_left")


@pytest.mark.parametrize(
    ("seen", "colour", "words"),
    [
        (KATYA, GREEN, "katya 0.31"),
        (decision(Status.REJECT, Reason.UNKNOWN), RED, "unknown"),
        (decision(Status.REJECT, Reason.CONFIRMING, "katya"), AMBER, "katya? checking"),
        (decision(Status.REJECT, Reason.CONFIRMING), AMBER, "checking"),
        (decision(Status.REJECT, Reason.AMBIGUOUS, "katya"), AMBER, "katya or zero?"),
        (decision(Status.REJECT, Reason.LOW_QUALITY), AMBER, "cannot be seen clearly"),
        (decision(Status.REJECT, Reason.SPOOF), RED, "not a live face"),
        (ASKED, AMBER, "katya? turn your head to your left, and back"),
        (replace(ASKED, challenge="blink"), AMBER, "katya? close your eyes for a moment"),
        (decision(Status.REJECT, Reason.SCHEDULE, "katya"), RED, "katya: may not pass now"),
        (decision(Status.REJECT, Reason.BLOCKED, "katya"), RED, "katya: blocked"),
        (decision(Status.REJECT), RED, "may not pass"),
    ],
)
def test_colour_and_words(seen: Decision, colour: tuple[int, int, int], words: str) -> None:
    assert (colour_of(seen), words_of(seen)) == (colour, words)


def test_every_reason_has_words() -> None:
    assert all(words_of(decision(Status.REJECT, reason)) for reason in Reason)


def outcome(*decisions: Decision, size: tuple[int, int] = (480, 640)) -> Outcome:
    return Outcome(Frame("front", 1, 0.0, 0.0, np.full((*size, 3), 90, np.uint8)), decisions)


def coloured(image: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return (image == colour).all(axis=2)


def test_the_box_and_its_label_are_drawn_on_a_copy() -> None:
    seen = outcome(KATYA)
    drawn = draw(seen)
    assert (seen.frame.image == 90).all()
    assert coloured(drawn, GREEN)[160, 100]
    assert coloured(drawn, GREEN)[220, 150]
    assert (drawn[160, 150] == 90).all()  # the face itself stays free
    assert coloured(drawn, GREEN)[70:99, 100:180].sum() > 500  # the label above


@pytest.mark.parametrize("box", [(-50, -40, 60, 70), (600, 440, 700, 520), (0, 0, 640, 480), (630, 2, 639, 9)])
def test_a_face_at_the_edge_keeps_its_label_in_the_picture(box: Box) -> None:
    drawn = draw(outcome(decision(Status.REJECT, Reason.UNKNOWN, box=box)))
    assert drawn.shape == (480, 640, 3)
    assert coloured(drawn, RED).sum() > 500


def test_the_largest_face_is_drawn_last() -> None:
    small = decision(Status.REJECT, Reason.UNKNOWN, box=(100, 100, 160, 180))
    drawn = draw(outcome(KATYA, small))
    assert coloured(drawn, GREEN)[100, 110]


def test_a_picture_smaller_than_the_label() -> None:
    assert draw(outcome(KATYA, size=(10, 12))).shape == (10, 12, 3)
