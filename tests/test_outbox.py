from __future__ import annotations

import threading
import time

from ostiary.outbox import KEYS_AT_MOST, Outbox, WaitingOutbox


def test_the_newest_of_a_key_replaces_the_waiting_one() -> None:
    box: Outbox[str] = Outbox()
    box.put("front", "f1", at=0)
    box.put("back", "b1", at=0)
    box.put("front", "f2", at=0.1)
    assert [box.take(0.2), box.take(0.2), box.take(0.2)] == ["b1", "f2", None]
    assert (box.replaced, box.lost) == (1, 0)


def test_kept_items_stay_in_order_and_go_before_what_is_newer() -> None:
    box: Outbox[str] = Outbox()
    box.put("front", "frame 1", at=0)
    box.put("front", "pass 2", at=0, kept=True)
    box.put("front", "frame 3", at=0)
    box.put("front", "pass 4", at=0, kept=True)
    box.put("front", "frame 5", at=0)
    assert [box.take(0) for _ in range(4)] == ["pass 2", "pass 4", "frame 5", None]


def test_kept_items_are_bounded_and_their_loss_is_counted() -> None:
    box: Outbox[int] = Outbox(kept_at_most=3)
    for number in range(5):
        box.put("front", number, at=0, kept=True)
    assert [box.take(0) for _ in range(4)] == [2, 3, 4, None]
    assert box.lost == 2


def test_nothing_is_handed_out_after_its_life() -> None:
    box: Outbox[str] = Outbox(lifetime_s=5)
    box.put("front", "old pass", at=0, kept=True)
    box.put("front", "pass", at=1, kept=True)
    box.put("back", "old frame", at=0)
    box.put("side", "frame", at=2)
    assert [box.take(5.5), box.take(5.5), box.take(5.5)] == ["pass", "frame", None]
    assert (box.replaced, box.lost) == (1, 1)


def test_items_of_a_key_are_spaced_but_kept_ones_are_not() -> None:
    box: Outbox[str] = Outbox(interval_s=1.0)
    box.put("front", "f1", at=0)
    assert box.take(0) == "f1"
    box.put("front", "f2", at=0.1)
    box.put("back", "b1", at=0.2)
    assert [box.take(0.2), box.take(0.2)] == ["b1", None]
    assert box.wait_s(0.4) == 0.6
    box.put("side", "pass", at=0.5, kept=True)
    assert box.wait_s(0.5) == 0.0
    assert [box.take(0.5), box.take(0.5)] == ["pass", None]
    assert [box.take(1.0), box.take(1.0)] == ["f2", None]
    assert box.wait_s(1.0) is None


def test_inventing_keys_does_not_fill_memory() -> None:
    box: Outbox[int] = Outbox()
    for number in range(KEYS_AT_MOST + 10):
        box.put(number, number, at=0)
    assert box.take(0) == 10
    assert box.replaced == 10


def test_between_threads_a_taker_is_woken() -> None:
    box: WaitingOutbox[str] = WaitingOutbox(Outbox())
    taken: list[str | None] = []
    taker = threading.Thread(target=lambda: taken.append(box.take(timeout_s=10)))
    taker.start()
    box.put("front", "frame", time.monotonic())
    taker.join(5)
    assert taken == ["frame"]
    assert box.take(timeout_s=0.01) is None
