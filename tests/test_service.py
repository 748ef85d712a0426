from __future__ import annotations

import itertools
import threading
from contextlib import ExitStack

import pytest

from ostiary.mailbox import DropOldest, LatestOnly
from ostiary.service import Deadline, Watch, backoff, spawn


def test_drop_oldest_keeps_the_newest_in_order_and_counts_its_losses() -> None:
    box: DropOldest[int] = DropOldest(3)
    for item in range(5):
        box.put(item)
    assert [box.take(0), box.take(0), box.take(0), box.take(0)] == [2, 3, 4, None]
    assert box.dropped == 2


def test_latest_only_wakes_its_reader() -> None:
    box: LatestOnly[int] = LatestOnly()
    threading.Timer(0.05, box.put, [7]).start()
    assert box.take(5) == 7


def test_backoff_doubles_with_jitter_up_to_its_cap() -> None:
    pauses = list(itertools.islice(backoff(1, 8), 6))
    for pause, nominal in zip(pauses, [1, 2, 4, 8, 8, 8], strict=True):
        assert nominal * 0.8 <= pause <= nominal * 1.2


def test_a_failing_step_is_tried_again_and_the_stack_stops_the_worker(caplog: pytest.LogCaptureFixture) -> None:
    class Shaky:
        turns = 0

        def step(self) -> None:
            self.turns += 1
            if self.turns == 1:
                raise OSError("broken once")
            recovered.set()

    recovered, stop, shaky = threading.Event(), threading.Event(), Shaky()
    with ExitStack() as stack:
        worker = spawn(stack, shaky, stop, "shaky")
        assert recovered.wait(5)
        assert worker.turns > 0
    assert stop.is_set()
    assert not worker.thread.is_alive()
    assert "broken once" in caplog.text


def test_a_service_hangs_when_its_turn_does_not_end_while_others_look() -> None:
    class Stuck:
        def step(self) -> None:
            began.set()
            go_on.wait()

    began, go_on, stop = threading.Event(), threading.Event(), threading.Event()
    with ExitStack() as stack:
        watch = Watch()
        worker = spawn(stack, Stuck(), stop, "stuck")
        stack.callback(go_on.set)
        watch.add(worker, 3)
        watch.add(worker)
        assert began.wait(5)
        assert [watch.look() for _ in range(5)] == [[], [], [], [], ["stuck"]]
        go_on.set()
        worker.thread.join(0.1)
        assert watch.look() == []
        stop.set()
        worker.thread.join()
        assert watch.look() == ["stuck", "stuck"]  # it has died


def test_a_deadline_never_goes_below_zero() -> None:
    assert Deadline(0).left() == 0
    assert 9 < Deadline(10).left() <= 10
