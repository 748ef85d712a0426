from __future__ import annotations

import os
import pickle
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from ostiary.errors import AlreadyKnown, EncoderMismatch, GalleryDamaged, GalleryUnavailable, UnknownName
from ostiary.gallery import codec
from ostiary.gallery.gallery import Example, Gallery
from ostiary.gallery.store import GalleryStore

SFACE, DLIB = "sface-2021dec", "dlib-resnet-v1"
MakeExample = Callable[..., Example]

# Another program: adds people named <prefix>-0, <prefix>-1, ... and says so when each is on the disk.
ADDER = """
import sys
from pathlib import Path
import numpy as np
from ostiary.gallery.gallery import Example
from ostiary.gallery.store import GalleryStore
path, prefix, count = sys.argv[1:]
store = GalleryStore(Path(path))
for i in range(int(count)):
    vector = np.random.default_rng(i).normal(size=128).astype(np.float32)
    store.add(f"{prefix}-{i}", [Example(f"{i:032x}", 0.0, vector)], encoder_id="sface-2021dec")
    print(f"{prefix}-{i}", flush=True)
"""


@contextmanager
def adder(path: Path, prefix: str, count: int) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, "-c", ADDER, str(path), prefix, str(count)], stdout=subprocess.PIPE, text=True)
    with process:
        try:
            yield process
        finally:
            process.kill()


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_no_file_is_an_empty_gallery_and_stays_none(store: GalleryStore) -> None:
    assert len(store.read()) == 0
    assert store.signature() is None
    assert not store.path.parent.exists()


def test_what_was_added_is_there_for_another_reader(store: GalleryStore, example: MakeExample) -> None:
    store.add("katya", [example(1), example(2)], encoder_id=SFACE)
    gallery = store.add("zero", [example(3)], encoder_id=SFACE)
    again = GalleryStore(store.path).read()
    assert again.names == gallery.names == ("katya", "zero")
    assert again.revision == 2
    kept, given = again.examples("katya")[1], example(2)
    assert (kept.face_id, kept.enrolled_at) == (given.face_id, given.enrolled_at)
    np.testing.assert_array_equal(kept.encoding, given.encoding)


def test_replace_leaves_only_the_new_examples(store: GalleryStore, example: MakeExample) -> None:
    store.add("katya", [example(1), example(2)], encoder_id=SFACE)
    store.add("katya", [example(3)], encoder_id=SFACE, replace=True)
    assert [e.face_id for e in GalleryStore(store.path).read().examples("katya")] == [example(3).face_id]


def test_a_bulk_add_is_one_change(store: GalleryStore, example: MakeExample) -> None:
    gallery = store.add_many([(f"person {i % 500}", example(i)) for i in range(1000)], encoder_id=SFACE)
    assert (len(gallery), len(gallery.face_ids), gallery.revision) == (500, 1000, 1)


def test_the_check_sees_what_is_on_disk_and_can_refuse(store: GalleryStore, example: MakeExample) -> None:
    other = GalleryStore(store.path)
    store.add("katya", [example(1)], encoder_id=SFACE)
    other.read()
    store.add("zero", [example(2)], encoder_id=SFACE)
    seen: list[tuple[str, ...]] = []

    def refuse(gallery: Gallery) -> None:
        seen.append(gallery.names)
        raise AlreadyKnown("zero", 0.1)

    before = store.path.read_bytes()
    with pytest.raises(AlreadyKnown):
        other.add("ema", [example(3)], encoder_id=SFACE, check=refuse)
    assert seen == [("katya", "zero")]
    assert store.path.read_bytes() == before


def test_encoders_never_mix(store: GalleryStore, example: MakeExample) -> None:
    store.add("katya", [example(1)], encoder_id=SFACE)
    before = store.path.read_bytes()
    for replace in (False, True):
        with pytest.raises(EncoderMismatch, match="ostiary reencode"):
            store.add("katya", [example(2)], encoder_id=DLIB, replace=replace)
    with pytest.raises(EncoderMismatch):
        store.add_many([("zero", example(2))], encoder_id=DLIB)
    assert store.path.read_bytes() == before


def test_an_emptied_gallery_takes_any_encoder(store: GalleryStore, example: MakeExample) -> None:
    store.add("katya", [example(1)], encoder_id=SFACE)
    store.remove("katya")
    assert store.add("katya", [example(1)], encoder_id=DLIB).encoder_id == DLIB


