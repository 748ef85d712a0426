"""What a recognition service can be asked about its faces, whoever keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from ostiary.compreface.values import Encoded, KnownFace, Near, Page, StoredFace


class Collection(Protocol):
    """Subjects and their faces. Names are looked up whatever their letter case; the spelling of the first time stays.

    A subject may be without faces. What returned is on the disk, and whoever asks next knows it. Image ids are UUIDs in
    lower case with hyphens.
    """

    @property
    def encoder_id(self) -> str:
        """Who makes the embeddings that are asked about."""

    def subjects(self) -> list[str]: ...

    def create(self, subject: str) -> str:
        """A subject without faces. Raises SubjectExists."""

    def rename(self, subject: str, new: str) -> bool:
        """Gives all faces of a subject to `new`, who may be there already and then keeps its spelling; the ids stay.

        False where nothing had to be changed. Raises UnknownSubject.
        """

    def delete(self, subject: str) -> str:
        """With its faces; its name as it was spelt. Raises UnknownSubject."""

    def delete_all(self) -> int:
        """How many subjects that were."""

    def add(self, subject: str, image: bytes, face: Encoded) -> StoredFace:
        """Another example, of a new subject where need be; tells the subject as it was asked for."""

    def page(self, number: int, size: int, subject: str | None = None) -> Page:
        """Faces in one unchanging order; of `subject` alone, spelt exactly so."""

    def remove(self, image_id: str) -> StoredFace:
        """Its subject stays. Raises UnknownImage."""

    def remove_many(self, image_ids: Sequence[str]) -> list[StoredFace]:
        """Those that were there, in the order asked for."""

    def remove_of(self, subject: str | None) -> int:
        """Deletes a subject, or all, with the faces; how many faces those were, 0 where there is no such subject."""

    def image(self, image_id: str) -> bytes | None:
        """The picture, None where there is none."""

    def nearest(self, embedding: np.ndarray, count: int) -> list[Near]:
        """The faces most like it, the most similar first. Raises BadEmbedding and EncoderMismatch."""

    def known(self, image_id: str) -> KnownFace:
        """Raises UnknownImage and EncoderMismatch."""
