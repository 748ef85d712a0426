from __future__ import annotations

import base64
import json
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ostiary.domain import Decision, Detection, Frame, Outcome, PassEvent, Reason, Status
from ostiary.wire import dump, parse_stream, status_message, stream_message, webhook_body

FRAME = Frame("front", id=7, at=100.0, captured_at=1736400000.25, image=np.zeros((4, 4, 3), np.uint8))
KATYA = Decision(
    track_id=3,
    status=Status.PASS,
    reason=None,
    person="katya",
    distance=0.41234,
    runner_up="zero",
    runner_up_distance=0.8,
    votes=3,
    usable=3,
    quality=0.87654,
    fresh=True,
    detection=Detection((10, 20, 110, 140), 0.9),
    liveness=0.91234,
)
STRANGER = replace(
    KATYA,
    track_id=4,
    status=Status.REJECT,
    reason=Reason.UNKNOWN,
    person=None,
    distance=None,
    quality=None,
    detection=Detection((1, 2, 30, 40), 0.8),
)
EVENT = PassEvent("evt_1", "Зоя", 0.41234, "front", at=100.0, captured_at=1736400000.25)


def test_the_largest_face_is_the_message_and_all_are_listed() -> None:
    message = stream_message(Outcome(FRAME, (KATYA, STRANGER), (EVENT,)), b"\xff\xd8jpeg")
    katya = {
        "name": "katya",
        "distance": 0.4123,
        "status": "PASS",
        "box": [10, 20, 110, 140],
        "reason": None,
        "track_id": 3,
        "votes": 3,
        "usable": 3,
        "quality": 0.877,
        "liveness": 0.912,
        "runner_up": "zero",
        "runner_up_distance": 0.8,
    }
    assert message == {
        "type": "face_event",
        "name": "katya",
        "distance": 0.4123,
        "status": "PASS",
        "box": [10, 20, 110, 140],
        "reason": None,
        "timestamp": 1736400000,
        "captured_at": 1736400000250,
        "camera": "front",
        "frame_id": 7,
        "faces": [
            katya,
            {
                **katya,
                "track_id": 4,
                "name": None,
                "distance": None,
                "status": "REJECT",
                "reason": "unknown",
                "box": [1, 2, 30, 40],
                "quality": None,
            },
        ],
        "passes": [{"event_id": "evt_1", "name": "Зоя", "distance": 0.4123}],
        "frame": base64.b64encode(b"\xff\xd8jpeg").decode(),
        "drawn": False,
    }
    assert parse_stream(dump(message)) == message


def test_nobody_in_the_frame() -> None:
    message = stream_message(Outcome(FRAME, ()), None)
    assert message["status"] == "NO_FACE"
    assert [message[member] for member in ("name", "distance", "box", "reason")] == [None] * 4
    assert message["faces"] == message["passes"] == []
    assert "frame" not in message


def test_what_json_cannot_say_is_none() -> None:
    odd = replace(KATYA, distance=math.inf, quality=math.nan, detection=Detection(tuple(np.array([1, 2, 3, 4])), 0.5))
    message = json.loads(dump(stream_message(Outcome(FRAME, (odd,)), None)))
    assert message["distance"] is None
    assert message["faces"][0]["quality"] is None
    assert message["box"] == [1, 2, 3, 4]


def test_the_webhook_tells_who_and_when() -> None:
    assert webhook_body(EVENT) == {
        "name": "Зоя",
        "distance": 0.4123,
        "timestamp": 1736400000,
        "event_id": "evt_1",
        "camera": "front",
        "captured_at": 1736400000250,
    }


def test_status() -> None:
    camera = SimpleNamespace(name="front", state="live", problem=None, fps=14.96, frames=90, dropped=2, reconnects=1, last_frame_at=5.0)
    webhooks = {"delivered": 1, "expired": 0, "failed": 0, "recent": []}
    assert status_message([camera], webhooks, {"processed": 80}) == {
        "type": "status",
        "pipeline": {"processed": 80},
        "cameras": [{"name": "front", "state": "live", "problem": None, "fps": 15.0, "frames": 90, "dropped": 2, "reconnects": 1}],
        "webhooks": webhooks,
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"type"',
        "{}",
        '{"type": 1}',
        '{"type": "face_event", "distance": NaN}',
        "[" * 100_000,
        b"\xff\xfe",
        "9" * 5000,
    ],
)
def test_what_is_not_a_message_is_none(text: str | bytes) -> None:
    assert parse_stream(text) is None


def test_a_challenge_is_told_at_the_top_and_with_its_face() -> None:
    asked = replace(KATYA, status=Status.REJECT, reason=Reason.CONFIRMING, challenge="turn_left")
    message = stream_message(Outcome(FRAME, (asked, STRANGER)), None)
    assert (message["challenge"], message["faces"][0]["challenge"]) == ("turn_left", "turn_left")
    assert "challenge" not in message["faces"][1]


def test_events_are_marked_where_liveness_was_measured() -> None:
    suspect = replace(EVENT, liveness=0.12345, spoof=True)
    assert webhook_body(suspect) == {**webhook_body(EVENT), "liveness": 0.123, "spoof": True}
    (told,) = stream_message(Outcome(FRAME, (KATYA,), (suspect,)), None)["passes"]
    assert (told["liveness"], told["spoof"]) == (0.123, True)


def test_a_face_that_cannot_be_judged_says_why() -> None:
    unclear = replace(KATYA, status=Status.REJECT, reason=Reason.LOW_QUALITY, problem="too dark: more light on the face")
    (face,) = stream_message(Outcome(FRAME, (unclear,)), None)["faces"]
    assert face["problem"] == "too dark: more light on the face"
    assert "problem" not in stream_message(Outcome(FRAME, (KATYA,)), None)["faces"][0]