def test_the_previous_generation_is_kept(store: GalleryStore, example: MakeExample) -> None:
    store.add("katya", [example(1)], encoder_id=SFACE)
    assert not store.previous.exists()
    store.add("zero", [example(2)], encoder_id=SFACE)
    store.add("ema", [example(3)], encoder_id=SFACE)
    assert codec.decode(store.previous.read_bytes()).names == ("katya", "zero")


def test_where_there_are_no_hard_links_the_previous_generation_is_copied(
    store: GalleryStore, example: MakeExample, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    store.add("katya", [example(1)], encoder_id=SFACE)
    store.add("zero", [example(2)], encoder_id=SFACE)
    assert codec.decode(store.previous.read_bytes()).names == ("katya",)


def test_forgetting_a_person_leaves_no_trace_in_any_file(store: GalleryStore, example: MakeExample) -> None:
    store.add("katya", [example(1)], encoder_id=SFACE)
    store.add("forget me", [example(2), example(3)], encoder_id=SFACE)
    store.add("ema", [example(4)], encoder_id=SFACE)
    for end in ("link", "new"):  # what programs leave that are killed while they write
        store.path.with_name(f".face_db.pkl.{end}").write_bytes(store.path.read_bytes())
    removed = store.remove("forget me")
    assert [e.face_id for e in removed] == [example(2).face_id, example(3).face_id]
    assert store.read().names == ("katya", "ema")
    for file in store.path.parent.iterdir():
        content = file.read_bytes()
        assert b"forget me" not in content
        assert example(2).encoding.tobytes() not in content
    assert codec.decode(store.previous.read_bytes()).names == ("katya", "ema")
    assert store.previous.stat().st_ino != store.path.stat().st_ino
    with pytest.raises(UnknownName):
        store.remove("forget me")


def test_several_are_forgotten_in_one_write_and_those_who_are_not_there_only_where_they_may(
    store: GalleryStore, example: MakeExample
) -> None:
    for number, name in enumerate(("katya", "ema", "zero")):
        store.add(name, [example(number)], encoder_id=SFACE)
    revision = store.read().revision
    with pytest.raises(UnknownName):
        store.remove("katya", "nobody")
    removed = store.remove("zero", "nobody", "katya", missing_ok=True)
    assert {one.face_id for one in removed} == {example(0).face_id, example(2).face_id}
    assert (store.read().names, store.read().revision) == (("ema",), revision + 1)


def test_only_the_owner_may_read(store: GalleryStore, example: MakeExample) -> None:
    for i in range(3):
        store.add(f"person {i}", [example(i)], encoder_id=SFACE)
    store.remove("person 0")
    assert _mode(store.path.parent) == 0o700
    assert {_mode(file) for file in store.path.parent.iterdir()} == {0o600}


@pytest.mark.parametrize("damage", [lambda d: d[: len(d) // 2], lambda d: b"", lambda d: b"garbage", lambda d: d + b"x"])
def test_a_damaged_file_is_never_overwritten(store: GalleryStore, example: MakeExample, damage: Callable[[bytes], bytes]) -> None:
    store.add("katya", [example(1)], encoder_id=SFACE)
    store.add("zero", [example(2)], encoder_id=SFACE)
    damaged = damage(store.path.read_bytes())
    store.path.write_bytes(damaged)
    for attempt in (
        lambda: store.add("ema", [example(3)], encoder_id=SFACE),
        lambda: store.remove("katya"),
        lambda: GalleryStore(store.path).read(),
    ):
        with pytest.raises(GalleryDamaged, match=r"face_db\.pkl\.prev"):
            attempt()
    assert store.path.read_bytes() == damaged
    store.path.write_bytes(store.previous.read_bytes())  # what the message advises
    assert store.add("ema", [example(3)], encoder_id=SFACE).names == ("katya", "ema")


def test_a_malicious_file_is_refused_and_not_run(store: GalleryStore, tmp_path: Path) -> None:
    trace = tmp_path / "trace"

    class Evil:
        def __reduce__(self) -> object:
            return os.system, (f"touch {trace}",)

    store.path.parent.mkdir()
    store.path.write_bytes(pickle.dumps({"katya": [Evil()]}))
    with pytest.raises(GalleryDamaged, match="not data"):
        store.read()
    assert not trace.exists()


def test_an_older_shape_is_read_and_the_first_change_writes_the_current_one(store: GalleryStore, example: MakeExample) -> None:
    store.path.parent.mkdir()
    old = pickle.dumps({"katya": example(1).encoding.astype(float), "zero": [example(2).encoding.astype(float)]})
    store.path.write_bytes(old)
    store.path.chmod(0o644)
    assert store.read().names == ("katya", "zero")
    assert store.path.read_bytes() == old
    store.add("ema", [example(3)], encoder_id=DLIB)
    assert pickle.loads(store.path.read_bytes())["format"] == codec.FORMAT
    assert GalleryStore(store.path).read().names == ("katya", "zero", "ema")
    assert store.previous.read_bytes() == old
    assert _mode(store.path) == _mode(store.previous) == 0o600


def test_a_link_stays_a_link(store: GalleryStore, example: MakeExample, tmp_path: Path) -> None:
    store.add("katya", [example(1)], encoder_id=SFACE)
    link = tmp_path / "link.pkl"
    link.symlink_to(store.path)
    GalleryStore(link).add("zero", [example(2)], encoder_id=SFACE)
    assert link.is_symlink()
    assert store.read().names == ("katya", "zero")


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path, example: MakeExample) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(GalleryUnavailable, match="folder"):
        GalleryStore(tmp_path / "file" / "face_db.pkl").add("katya", [example(1)], encoder_id=SFACE)


def test_a_full_disk_changes_nothing(store: GalleryStore, example: MakeExample, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add("katya", [example(1)], encoder_id=SFACE)
    before = {file: file.read_bytes() for file in store.path.parent.iterdir()}

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(GalleryUnavailable, match="No space left"):
            store.add("zero", [example(2)], encoder_id=SFACE)
    assert {file: file.read_bytes() for file in store.path.parent.iterdir()} == before
    assert store.add("zero", [example(2)], encoder_id=SFACE).names == ("katya", "zero")


def test_threads_that_add_at_once_lose_nothing(store: GalleryStore, example: MakeExample) -> None:
    def add(first: int) -> None:
        for i in range(first, first + 10):
            store.add(f"person {i}", [example(i)], encoder_id=SFACE)

    threads = [threading.Thread(target=add, args=(n,)) for n in (0, 100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gallery = GalleryStore(store.path).read()
    assert set(gallery.names) == {f"person {first + i}" for first in (0, 100, 200, 300) for i in range(10)}
    assert gallery.revision == 40


def test_processes_that_add_at_once_lose_nothing(store: GalleryStore) -> None:
    with adder(store.path, "a", 40) as a, adder(store.path, "b", 40) as b, adder(store.path, "c", 40) as c:
        assert [process.wait(30) for process in (a, b, c)] == [0, 0, 0]
    gallery = store.read()
    assert set(gallery.names) == {f"{prefix}-{i}" for prefix in "abc" for i in range(40)}
    assert gallery.revision == 120


@pytest.mark.parametrize("after", [3, 9, 17])
def test_kill_9_loses_nothing_that_was_acknowledged(store: GalleryStore, example: MakeExample, after: int) -> None:
    store.add_many([(f"resident {i}", example(i)) for i in range(1000)], encoder_id=SFACE)
    with adder(store.path, "new", 100_000) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().strip() for _ in range(after)]
        time.sleep(0.001 * after)  # into the middle of a write, another one for each case
        process.send_signal(signal.SIGKILL)
        process.wait()
        acknowledged += process.stdout.read().split()
    gallery = GalleryStore(store.path).read()
    assert set(acknowledged) <= set(gallery.names)
    assert len(gallery) <= 1000 + len(acknowledged) + 1
    assert len(codec.decode(store.previous.read_bytes())) in (len(gallery) - 1, len(gallery))
    store.add("after the crash", [example(5000)], encoder_id=SFACE)  # nothing is left locked


def test_a_lock_that_somebody_keeps_is_said(store: GalleryStore, example: MakeExample) -> None:
    impatient = GalleryStore(store.path, lock_wait_s=0.05)
    store.add("katya", [example(1)], encoder_id=SFACE)
    with FileLock(f"{store.path}.lock"), pytest.raises(GalleryUnavailable, match="locked"):
        _in_a_thread(lambda: impatient.add("zero", [example(2)], encoder_id=SFACE))


def _in_a_thread(call: Callable[[], object]) -> None:
    raised: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except GalleryUnavailable as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]
