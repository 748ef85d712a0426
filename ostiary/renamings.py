"""Giving people other names so that nobody passes on the way whom the dates bar, and nothing of theirs stays behind."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from ostiary.errors import GalleryError, GalleryUnavailable, OstiaryError
from ostiary.unfinished import Notes, Unfinished

log = logging.getLogger(__name__)

_WAIT_S = 30.0


class Dates(Protocol):
    """From when to when people may pass."""

    def lend(self, person: str, new: str) -> None: ...
    def take_back(self, person: str, new: str) -> None: ...


class Renamings:
    """Noted in `renaming/` of `folder` from their beginning to their end, one at a time.

    `dates` hold for both names before the gallery knows the new one. `prepare` is called just before that too.
    """

    def __init__(self, folder: Path, dates: Dates, enrolled: Callable[[], Collection[str]], prepare: Callable[[], None] = lambda: None):
        self._folder, self._dates, self._enrolled, self._prepare = folder, dates, enrolled, prepare
        self._notes = _notes(folder)

    @contextmanager
    def of(self, old: str, new: str) -> Iterator[Callable[[], None]]:
        """Within it somebody gets a name; what it gives is called just before the gallery changes. Raises GalleryUnavailable."""
        with self._alone(_WAIT_S):
            begun: list[Unfinished] = []

            def prepare() -> None:
                begun.append(self._begin(old, new))
                self._prepare()
                self._dates.lend(old, new)

            try:
                yield prepare
            except BaseException:
                if begun:
                    self._settle(begun[0])
                raise
            for note in begun:
                note.done()

    def finish(self, finish: Callable[[str, str], bool]) -> None:
        """Has `finish` bring to its end, or say that it never began, whatever a program left. What cannot be done stays noted."""
        with suppress(GalleryUnavailable), self._alone(0):  # else whoever is at it brings it to its end
            for note in self._notes.all():
                try:
                    if finish(str(note.told["old"]), str(note.told["new"])):
                        self._undo(note)
                except (OstiaryError, OSError) as error:
                    log.error("somebody's new name is not known everywhere yet: %s", error)

    def to(self, new: str) -> list[Unfinished]:
        """Those of people who are not called `new` everywhere yet, their former name under `old`."""
        return [note for note in self._notes.all() if note.told.get("new") == new]

    def _begin(self, old: str, new: str) -> Unfinished:
        try:
            return self._notes.begin({"old": old, "new": new})
        except OSError as error:
            raise GalleryUnavailable(self._folder, f"it cannot be written ({error.strerror}); nothing was changed") from None

    def _settle(self, note: Unfinished) -> None:
        """Something went wrong: before the gallery was changed, then nothing happened, or after that."""
        try:
            if note.told["old"] in self._enrolled():
                self._undo(note)
                return
        except GalleryError:  # nobody can tell
            pass
        log.error("somebody's new name is not known everywhere: the rest is done at the next start")

    def _undo(self, note: Unfinished) -> None:
        if note.told["old"] in self._enrolled():
            self._dates.take_back(str(note.told["old"]), str(note.told["new"]))
        note.done()

    @contextmanager
    def _alone(self, wait_s: float) -> Iterator[None]:
        lock = FileLock(self._folder / ".renaming.lock", timeout=wait_s, mode=0o600)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock.acquire()
        except (Timeout, OSError) as error:
            problem = (
                f"it is locked for longer than {wait_s:g} s" if isinstance(error, Timeout) else f"it cannot be locked ({error.strerror})"
            )
            raise GalleryUnavailable(self._folder, problem) from None
        try:
            yield
        finally:
            lock.release()


def under_way(folder: Path, old: str) -> bool:
    """Whether somebody of that name is getting another just now: the name is gone, and yet nobody was forgotten."""
    return any(note.told.get("old") == old for note in _notes(folder).all())


def _notes(folder: Path) -> Notes:
    return Notes(folder / "renaming")
