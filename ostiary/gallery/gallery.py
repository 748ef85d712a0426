"""Everybody who is known, as an immutable snapshot: rows of encodings grouped by person, and the exact match over them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from ostiary.domain import Candidate, Match
from ostiary.encoders import EncoderInfo, info_of
from ostiary.errors import EncoderMismatch, UnknownName

_CHUNK = 64  # probes compared at once: bounds the memory of a match at 100,000 people to 25 MB
_Near = tuple[np.ndarray, np.ndarray, np.ndarray]  # people, the nearest row of each, their judged distances
_SPARE = 3  # candidates beyond those asked for, whose distances are computed again exactly


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One enrolled face: float32 `encoding`, and the wall-clock second it was `enrolled_at` (0: not known)."""

    face_id: str
    enrolled_at: float
    encoding: np.ndarray


def counter_label(name: str) -> str:
    """The label of negatives that were taken for `name` and are not; they go when that person is forgotten."""
    return f"not {name}"


class Gallery:
    """One state of the gallery. A change makes a new one; `revision` counts the changes on disk.

    `names` are the people in the order of their first example; `len()` counts people. `row_names`, `encodings`,
    `face_ids` and `enrolled_at` describe the examples, all in one order, grouped by person. `encoder_id` is None
    exactly when there is no face at all.

    `negatives` are faces to be recognised as nobody: people who are ignored, and faces once mistaken for a person. They
    are a gallery of their own, by label instead of name; a match tells of the nearest one beside the people.
    """

    def __init__(self) -> None:
        self.encoder_id: str | None = None
        self.revision = 0
        self.names: tuple[str, ...] = ()
        self.face_ids: tuple[str, ...] = ()
        self.encodings = np.empty((0, 0), np.float32)
        self.enrolled_at = np.empty(0)
        self._index: dict[str, int] = {}
        self._starts = np.zeros(1, np.intp)  # person i owns the rows from _starts[i] to _starts[i + 1]
        self._judged = self.encodings  # the rows as they are compared
        self._squares = np.empty(0, np.float32)
        self._negatives: Self | None = None

    @classmethod
    def of(
        cls,
        encoder_id: str,
        names: Sequence[str],
        encodings: np.ndarray,
        *,
        face_ids: Sequence[str] | None = None,
        enrolled_at: np.ndarray | None = None,
    ) -> Self:
        """The gallery in which `encodings[i]` of float (n, d) is an example of `names[i]`.

        Raises KeyError for an encoder that this version does not know, ValueError for rows that cannot be its encodings.
        """
        gallery = cls()
        if len(names) == 0:
            return gallery
        rows = _checked(info_of(encoder_id)[1], len(names), encodings)
        index = {name: i for i, name in enumerate(dict.fromkeys(names))}
        owners = np.fromiter((index[name] for name in names), np.intp, len(names))
        order = np.argsort(owners, kind="stable")
        gallery.encoder_id, gallery.names, gallery._index = encoder_id, tuple(index), index
        gallery._starts = np.concatenate(([0], np.cumsum(np.bincount(owners))))
        gallery.encodings = np.ascontiguousarray(rows[order])
        gallery.encodings.setflags(write=False)
        gallery._compare(_of_usual_length(gallery._info, gallery.encodings))
        gallery.face_ids = tuple(face_ids[i] for i in order) if face_ids is not None else ("",) * len(names)
        gallery.enrolled_at = np.zeros(len(names)) if enrolled_at is None else np.asarray(enrolled_at, float)[order]
        return gallery

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: str) -> bool:
        return name in self._index

    @property
    def row_names(self) -> list[str]:
        return [name for name, count in zip(self.names, np.diff(self._starts), strict=True) for _ in range(count)]

    @property
    def negatives(self) -> Self:
        return self._negatives or type(self)()

    @property
    def all_face_ids(self) -> frozenset[str]:
        """The ids of all examples, negatives included."""
        return frozenset((*self.face_ids, *self.negatives.face_ids))

    def face_ids_of(self, name: str) -> list[str]:
        """The ids of that person's examples, and of what was only mistaken for them. Raises UnknownName."""
        counter, negatives = counter_label(name), self.negatives
        mistaken = negatives.face_ids_of(counter) if counter in negatives else []
        return [*(self.face_ids[row] for row in self._rows(name)), *mistaken]

    def examples(self, name: str) -> tuple[Example, ...]:
        """Raises UnknownName."""
        rows = self._rows(name)
        return tuple(Example(self.face_ids[i], float(self.enrolled_at[i]), self.encodings[i]) for i in rows)

    def require(self, encoder_id: str) -> Self:
        """This gallery, proved to be made of encodings of that encoder. Raises EncoderMismatch."""
        if self.encoder_id not in (None, encoder_id):
            raise EncoderMismatch(str(self.encoder_id), encoder_id)
        return self

    def adding(self, additions: Sequence[tuple[str, Example]], encoder_id: str) -> Self:
        """A gallery with these examples of these people too. Raises EncoderMismatch."""
        self.require(encoder_id)
        if not additions:
            return self
        new = [example for _, example in additions]
        encodings = [example.encoding[None] for example in new]
        gallery = self.of(
            encoder_id,
            [*self.row_names, *[name for name, _ in additions]],
            np.concatenate([self.encodings, *encodings] if self.names else encodings),
            face_ids=[*self.face_ids, *[example.face_id for example in new]],
            enrolled_at=np.concatenate((self.enrolled_at, [example.enrolled_at for example in new])),
        )
        return gallery.with_negatives(self.negatives)

    def opposing(self, additions: Sequence[tuple[str, Example]], encoder_id: str) -> Self:
        """A gallery with these negatives too, each with its label. Raises EncoderMismatch."""
        self.require(encoder_id)
        return self.with_negatives(self.negatives.adding(additions, encoder_id))

    def with_negatives(self, negatives: Gallery) -> Self:
        """A gallery of the same people with `negatives` instead of its own. Raises EncoderMismatch."""
        people_encoder = self.encoder_id if self.names else None
        if people_encoder:
            negatives.require(people_encoder)
        gallery = copy(self)
        gallery.encoder_id = people_encoder or negatives.encoder_id
        gallery._negatives = negatives if len(negatives) else None  # type: ignore[assignment]
        return gallery

    def as_told(self) -> Self:
        """The same gallery, whose people are judged by the very distances that the outside is told.

        For a threshold that was set by these; else it is fairer to judge all encodings as if they were equally long.
        """
        if self._judged is self.encodings:
            return self
        gallery = copy(self)
        gallery._compare(gallery.encodings)
        if self._negatives is not None:
            gallery._negatives = self._negatives.as_told()
        return gallery

    def only(self, name: str, but: int | None = None) -> Self:
        """That person alone, less their `but`-th example (from 0), judged as here. Raises UnknownName."""
        kept = [row for i, row in enumerate(self._rows(name)) if i != but]
        alone = self.of(str(self.encoder_id), [name] * len(kept), self.encodings[kept])
        return alone.as_told() if self._judged is self.encodings else alone

    def numbered(self, revision: int) -> Self:
        """The same gallery as another revision."""
        gallery = copy(self)
        gallery.revision = revision
        return gallery

    def removing(self, *names: str) -> Self:
        """A gallery without those people, and without what was only mistaken for them. Raises UnknownName."""
        negatives = self.negatives
        counters = [counter for counter in map(counter_label, names) if counter in negatives]
        kept = negatives.removing(*counters) if counters else negatives
        return self._without_rows({row for name in names for row in self._rows(name)}).with_negatives(kept)

    def renaming(self, old: str, new: str) -> Self:
        """A gallery in which that person's faces, and what was only mistaken for them, are `new`'s, beside those of whoever is `new`.

        Raises UnknownName.
        """
        self._rows(old)
        negatives = self._negatives._relabelled(counter_label(old), counter_label(new)) if self._negatives else self.negatives
        return self._relabelled(old, new).with_negatives(negatives)

    def _relabelled(self, old: str, new: str) -> Self:
        return self.of(
            str(self.encoder_id),
            [new if name == old else name for name in self.row_names],
            self.encodings,
            face_ids=self.face_ids,
            enrolled_at=self.enrolled_at,
        )

    def without(self, face_ids: Collection[str]) -> Self:
        """A gallery without these examples, be they people's or negatives."""
        gone = {i for i, face_id in enumerate(self.face_ids) if face_id in face_ids}
        negatives = self._negatives.without(face_ids) if self._negatives else self.negatives
        return self._without_rows(gone).with_negatives(negatives)

    def _without_rows(self, gone: Collection[int]) -> Self:
        kept = [i for i in range(len(self.face_ids)) if i not in gone]
        names, face_ids = self.row_names, self.face_ids
        return self.of(
            str(self.encoder_id),
            [names[i] for i in kept],
            self.encodings[kept],
            face_ids=[face_ids[i] for i in kept],
            enrolled_at=self.enrolled_at[kept],
        )

    def match(self, encoding: np.ndarray, top: int = 5, *, encoder_id: str | None = None) -> Match:
        """The `top` nearest people of one encoding, and the nearest negative among them.

        `encoder_id` names who made the encoding; EncoderMismatch where that is another than the gallery's.
        """
        return self.match_all(np.asarray(encoding)[None], top, encoder_id=encoder_id)[0]

    def match_all(self, encodings: np.ndarray, top: int = 5, *, encoder_id: str | None = None) -> list[Match]:
        """A match for each row of `encodings`."""
        if encoder_id is not None:
            self.require(encoder_id)
        if self.encoder_id is None:
            return [Match()] * len(encodings)
        probes = _checked(self._info, len(encodings), encodings)
        found = self._people_near(probes, top) if self.names else [Match()] * len(probes)
        if self._negatives is None:
            return found
        return [_joined(match, negative) for match, negative in zip(found, self._negatives.match_all(probes, 1), strict=True)]

    def _people_near(self, probes: np.ndarray, top: int) -> list[Match]:
        chunks = (probes[i : i + _CHUNK] for i in range(0, len(probes), _CHUNK))
        return [match for chunk in chunks for match in self._match_chunk(chunk, top)]

    @property
    def _info(self) -> EncoderInfo:
        return info_of(str(self.encoder_id))[1]

    def _rows(self, name: str) -> range:
        if name not in self._index:
            raise UnknownName(name)
        person = self._index[name]
        return range(self._starts[person], self._starts[person + 1])

    def _compare(self, rows: np.ndarray) -> None:
        self._judged = rows
        self._squares = np.einsum("ij,ij->i", rows, rows)

    def _match_chunk(self, probes: np.ndarray, top: int) -> list[Match]:
        judged = probes if self._judged is self.encodings else _of_usual_length(self._info, probes)
        found = [self._nearest(row, probe, top) for row, probe in zip(self._remoteness(judged), judged, strict=True)]
        told = [None] * len(probes) if judged is probes else probes
        return [self._named(near, as_it_is) for near, as_it_is in zip(found, told, strict=True)]

    def _named(self, near: _Near, as_it_is: np.ndarray | None) -> Match:
        """`as_it_is` is the probe whose distances are told, None where those that are judged are."""
        people, rows, distances = near
        told = distances if as_it_is is None else self._distances(self.encodings[rows].astype(float), as_it_is.astype(float))
        figures = zip(people, distances.tolist(), told.tolist(), strict=True)
        return Match(tuple(Candidate(self.names[i], d, told=None if as_it_is is None else t) for i, d, t in figures))

    def _remoteness(self, probes: np.ndarray) -> np.ndarray:
        """(probe, example) numbers that order the examples of a probe as their distances do."""
        products = (self._judged @ probes[0])[None] if len(probes) == 1 else probes @ self._judged.T
        return -products if self._info.metric == "cosine" else self._squares - 2 * products

    def _nearest(self, remoteness: np.ndarray, probe: np.ndarray, top: int) -> _Near:
        starts = self._starts[:-1]
        several = len(starts) < len(remoteness)
        people = np.minimum.reduceat(remoteness, starts) if several else remoteness
        wanted = min(top + _SPARE, len(people))
        near = np.argpartition(people, wanted - 1)[:wanted]
        rows = np.array([self._row_of(i, remoteness) for i in near]) if several else near
        distances = self._distances(self._judged[rows].astype(float), probe.astype(float))
        best = np.lexsort((near, distances))[:top]  # of equals, who was enrolled first
        return near[best], rows[best], distances[best]

    def _row_of(self, person: int, remoteness: np.ndarray) -> int:
        first, end = self._starts[person : person + 2]
        return first + int(remoteness[first:end].argmin())

    def _distances(self, rows: np.ndarray, probe: np.ndarray) -> np.ndarray:
        if self._info.metric == "cosine":
            return np.maximum(0, 1 - rows @ probe)
        return np.linalg.norm(rows - probe, axis=1)


