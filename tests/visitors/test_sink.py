from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import pytest
from support.clock import Clock

from ostiary import service
from ostiary.domain import Decision, Detection, Frame, Outcome, PassEvent, Probe, Quality, Reason, Sighting, Status, Track
from ostiary.visitors.sink import VisitorsSink
from ostiary.visitors.store import VisitorStore

SFACE = "sface-2021dec"


@pytest.fixture
def clock() -> Clock:
    return Clock(0.0)


@pytest.fixture
def sink(store: VisitorStore, clock: Clock) -> Iterator[VisitorsSink]:
    sink = VisitorsSink(
        store,
        encoder_id=lambda: SFACE,
        is_known=lambda name: name == "katya",
        encode_picture=lambda picture: b"jpeg of %d pixels" % picture.shape[0],
        clock=clock,
    )
    sink.close()  # its turns do not wait
    return sink


def _outcome(at: float, track: int, vector: np.ndarray, name: str | None = None) -> Outcome:
    face = Detection((40, 40, 80, 80), 0.9)
    probe = Probe(face, Quality(True, None, 0.8, 60, 1, 0.5, 0), vector)
    status, reason = (Status.PASS, None) if name else (Status.REJECT, Reason.UNKNOWN)
    decision = Decision(track, status, reason, name, 0.3, None, None, 3, 3, 0.8, True, face)
    passes = (PassEvent(f"pass-{track}", name, 0.3, "door", at, 1e9 + at),) if name else ()
    frame = Frame("door", 0, at, 1e9 + at, np.zeros((120, 160, 3), np.uint8))
    return Outcome(frame, (decision,), passes, (Sighting(Track(track, "door", face, 0, at), probe),))


def test_one_entry_for_each_track_and_none_for_each_frame(sink: VisitorsSink, store: VisitorStore, clock: Clock, vector) -> None:  # type: ignore[no-untyped-def]
    for track in (1, 2):
        for _ in range(40):
            clock.now += 0.1
            sink.offer(_outcome(clock.now, track, vector(7)))
            sink.step()
        clock.now += 5
        sink.step()
    (visitor,) = store.visitors()
    assert (visitor.seen, visitor.camera, len(store.decisions())) == (2, "door", 2)
    assert store.visitor_picture(visitor.id) == b"jpeg of 88 pixels"


def test_a_pass_can_be_corrected_at_once_but_who_was_forgotten_does_not_come_back(sink: VisitorsSink, store: VisitorStore, vector) -> None:  # type: ignore[no-untyped-def]
    sink.offer(_outcome(0.1, 1, vector(1), "katya"))
    sink.offer(_outcome(0.2, 2, vector(2), "somebody forgotten"))
    sink.step()
    assert [(d.id, d.person) for d in store.decisions()] == [("pass-1", "katya")]


def test_a_disk_that_fails_is_told_once_and_costs_nothing_else(
    sink: VisitorsSink,
    store: VisitorStore,
    vector,
    caplog: pytest.LogCaptureFixture,  # type: ignore[no-untyped-def]
) -> None:
    store.path.parent.mkdir(parents=True)
    store.path.mkdir()
    with caplog.at_level(logging.ERROR):
        for track in range(3):
            sink.offer(_outcome(0.1, track, vector(1), "katya"))
            sink.step()
    assert len(caplog.records) == 1
    assert "visitors are not kept" in str(sink.problem)
    store.path.rmdir()
    sink.offer(_outcome(0.2, 9, vector(1), "katya"))
    sink.step()
    assert [d.id for d in store.decisions()] == ["pass-9"]
    assert sink.problem is None


def test_as_a_service_it_ends_without_waiting(store: VisitorStore) -> None:
    sink = VisitorsSink(store, encoder_id=lambda: SFACE, is_known=lambda name: True, encode_picture=bytes)
    stop = threading.Event()
    with ExitStack() as stack:
        worker = service.spawn(stack, sink, stop, "visitors")
        stack.callback(sink.close)
    assert not worker.thread.is_alive()
