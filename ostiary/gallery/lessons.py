"""What the gallery learns from the door: faces seen there become examples of people, or negatives, and can be taken back."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from ostiary.errors import OstiaryError
from ostiary.gallery.gallery import Example, Gallery
from ostiary.gallery.photos import PhotoStore
from ostiary.gallery.store import Check, GalleryStore


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face seen at the door: float32 `encoding`, and the JPEG that it was made from where one was kept."""

    encoding: np.ndarray
    picture: bytes | None


@dataclass(frozen=True, slots=True, eq=False)
class TakenBack:
    """What was taken out of the gallery: faces by face id, encoded by `encoder_id` (None: there was nothing to take)."""

    encoder_id: str | None
    faces: dict[str, Face]


class Lessons:
    """Changes of a gallery and its photos, each of them whole or not at all. `keep_photos` False keeps encodings only."""

    def __init__(self, store: GalleryStore, photos: PhotoStore, *, keep_photos: bool):
        self._store, self._photos, self._keep_photos = store, photos, keep_photos

    def learn(self, name: str, faces: Sequence[Face], *, encoder_id: str, check: Check | None = None) -> tuple[str, ...]:
        """Adds examples of a person; their face ids. `check` sees the gallery just before. Raises EncoderMismatch."""
        return self._add(name, faces, encoder_id, check, Gallery.adding)

    def keep_out(self, label: str, faces: Sequence[Face], *, encoder_id: str) -> tuple[str, ...]:
        """Adds negatives: who looks like these is unknown. Their face ids. Raises EncoderMismatch."""
        return self._add(label, faces, encoder_id, None, Gallery.opposing)

    def take_back(self, face_ids: Collection[str], *, check: Check | None = None) -> TakenBack:
        """Removes these examples, of people or negatives, from the gallery, its previous generation and the photos.

        `check` sees the gallery just before and may raise.
        """
        taken: dict[str, Face] = {}
        encoder_ids: list[str | None] = []

        def edit(gallery: Gallery) -> Gallery:
            if check:
                check(gallery)
            found = {e.face_id: e for side in (gallery, gallery.negatives) for name in side.names for e in side.examples(name)}
            taken.update((i, Face(found[i].encoding, self._photos.load(i))) for i in face_ids if i in found)
            encoder_ids.append(gallery.encoder_id)
            self._photos.unsettle(taken)
            return gallery.without(taken.keys())

        self._store.change(edit, forget=True)
        self._photos.delete(taken)
        return TakenBack(encoder_ids[0] if taken else None, taken)

    def _add(
        self,
        label: str,
        faces: Sequence[Face],
        encoder_id: str,
        check: Check | None,
        add: Callable[[Gallery, Sequence[tuple[str, Example]], str], Gallery],
    ) -> tuple[str, ...]:
        examples = [Example(uuid.uuid4().hex, time.time(), face.encoding) for face in faces]
        face_ids = tuple(example.face_id for example in examples)

        def edit(gallery: Gallery) -> Gallery:
            gallery.require(encoder_id)
            if check:
                check(gallery)
            return add(gallery, [(label, example) for example in examples], encoder_id)

        for face, face_id in zip(faces, face_ids, strict=True):
            if face.picture is not None and self._keep_photos:
                self._photos.save(face_id, face.picture)
        try:
            self._store.change(edit)
        except OstiaryError:
            self._photos.delete(face_ids)
            raise
        self._photos.settle(face_ids)
        return face_ids
