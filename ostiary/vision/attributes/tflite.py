"""Reads TensorFlow Lite's files: which operations follow each other, on what. A small part of their FlatBuffers schema.

A FlatBuffers table begins with the way back to its list of fields, which says where each field lies, 0 if it is left
out; whatever is larger than a number is reached through an offset.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ostiary.errors import ModelError

_TYPES = {0: np.float32, 1: np.float16, 2: np.int32, 3: np.uint8, 4: np.int64}


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """`kind` is the schema's number of a builtin operator. `inputs` may hold -1: left out."""

    kind: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Table | None


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """`values` where it is a constant."""

    name: str
    shape: tuple[int, ...]
    values: np.ndarray | None


@dataclass(frozen=True, slots=True, eq=False)
class LiteModel:
    tensors: tuple[Tensor, ...]
    operations: tuple[Operation, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def read_model(path: Path) -> LiteModel:
    """The file's first and only graph. Raises ModelError."""
    content = path.read_bytes()
    if content[4:8] != b"TFL3":
        raise ModelError(path.name, "it is not a TensorFlow Lite file")
    model = Table(content, struct.unpack_from("<I", content)[0])
    kinds = [max(code.number(0, "b"), code.number(3, "i")) for code in model.tables(1)]
    buffers = list(model.tables(4))
    graph = next(model.tables(2))
    operations = (Operation(kinds[each.number(0, "I")], each.numbers(1), each.numbers(2), each.table(4)) for each in graph.tables(3))
    tensors = (_tensor(each, buffers) for each in graph.tables(0))
    return LiteModel(tuple(tensors), tuple(operations), graph.numbers(1), graph.numbers(2))


def _tensor(table: Table, buffers: list[Table]) -> Tensor:
    shape, content = table.numbers(0), buffers[table.number(2, "I")].content(0)
    values = np.frombuffer(content, _TYPES[table.number(1, "b")]).reshape(shape) if content else None
    return Tensor(table.content(3).decode(), shape, values)


class Table:
    """A table at `start` of `data`; its fields by their place in the schema."""

    def __init__(self, data: bytes, start: int):
        self._data = data
        self._start = start

    def number(self, field: int, kind: str) -> int:
        """`kind` as in `struct`; 0 where it is left out."""
        at = self._at(field)
        return int(self._read(kind, at)) if at else 0

    def table(self, field: int) -> Table | None:
        at = self._at(field)
        return Table(self._data, self._behind(at)) if at else None

    def tables(self, field: int) -> Iterator[Table]:
        start, length = self._vector(field)
        return (Table(self._data, self._behind(start + 4 * n)) for n in range(length))

    def numbers(self, field: int) -> tuple[int, ...]:
        """A list of 32-bit integers."""
        start, length = self._vector(field)
        return struct.unpack_from(f"<{length}i", self._data, start)

    def content(self, field: int) -> bytes:
        start, length = self._vector(field)
        return self._data[start : start + length]

    def _vector(self, field: int) -> tuple[int, int]:
        at = self._at(field)
        if not at:
            return 0, 0
        start = self._behind(at)
        return start + 4, self._read("I", start)

    def _at(self, field: int) -> int:
        """Where the field lies; 0 if it is left out."""
        fields = self._start - self._read("i", self._start)
        place = 4 + 2 * field
        offset = self._read("H", fields + place) if place < self._read("H", fields) else 0
        return self._start + offset if offset else 0

    def _behind(self, at: int) -> int:
        return at + self._read("I", at)

    def _read(self, kind: str, at: int) -> int:
        return int(struct.unpack_from(f"<{kind}", self._data, at)[0])