def _joined(match: Match, negative: Match) -> Match:
    """Of equals, the negative comes first: it is there to keep somebody out."""
    marked = tuple(replace(candidate, negative=True) for candidate in negative.candidates)
    return Match(tuple(sorted((*marked, *match.candidates), key=lambda candidate: candidate.distance)))


def _of_usual_length(info: EncoderInfo, rows: np.ndarray) -> np.ndarray:
    """`rows` all as long as the encoder's usually are; the same array where they all are by themselves."""
    if info.metric == "cosine":
        return rows
    return rows * (np.float32(info.length) / np.linalg.norm(rows, axis=1, keepdims=True))


def _checked(info: EncoderInfo, count: int, encodings: np.ndarray) -> np.ndarray:
    """`encodings` as float32 (count, dim), of unit length where the metric wants that."""
    rows = np.asarray(encodings, np.float32)
    if rows.shape != (count, info.dim):
        raise ValueError(f"expected {count} encodings of {info.dim} numbers, got an array of shape {rows.shape}")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise ValueError("an encoding holds numbers that are not finite, or only zeros")
    if info.metric != "cosine":
        return rows
    # Rows of unit length stay as they are, bit by bit, however often they are read and written.
    return rows / np.where(abs(lengths - 1) < 1e-5, np.float32(1), lengths)
