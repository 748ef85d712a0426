"""Working through picture files for the command-line tools: in a folder, on several cores, with progress."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Generic, Self, TypeVar

from tqdm import tqdm

from ostiary.errors import BadImage
from ostiary.face_recognition import networks

SUFFIXES = (".jpg", ".jpeg", ".png")

T = TypeVar("T")


class Desk:
    """Where lines go while work is done: results to stdout, what cannot be read to stderr.

    `cpus` pictures are worked on at once; -1 and 0 are as many as there are cores.
    """

    def __init__(self, cpus: int):
        self.refused = 0
        self._cpus = cpus
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def each(self, files: Sequence[str], work: Callable[[str], T]) -> Iterator[tuple[str, T]]:
        """What `work` makes of each file, in order. A bar on stderr tells how far it is, if that is a terminal."""
        with tqdm(total=len(files), unit="picture", file=sys.stderr, disable=None, leave=False) as bar:
            for file, made in zip(files, self._made(files, partial(_tried, work)), strict=True):
                bar.update()
                if isinstance(made, _Unreadable):
                    self.refused += 1
                    tqdm.write(f"{file}: {made.why}", file=sys.stderr)
                else:
                    yield file, made.value

    def say(self, line: str) -> None:
        tqdm.write(line, file=sys.stdout)

    def _made(self, files: Sequence[str], work: Callable[[str], T]) -> Iterator[T]:
        if self._cpus == 1 or len(files) < 2:
            return map(work, files)
        self._pool = self._pool or _pool(self._cpus)
        return self._pool.map(work, files)


def pictures_in(place: str) -> list[str]:
    """The pictures in a folder, by name, spelt with the folder as it was given; or the one file."""
    if not Path(place).is_dir():
        return [place]
    with os.scandir(place) as entries:
        return sorted(entry.path for entry in entries if entry.name.lower().endswith(SUFFIXES))


@dataclass(frozen=True, slots=True)
class _Made(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class _Unreadable:
    why: str


def _tried(work: Callable[[str], T], file: str) -> _Made[T] | _Unreadable:
    try:
        return _Made(work(file))
    except BadImage as error:
        return _Unreadable(str(error))


def _pool(cpus: int) -> ProcessPoolExecutor:
    """Fresh processes: a network's threads do not survive a fork. One thread each, since every core has a process."""
    from ostiary.vision.session import cores

    means = replace(networks.means(), threads=1)
    return ProcessPoolExecutor(cpus if cpus > 0 else cores(), multiprocessing.get_context("spawn"), _begin, (means,))


def _begin(means: networks.Means) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C reaches the whole group: a worker ends at once, amid a large picture, too
    networks.use(means)
