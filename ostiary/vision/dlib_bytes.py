"""dlib's primitive encodings: integers, reals, strings and tensors, read from bytes that are not trusted."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ostiary.errors import ModelError


class Reader:
    """dlib's primitive encodings, read one after the other from `data`."""

    def __init__(self, data: bytes, name: str):
        self._data = data
        self._name = name
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def error(self, problem: str) -> ModelError:
        return ModelError(self._name, f"not a network that can be read: {problem} (near byte {self._at} of {len(self._data)})")

    def take(self, count: int) -> bytes:
        if not 0 <= count <= self.left:
            raise self.error(f"{count} more bytes wanted, {self.left} left")
        self._at += count
        return self._data[self._at - count : self._at]

    def integer(self) -> int:
        """A control byte (low four bits: how many bytes follow; highest bit: negative), then the magnitude."""
        control = self.take(1)[0]
        size = control & 0x0F
        if control & 0x70 or not 1 <= size <= 8:
            raise self.error(f"{control:#04x} does not begin an integer")
        magnitude = int.from_bytes(self.take(size), "little")
        return -magnitude if control & 0x80 else magnitude

    def count(self) -> int:
        """An integer that counts or measures something, so it is neither negative nor beyond 32 bits."""
        value = self.integer()
        if not 0 <= value < 2**31:
            raise self.error(f"{value} is not a size")
        return value

    def real(self) -> float:
        """Mantissa, then exponent. (dlib's own comment has them the other way round; its code and files have not.)"""
        mantissa, exponent = self.integer(), self.integer()
        if not -1100 <= exponent <= 1000 or abs(mantissa) >= 2**63:
            raise self.error(f"{mantissa} * 2^{exponent} is not a finite number")
        try:
            return math.ldexp(mantissa, exponent)
        except OverflowError as e:
            raise self.error(f"{mantissa} * 2^{exponent} is not a finite number") from e

    def flag(self) -> bool:
        byte = self.take(1)
        if byte not in (b"0", b"1"):
            raise self.error(f"{byte!r} is not a truth value")
        return byte == b"1"

    def string(self) -> str:
        raw = self.take(self.count())
        try:
            return raw.decode("ascii")
        except UnicodeDecodeError as e:
            raise self.error("a name is not ASCII") from e

    def at_string(self, prefix: bytes) -> bool:
        """Whether a string that begins with `prefix` comes next; nothing is consumed."""
        return self._data[self._at + 2 : self._at + 2 + len(prefix)] == prefix

    def expect(self, version: int, of: str) -> None:
        found = self.integer()
        if found != version:
            raise self.error(f"{of} has version {found}, not {version}")

    def shape(self) -> tuple[int, int, int, int]:
        return self.count(), self.count(), self.count(), self.count()

    def tensor(self) -> np.ndarray:
        """A tensor's float32 values in one row: whoever asks for them knows the shape from elsewhere."""
        self.expect(2, "a tensor")
        return np.frombuffer(self.take(4 * math.prod(self.shape())), "<f4")

    def alias(self) -> tuple[int, int, int, int]:
        """The shape of a slice of a parameter tensor."""
        self.expect(1, "an alias tensor")
        return self.shape()

    def skip(self, read: Callable[[], object], times: int) -> None:
        for _ in range(times):
            read()
