"""The faces of a collection in memory, for comparing: loaded once, and then only what is new."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ostiary.compreface.similarity import scaled, unit
from ostiary.compreface.values import Near
from ostiary.errors import EncoderMismatch

_SPARE = 16  # faces beyond those asked for, whose distances are computed again exactly
_AT_ONCE = 500

Face = tuple[str, str, str]
"""Image id, encoder id, subject."""

Load = Callable[[Sequence[str]], dict[str, np.ndarray]]
"""Embeddings by image id."""


class State(NamedTuple):
    """Of a collection: `revision` differs after each change, `upheaval` after each but adding; `last` is the last face's number."""

    revision: object = None
    upheaval: object = None
    last: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """`embeddings` as they are stored; `units` are the same at unit length, float32."""

    state: State = State()
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

    def followed_by(self, more: Rows) -> Rows:
        """These and then those of `more`, all by one encoder, in the state of `more`."""
        if not self.faces:
            return more
        return Rows(
            more.state,
            self.faces + more.faces,
            self.encoders | more.encoders,
            np.concatenate((self.embeddings, more.embeddings)) if more.faces else self.embeddings,
            np.concatenate((self.units, more.units)) if more.faces else self.units,
        )


class Snapshot:
    """Safe to use from several threads."""

    def __init__(self) -> None:
        self.rows = Rows()
        self._following = threading.Lock()

    def follow(self, state: State, faces: Sequence[Face], load: Load, *, after: Rows | None = None) -> Rows:
        """The rows of `faces`, behind those of `after`. Embeddings are loaded of what is new or encoded anew."""
        with self._following:
            old = Rows() if after else self.rows
            known = {face[:2]: row for face, row in zip(old.faces, old.embeddings, strict=True)}
            new = [image_id for image_id, encoder, _ in faces if (image_id, encoder) not in known]
            loaded: dict[str, np.ndarray] = {}
            for start in range(0, len(new), _AT_ONCE):
                loaded.update(load(new[start : start + _AT_ONCE]))
            rows = [known[face[:2]] if face[:2] in known else loaded[face[0]] for face in faces]
            if len({row.shape for row in rows}) > 1:  # of two encoders: whoever compares is told, by their ids
                rows = [np.zeros(1, np.float32)] * len(rows)
            made = rows_of(state, faces, np.stack(rows) if rows else np.empty((0, 0), np.float32))
            self.rows = after.followed_by(made) if after else made
            return self.rows


def rows_of(state: State, faces: Sequence[Face], embeddings: np.ndarray) -> Rows:
    """`embeddings` are float32 (n, d), one row for each face."""
    if not faces:
        return Rows(state)
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    encoders = frozenset(encoder for _, encoder, _ in faces)
    return Rows(state, tuple(faces), encoders, embeddings, embeddings / np.where(lengths > 0, lengths, 1))
