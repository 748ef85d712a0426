"""Keeps a snapshot of the gallery that follows the file, whoever changes it."""

from __future__ import annotations

import logging
import threading

from ostiary.errors import GalleryDamaged, GalleryError
from ostiary.gallery.gallery import Gallery
from ostiary.gallery.store import GalleryStore

log = logging.getLogger(__name__)


class Watcher:
    """A service. `gallery` is the last good snapshot, `problem` says why it may be out of date, or is None.

    Where the file cannot be read from the start, the generation before it, if that can, is the last good snapshot: whoever
    was forgotten is not in it either.
    """

    def __init__(self, store: GalleryStore, interval_s: float = 0.25):
        self.store, self.interval_s = store, interval_s
        self.gallery = Gallery()
        self.problem: str | None = None
        self._any_good = False
        self._seen: object = ()  # the signature of the file last tried; at first, that of no file
        self._refreshing = threading.Lock()
        self._closed = threading.Event()

    def step(self) -> None:
        self._closed.wait(self.interval_s)
        self.refresh()

    def close(self) -> None:
        """Ends the pause of a running `step`."""
        self._closed.set()

    def refresh(self) -> Gallery:
        """Takes in what is on disk now; cheap when that has not changed."""
        with self._refreshing:
            try:
                signature = self.store.signature()
                if signature != self._seen:
                    self._take(self.store.read())
                    self._seen = signature
            except GalleryDamaged as error:
                self._report(error)
                self._seen = signature  # not read again and again, only when somebody has repaired it
            except GalleryError as error:
                self._report(error)
                self._seen = ()  # may pass without the file changing
            return self.gallery

    def _take(self, gallery: Gallery) -> None:
        if gallery.revision != self.gallery.revision or self.problem:
            log.info("gallery: %d people, revision %d", len(gallery), gallery.revision)
        self.gallery, self.problem, self._any_good = gallery, None, True

    def _report(self, error: GalleryError) -> None:
        problem = str(error)
        if not self._any_good and (previous := self.store.read_previous()) is not None:
            log.warning("gallery: going back to the %d people of its previous generation, revision %d", len(previous), previous.revision)
            self.gallery, self._any_good = previous, True
        if problem != self.problem:
            log.error("%s; the %d people known before stay in force", problem, len(self.gallery))
        self.problem = problem
