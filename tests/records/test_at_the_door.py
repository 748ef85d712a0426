"""Dates at the real pipeline: records on the disk, a face before the camera, a gate that listens."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from ostiary.domain import Candidate, Decision, Detection, Frame, Match, Outcome, Probe, Quality, Reason, Status
from ostiary.gallery.gallery import Gallery
from ostiary.judge import Rule
from ostiary.records.store import RecordStore
from ostiary.records.values import Record, Span
from ostiary.records.watcher import Schedule
from ostiary.service import spawn
from ostiary.settings import WebhookSettings
from ostiary.sinks.journal import Journal
from ostiary.sinks.webhook import open_webhooks
from ostiary.stream.decide import Rules
from ostiary.stream.frames import NewestFrames
from ostiary.stream.pipeline import Pipeline, PipelineOptions, Stages

FACE = Detection((20, 10, 44, 40), 0.9)
GOOD = Quality(True, None, 0.9, 60.0, 0.8, 120.0, 0.0)
BLANK = np.full((48, 64, 3), 90, np.uint8)
ENROLLED = Gallery()


class Katya:
    """A gallery of one, who is before the camera."""

    encoder_id = "sface-2021dec"

    def match(self, encoding: np.ndarray) -> Match:
        return Match((Candidate("katya", 0.3),))

    def __len__(self) -> int:
        return 1


class Entrance:
    def __init__(self, folder: Path, gate: str, stack: ExitStack):
        self.store = RecordStore(folder)
        self.schedule = Schedule(self.store, threading.Event(), lambda: ENROLLED)
        self.schedule.open()
        self.outcomes: list[Outcome] = []
        self._frames = NewestFrames()
        self.journal = Journal(folder / "webhooks.log")
        self.journal.open()
        (sink,) = open_webhooks(WebhookSettings(urls=(gate,)), self.journal)
        spawn(stack, sink, threading.Event(), "webhook")
        stack.callback(sink.close)
        katya = Katya()
        stages = Stages(
            lambda image: [FACE],
            self._probe,
            lambda: katya,
            lambda people: Rule(0.5, 0.05),
            lambda person, camera, at: True,
            objections=self.schedule.objections,
        )
        self._pipeline = Pipeline(self._frames, stages, [sink, self], PipelineOptions(Rules(3, 2.0), 1.0, 1000, False))

    def offer(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def lasts(self, start: float | None, end: float | None) -> None:
        self.store.put(Record("katya", valid=Span(start, end)), at=1.0, by="anna")
        self.schedule.step()

    def see(self, captured_at: float, times: int = 6) -> list[Decision]:
        for _ in range(times):
            time.sleep(0.005)
            self._frames.put(Frame("door", 0, time.monotonic(), captured_at, BLANK))
            self._pipeline.step()
        return [outcome.decisions[0] for outcome in self.outcomes[-times:]]

    def _probe(self, image: np.ndarray, detections: Sequence[Detection]) -> list[Probe]:
        return [Probe(detection, GOOD, np.ones(4, np.float32)) for detection in detections]


@pytest.fixture
def got() -> list[str]:
    return []


@pytest.fixture
def entrance(tmp_path: Path, got: list[str]) -> Iterator[Entrance]:
    class Gate(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["content-length"])))["name"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ExitStack() as stack:
        server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Gate))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        yield Entrance(tmp_path, f"http://127.0.0.1:{server.server_port}/", stack)


def _until(happens: Callable[[], object]) -> None:
    end = time.monotonic() + 5
    while not happens() and time.monotonic() < end:
        time.sleep(0.01)


def test_who_expired_passes_before_and_never_after(entrance: Entrance, got: list[str]) -> None:
    entrance.lasts(1000.0, 2000.0)
    assert {d.reason for d in entrance.see(2000.0)} == {Reason.CONFIRMING, Reason.SCHEDULE}
    last = entrance.outcomes[-1].decisions[0]
    assert (last.status, last.reason, last.person, last.fresh) == (Status.REJECT, Reason.SCHEDULE, "katya", False)
    assert entrance.see(999.0)[-1].reason is Reason.SCHEDULE
    assert [event for outcome in entrance.outcomes for event in outcome.passes] == []
    assert (got, entrance.journal.summary()["delivered"]) == ([], 0)

    _until(lambda: entrance.see(1999.0, 1) and got)  # at the next look at a face that is settled
    assert got[:1] == ["katya"]


def test_dates_hold_from_the_moment_they_are_written_also_for_who_stands_there(entrance: Entrance) -> None:
    assert entrance.see(5000.0)[-1].status is Status.PASS
    entrance.lasts(None, 4000.0)
    assert entrance.see(5000.0, 1)[-1].reason is Reason.SCHEDULE
    entrance.lasts(None, None)
    assert entrance.see(5000.0, 2)[-1].status is Status.PASS


def test_whom_the_dates_bar_is_not_looked_at_again_in_every_frame(entrance: Entrance) -> None:
    entrance.lasts(None, 4000.0)
    entrance.see(5000.0, 10)
    looked = [outcome.sightings[0].probe is not None for outcome in entrance.outcomes]
    assert looked[:3] == [True] * 3
    assert not all(looked[3:])
