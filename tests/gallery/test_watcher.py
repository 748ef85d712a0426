from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from ostiary.errors import GalleryDamaged
from ostiary.gallery.gallery import Example
from ostiary.gallery.store import GalleryStore
from ostiary.gallery.watcher import Watcher
from ostiary.service import spawn

SFACE = "sface-2021dec"
MakeExample = Callable[..., Example]

CHANGE = """
import sys
from pathlib import Path
from ostiary.gallery.store import GalleryStore
GalleryStore(Path(sys.argv[1])).remove("katya")
"""


@pytest.fixture
def watcher(store: GalleryStore) -> Watcher:
    return Watcher(GalleryStore(store.path), interval_s=0.01)


def test_a_step_takes_in_what_changed_and_only_that(store: GalleryStore, watcher: Watcher, example: MakeExample) -> None:
    watcher.step()
    assert (len(watcher.gallery), watcher.problem) == (0, None)
    store.add("katya", [example(1)], encoder_id=SFACE)
    watcher.step()
    first = watcher.gallery
    assert first.names == ("katya",)
    watcher.step()
    assert watcher.gallery is first


def test_another_process_is_noticed_within_a_second(store: GalleryStore, example: MakeExample) -> None:
    store.add_many([("katya", example(1)), ("zero", example(2))], encoder_id=SFACE)
    watcher, stop = Watcher(GalleryStore(store.path)), threading.Event()
    with ExitStack() as stack:
        spawn(stack, watcher, stop, "gallery watcher")
        stack.callback(watcher.close)
        _wait_for(lambda: watcher.gallery.names == ("katya", "zero"))
        subprocess.run([sys.executable, "-c", CHANGE, str(store.path)], check=True)
        _wait_for(lambda: watcher.gallery.names == ("zero",))


def _wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 1
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_damaged_file_keeps_the_last_good_gallery(
    store: GalleryStore, watcher: Watcher, example: MakeExample, caplog: pytest.LogCaptureFixture
) -> None:
    store.add("katya", [example(1)], encoder_id=SFACE)
    watcher.refresh()
    good = store.path.read_bytes()
    store.path.write_bytes(good[:100])
    with caplog.at_level(logging.ERROR):
        watcher.step()
        watcher.step()
    assert watcher.gallery.names == ("katya",)
    assert watcher.problem is not None
    assert "cannot be read" in watcher.problem
    assert len(caplog.records) == 1
    store.path.write_bytes(good)
    watcher.step()
    assert (watcher.gallery.names, watcher.problem) == (("katya",), None)


def test_a_file_damaged_from_the_start_is_a_problem_and_nobody_is_known(store: GalleryStore, watcher: Watcher) -> None:
    store.path.parent.mkdir()
    store.path.write_bytes(b"garbage")
    assert len(watcher.refresh()) == 0
    assert watcher.problem is not None


def test_a_file_damaged_from_the_start_leaves_the_generation_before_it_in_force(
    store: GalleryStore, watcher: Watcher, example: MakeExample
) -> None:
    store.add("katya", [example(1)], encoder_id=SFACE)
    store.add("zero", [example(2)], encoder_id=SFACE)
    good = store.path.read_bytes()
    damaged = good[:100]
    store.path.write_bytes(damaged)
    store.previous.unlink()  # it may be the very same file
    store.previous.write_bytes(good)
    for _ in range(2):
        assert watcher.refresh().names == ("katya", "zero")
        assert watcher.problem is not None
        assert "cannot be read" in watcher.problem
    with pytest.raises(GalleryDamaged):
        watcher.store.add("ema", [example(3)], encoder_id=SFACE)
    assert store.path.read_bytes() == damaged
    store.path.write_bytes(good)
    assert (watcher.refresh().names, watcher.problem) == (("katya", "zero"), None)


def test_who_was_forgotten_does_not_come_back_with_a_damaged_file(store: GalleryStore, watcher: Watcher, example: MakeExample) -> None:
    store.add_many([("katya", example(1)), ("zero", example(2))], encoder_id=SFACE)
    store.remove("katya")
    store.path.write_bytes(b"garbage")
    assert watcher.refresh().names == ("zero",)


def test_where_the_generation_before_is_damaged_too_nobody_is_known(store: GalleryStore, watcher: Watcher, example: MakeExample) -> None:
    store.add("katya", [example(1)], encoder_id=SFACE)
    for file in (store.path, store.previous):
        file.write_bytes(b"garbage")
    assert len(watcher.refresh()) == 0
    assert watcher.problem is not None


def test_a_good_file_is_never_followed_by_an_older_generation(store: GalleryStore, watcher: Watcher, example: MakeExample) -> None:
    store.add("katya", [example(1)], encoder_id=SFACE)
    store.add("zero", [example(2)], encoder_id=SFACE)
    watcher.refresh()
    store.path.write_bytes(b"garbage")
    assert watcher.refresh().names == ("katya", "zero")


def test_an_unreachable_file_is_tried_again(store: GalleryStore, watcher: Watcher, example: MakeExample) -> None:
    store.add("katya", [example(1)], encoder_id=SFACE)
    watcher.refresh()
    aside = store.path.rename(store.path.with_suffix(".aside"))
    store.path.mkdir()  # something of which nothing can be read, whoever reads
    watcher.refresh()
    assert watcher.problem is not None
    assert watcher.gallery.names == ("katya",)
    store.path.rmdir()
    aside.rename(store.path)  # the very same file again
    assert watcher.refresh().names == ("katya",)
    assert watcher.problem is None


def test_a_removed_file_is_an_empty_gallery(store: GalleryStore, watcher: Watcher, example: MakeExample) -> None:
    store.add("katya", [example(1)], encoder_id=SFACE)
    watcher.refresh()
    store.path.unlink()
    assert len(watcher.refresh()) == 0
    assert watcher.problem is None


def test_close_ends_the_pause_of_a_step(store: GalleryStore) -> None:
    watcher = Watcher(store, interval_s=3600)
    thread = threading.Thread(target=watcher.step)
    thread.start()
    watcher.close()
    thread.join(5)
    assert not thread.is_alive()
