"""Looks at many files, on all cores, and at none twice."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from ostiary.engine import FaceEngine
from ostiary.proof.cache import Cache, key_of
from ostiary.proof.looks import Seen, look
from ostiary.settings import Settings
from ostiary.vision.eyes import Eyes

_AT_ONCE = 4  # files in one errand of a worker: what is lost by an interruption

Progress = Callable[[int, int], None]
"""Told how many files of how many are done."""


def gather(files: Iterable[Path], engine: FaceEngine, cache: Path, workers: int, progress: Progress) -> dict[Path, Seen]:
    """What is seen in each file: from `cache` where it was looked at before, else by `workers` processes; 1 is this one."""
    wanted = list(dict.fromkeys(files))
    eyes = _named(engine)
    with Cache(cache) as kept:
        keys = {file: key_of(file, eyes) for file in wanted}
        seen = {file: known for file in wanted if (known := kept.get(keys[file]))}
        progress(len(seen), len(wanted))
        for file, found in _looked([file for file in wanted if file not in seen], engine, workers):
            kept.put(keys[file], found)
            seen[file] = found
            progress(len(seen), len(wanted))
    return seen


def _named(engine: FaceEngine) -> str:
    """All that what is seen depends on, besides file and code."""
    vision = replace(engine.settings.vision, encoder=engine.eyes.encoder.id, threads=0)
    return f"{vision} {engine.settings.camera.max_fps} {engine.settings.limits.max_pixels}"


def _looked(files: Sequence[Path], engine: FaceEngine, workers: int) -> Iterator[tuple[Path, Seen]]:
    errands = [files[i : i + _AT_ONCE] for i in range(0, len(files), _AT_ONCE)]
    if workers == 1 or len(errands) < 2:
        task = _Task(engine.settings, engine.eyes)
        for errand in errands:
            yield from task.run(errand)
        return
    # Fresh processes: a network's threads do not survive a fork. One thread each, since every core has a process.
    settings = engine.settings
    settings = replace(settings, vision=replace(settings.vision, encoder=engine.encoder_name, threads=1))
    pool = ProcessPoolExecutor(min(workers, len(errands)), multiprocessing.get_context("spawn"), _begin, (settings,))
    try:
        for done in as_completed([pool.submit(_run, errand) for errand in errands]):
            yield from done.result()
    finally:
        pool.shutdown(cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _Task:
    settings: Settings
    eyes: Eyes

    def run(self, files: Sequence[Path]) -> list[tuple[Path, Seen]]:
        limits, camera = self.settings.limits, self.settings.camera
        return [(file, look(file, self.eyes, limits.max_pixels, camera.max_fps)) for file in files]


_task: _Task | None = None
"""What a worker process works with, opened once in it."""


def _begin(settings: Settings) -> None:
    global _task
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends the workers
    _task = _Task(settings, FaceEngine.from_settings(settings).eyes)


def _run(files: Sequence[Path]) -> list[tuple[Path, Seen]]:
    assert _task is not None
    return _task.run(files)
