"""The faces of a collection in memory, for comparing: loaded once, and then only what is new."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ostiary.compreface.similarity import scaled, unit
from ostiary.compreface.values import Near
from ostiary.errors import EncoderMismatch

_SPARE = 16  # faces beyond those asked for, whose distances are computed again exactly
_AT_ONCE = 500

Face = tuple[str, str, str]
"""Image id, encoder id, subject."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """`embeddings` as they are stored; `units` are the same at unit length, float32."""

    revision: object = None
    faces: tuple[Face, ...] = ()
    encoders: frozenset[str] = frozenset()
    embeddings: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))
    units: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))

    def nearest(self, embedding: np.ndarray, encoder_id: str, count: int) -> list[Near]:
        """Raises BadEmbedding and EncoderMismatch."""
        probe = unit(embedding, encoder_id)
        for foreign in self.encoders - {encoder_id}:
            raise EncoderMismatch(foreign, encoder_id)
        if not self.faces:
            return []
        likeness = self.units @ probe.astype(np.float32)
        wanted = min(count + _SPARE, len(likeness))
        likely = np.argpartition(-likeness, wanted - 1)[:wanted]
        exact = np.array([np.linalg.norm(unit(self.embeddings[i], encoder_id) - probe) for i in likely])
        best = np.lexsort((likely, exact))[:count]  # of equals, the one that was there first
        told = scaled(exact[best], encoder_id)
        return [Near(self.faces[i][0], self.faces[i][2], float(value)) for i, value in zip(likely[best], told, strict=True)]


class Snapshot:
    """Safe to use from several threads."""

    def __init__(self) -> None:
        self.rows = Rows()
        self._following = threading.Lock()

    def follow(self, revision: object, faces: Sequence[Face], load: Callable[[Sequence[str]], dict[str, np.ndarray]]) -> Rows:
        """The rows of `faces`, for whose embeddings `load` is asked by image id where they are new or encoded anew."""
        with self._following:
            old = self.rows
            known = {face[:2]: row for face, row in zip(old.faces, old.embeddings, strict=True)}
            new = [image_id for image_id, encoder, _ in faces if (image_id, encoder) not in known]
            loaded: dict[str, np.ndarray] = {}
            for start in range(0, len(new), _AT_ONCE):
                loaded.update(load(new[start : start + _AT_ONCE]))
            rows = [known[face[:2]] if face[:2] in known else loaded[face[0]] for face in faces]
            if len({row.shape for row in rows}) > 1:  # of two encoders: whoever compares is told, by their ids
                rows = [np.zeros(1, np.float32)] * len(rows)
            self.rows = rows_of(revision, faces, np.stack(rows) if rows else self.rows.embeddings)
            return self.rows


def rows_of(revision: object, faces: Sequence[Face], embeddings: np.ndarray) -> Rows:
    """`embeddings` are float32 (n, d), one row for each face."""
    if not faces:
        return Rows(revision)
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    encoders = frozenset(encoder for _, encoder, _ in faces)
    return Rows(revision, tuple(faces), encoders, embeddings, embeddings / np.where(lengths > 0, lengths, 1))
