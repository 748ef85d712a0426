"""Encodes everybody again, from the kept photos, when the encoder changes: all people or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ostiary.errors import InputError
from ostiary.gallery.gallery import Example, Gallery
from ostiary.gallery.store import GalleryStore

EncodePhoto = Callable[[str], np.ndarray]
"""The encoding of the photo of a face id. Raises InputError saying why there is none."""

Progress = Callable[[list[Example]], Iterable[Example]]


@dataclass(frozen=True, slots=True)
class ReencodeReport:
    """`encoded` examples were taken over into encodings of `encoder`; `lost` has a line for each that was not.

    `people_lost` have no example left. `written` is False where that kept everything as it was.
    """

    encoder: str
    encoded: int
    lost: tuple[str, ...]
    people_lost: tuple[str, ...]
    written: bool


class _Changed(Exception):
    """Somebody enrolled more while photos were being encoded."""


class Reencoding:
    """One run of it. `encode` takes long, so the store is not locked meanwhile; who is enrolled then is taken in too."""

    def __init__(self, store: GalleryStore, encoder_id: str, encode: EncodePhoto):
        self._store, self._encoder_id, self._encode = store, encoder_id, encode
        self._done: dict[str, Example] = {}
        self._failed: dict[str, str] = {}

    def run(self, progress: Progress, *, drop_lost: bool) -> ReencodeReport:
        while True:
            gallery = self._store.read()
            self._encode_all([*_all(gallery), *_all(gallery.negatives)], progress)
            people_lost = self._people_lost(gallery)
            if people_lost and not drop_lost:
                return self._report(gallery, people_lost, written=False)
            try:
                self._store.change(self._rebuilt)
            except _Changed:
                continue
            return self._report(gallery, people_lost, written=True)

    def _encode_all(self, examples: list[tuple[str, Example]], progress: Progress) -> None:
        for example in progress([example for _, example in examples if not self._is_tried(example)]):
            try:
                self._done[example.face_id] = replace(example, encoding=self._encode(example.face_id))
            except InputError as error:
                self._failed[example.face_id] = str(error)

    def _rebuilt(self, gallery: Gallery) -> Gallery:
        people, negatives = list(_all(gallery)), list(_all(gallery.negatives))
        if not all(self._is_tried(example) for _, example in people + negatives):
            raise _Changed
        return Gallery().adding(self._new(people), self._encoder_id).opposing(self._new(negatives), self._encoder_id)

    def _new(self, examples: list[tuple[str, Example]]) -> list[tuple[str, Example]]:
        return [(name, self._done[e.face_id]) for name, e in examples if e.face_id in self._done]

    def _is_tried(self, example: Example) -> bool:
        return example.face_id in self._done or example.face_id in self._failed

    def _people_lost(self, gallery: Gallery) -> tuple[str, ...]:
        return tuple(n for n in gallery.names if not any(e.face_id in self._done for e in gallery.examples(n)))

    def _report(self, gallery: Gallery, people_lost: tuple[str, ...], *, written: bool) -> ReencodeReport:
        everybody = [*_all(gallery), *((f"{label} (kept out)", e) for label, e in _all(gallery.negatives))]
        lost = tuple(f"{name}: {self._failed[e.face_id]}" for name, e in everybody if e.face_id in self._failed)
        encoded = sum(face_id in self._done for face_id in gallery.all_face_ids)
        return ReencodeReport(self._encoder_id, encoded, lost, people_lost, written)


def _all(gallery: Gallery) -> Iterator[tuple[str, Example]]:
    return ((name, example) for name in gallery.names for example in gallery.examples(name))
