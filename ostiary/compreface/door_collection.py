"""The door's own gallery as a collection: whoever is added here opens the gate, and everybody enrolled elsewhere is a subject.

People are added by the door's rules: a picture that is unclear, or of somebody who is known by another name, is refused.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection as Several
from collections.abc import Sequence
from contextlib import nullcontext
from threading import Lock

import numpy as np

from ostiary.compreface.door_shelf import DoorShelf
from ostiary.compreface.own_collection import folded
from ostiary.compreface.snapshot import Rows, State, rows_of
from ostiary.compreface.values import Encoded, KnownFace, Near, Page, StoredFace
from ostiary.encoders import ENCODERS
from ostiary.engine import FaceEngine
from ostiary.errors import EncoderMismatch, LastExample, SubjectExists, UnknownFace, UnknownImage, UnknownName, UnknownSubject
from ostiary.gallery.gallery import Gallery, counter_label
from ostiary.gallery.names import new_name


class DoorCollection:
    """People are subjects; an image id is the UUID of a face id."""

    def __init__(self, engine: FaceEngine, shelf: DoorShelf, *, keep_images: bool = True):
        self._engine, self._shelf, self._keep_images = engine, shelf, keep_images
        self._naming = Lock()  # so that two who add somebody new at once mean one subject
        self._seen = _View(Gallery())

    @property
    def encoder_id(self) -> str:
        return ENCODERS[self._engine.encoder_name].id

    def subjects(self) -> list[str]:
        view = self._view()
        return [*view.gallery.names, *(name for name in self._shelf.subjects() if folded(name) not in view.spelt)]

    def create(self, subject: str) -> str:
        name = new_name(subject)
        with self._naming:
            if folded(name) in self._view().spelt:
                raise SubjectExists(subject)
            self._shelf.keep_subject(name)
        return subject

    def rename(self, subject: str, new: str) -> bool:
        """As the dashboard does: two people who do not look alike are not made one. Raises NotAlike and BadName too."""
        with self._naming:
            view, old, target = self._view(), self._require(subject), self._find(new)
            name = new_name(new) if new else old
            if name == old:
                return False
            if old in view.gallery:
                self._rename_person(old, name, target, view)
                return True
            self._shelf.drop_subject(old)
            if target is None or folded(target) == folded(old):
                self._shelf.keep_subject(name)
            return True

    def _rename_person(self, old: str, name: str, target: str | None, view: _View) -> None:
        try:
            if target is None or folded(target) == folded(old):
                self._engine.rename(old, name)
            elif target in view.gallery:
                self._engine.merge(old, target)
            else:
                self._engine.rename(old, target)
                self._shelf.drop_subject(target)
        except UnknownName as error:  # somebody forgot them meanwhile
            raise UnknownSubject(error.name) from None

    def delete(self, subject: str) -> str:
        name = self._require(subject)
        self._forget([name])
        return name

    def delete_all(self) -> int:
        subjects = self.subjects()
        self._forget(subjects)
        return len(subjects)

    def add(self, subject: str, image: bytes, face: Encoded) -> StoredFace:
        """Raises what `FaceEngine.register` does."""
        known = self._find(subject)
        with nullcontext() if known is not None and known in self._view().gallery else self._naming:
            name = self._find(subject) or new_name(subject)
            enrolled = self._engine.register(name, image, leniently=True)  # as whoever looked at it before
        image_id = image_id_of(enrolled.face_id)
        if self._keep_images:
            self._shelf.keep_image(image_id, image, lambda: known_images(self._engine))
        self._shelf.drop_subject(name)
        return StoredFace(image_id, subject)

    def page(self, number: int, size: int, subject: str | None = None) -> Page:
        faces = [StoredFace(image_id, name) for image_id, _, name in self._view().rows.faces if subject in (None, name)]
        return Page(tuple(faces[number * size : (number + 1) * size]), number, size, len(faces))

    def remove(self, image_id: str) -> StoredFace:
        name, face_id = self._face(image_id)
        try:
            self._engine.drop_example(name, face_id)
        except LastExample:
            if not self._engine.take_back([face_id]).faces:
                raise UnknownImage(image_id) from None
            self._keep_name(name)
        except (UnknownName, UnknownFace):
            raise UnknownImage(image_id) from None
        self._sweep()
        return StoredFace(image_id, name)

    def remove_many(self, image_ids: Sequence[str]) -> list[StoredFace]:
        removed = []
        for image_id in dict.fromkeys(image_ids):
            try:
                removed.append(self.remove(image_id))
            except UnknownImage:
                continue
        return removed

    def remove_of(self, subject: str | None) -> int:
        return self._forget(self.subjects() if subject is None else [name] if (name := self._find(subject)) else [])

    def image(self, image_id: str) -> bytes | None:
        """As it came; for a face enrolled elsewhere, the photo that the door keeps."""
        try:
            name, face_id = self._face(image_id)
            kept = self._shelf.image(image_id)
            return self._engine.photo(name, face_id) if kept is None else kept
        except (UnknownImage, UnknownName, UnknownFace):
            return None

    def nearest(self, embedding: np.ndarray, count: int) -> list[Near]:
        return self._view().rows.nearest(embedding, self.encoder_id, count)

    def known(self, image_id: str) -> KnownFace:
        view = self._view()
        if image_id not in view.places:
            raise UnknownImage(image_id)
        _, encoder, name = view.rows.faces[view.places[image_id]]
        if encoder != self.encoder_id:
            raise EncoderMismatch(encoder, self.encoder_id)
        return KnownFace(image_id, name, view.rows.embeddings[view.places[image_id]])

    def _view(self) -> _View:
        gallery = self._engine.gallery
        if self._seen.gallery is not gallery:
            self._seen = _View(gallery)
        return self._seen

    def _find(self, subject: str) -> str | None:
        """The subject as it is spelt, whatever the letter case and the space around it, which no name at the door has."""
        key = folded(subject.strip())
        return self._view().spelt.get(key) or next((name for name in self._shelf.subjects() if folded(name) == key), None)

    def _require(self, subject: str) -> str:
        if name := self._find(subject):
            return name
        raise UnknownSubject(subject)

    def _face(self, image_id: str) -> tuple[str, str]:
        """Whose it is, and its face id."""
        view = self._view()
        if image_id not in view.places:
            raise UnknownImage(image_id)
        place = view.places[image_id]
        return view.rows.faces[place][2], view.gallery.face_ids[place]

    def _keep_name(self, name: str) -> None:
        try:
            self._shelf.keep_subject(name)
        except SubjectExists:
            return

    def _forget(self, names: Sequence[str]) -> int:
        """Everywhere; how many faces there were."""
        if not names:
            return 0
        engine = self._engine
        erased = engine.forget_all(names)
        # Who has no faces now may be somebody who came, and was mistaken, before.
        if mistaken := [face_id for name in names for face_id in engine.negatives_of(counter_label(name))]:
            engine.take_back(mistaken)
        for name in names:
            self._shelf.drop_subject(name)
        self._sweep()
        return sum(counts["examples"] for counts in erased.values())

    def _sweep(self) -> None:
        self._shelf.sweep(lambda: known_images(self._engine))


class _View:
    """A gallery as it is asked about here."""

    def __init__(self, gallery: Gallery):
        self.gallery = gallery
        self.spelt = {folded(name): name for name in reversed(gallery.names)}  # of two that differ in letter case, the first
        images = [image_id_of(face_id) for face_id in gallery.face_ids]
        encoder = str(gallery.encoder_id)
        self.rows: Rows = rows_of(
            State(gallery.revision), [(i, encoder, n) for i, n in zip(images, gallery.row_names, strict=True)], gallery.encodings
        )
        self.places = {image_id: place for place, image_id in enumerate(images)}


def image_id_of(face_id: str) -> str:
    """Face ids are UUIDs by now; those of old galleries become one."""
    try:
        return str(uuid.UUID(hex=face_id))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, face_id))


def known_images(engine: FaceEngine) -> Several[str] | None:
    """The image ids of everybody in the gallery as it is on the disk; None where there is none. Raises GalleryError."""
    if engine.store.signature() is None:
        return None
    return {image_id_of(face_id) for face_id in engine.store.read().face_ids}
