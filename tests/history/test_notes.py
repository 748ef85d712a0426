from __future__ import annotations

import threading
from dataclasses import dataclass

from ostiary.domain import GalleryChange
from ostiary.history.notes import CameraWatch, of_change, of_webhook
from ostiary.history.values import Event, Kind
from ostiary.sinks.journal import Delivery, Result


@dataclass
class Camera:
    name: str = "door"
    state: str = "connecting"
    problem: str | None = None


def test_a_camera_is_told_lost_and_found_once_each() -> None:
    camera, noted, stop = Camera(), list[Event](), threading.Event()
    stop.set()  # its turns do not wait
    watch = CameraWatch(lambda: [camera], noted.append, stop, wall_clock=lambda: 5.0)
    for state, problem in [
        ("connecting", None), ("live", None), ("live", None), ("lost", "no answer"), ("lost", "no answer"), ("live", None), ("ended", None),
    ]:  # fmt: skip
        camera.state, camera.problem = state, problem
        watch.step()
    assert [(event.kind, event.reason, event.camera, event.words, event.at) for event in noted] == [
        (Kind.CAMERA, "found", "door", None, 5.0),
        (Kind.CAMERA, "lost", "door", "no answer", 5.0),
        (Kind.CAMERA, "found", "door", None, 5.0),
        (Kind.CAMERA, "ended", "door", None, 5.0),
    ]
    assert len({event.id for event in noted}) == 4


def test_a_webhook_points_to_its_pass() -> None:
    delivery = Delivery(Result.FAILED, "the-pass", "Katya", "door", "gate.local:80", 2, 500, "HTTP 500", 4200, 7.0)
    event = of_webhook(delivery)
    assert (event.kind, event.reason, event.about, event.person, event.camera, event.at) == (
        Kind.WEBHOOK, "failed", "the-pass", "Katya", "door", 7.0,
    )  # fmt: skip
    assert event.words == "gate.local:80, 4200 ms after the capture, 2 attempts: HTTP 500"


def test_a_change_says_who_made_it() -> None:
    event = of_change(GalleryChange("enrolled", "Katya", "example 2"), 3.0, "front desk")
    assert (event.kind, event.reason, event.person, event.words, event.by) == (Kind.GALLERY, "enrolled", "Katya", "example 2", "front desk")
