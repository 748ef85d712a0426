"""The few names that numpy's pickles mention, each standing for a function of this file that makes an array of numbers or fails."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

_NUMBERS = frozenset(("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"))
_MAX_AXES = 4


class Unreadable(ValueError):
    """Bytes that are not the data they should be; the message says why."""


class Known:
    """What a name that a pickle may mention stands for."""

    def __init__(self, call: Callable[..., Any]):
        self.call = call


class Unfinished:
    """An array or number type between its making and the BUILD instruction that brings its content."""

    def __init__(self, finish: Callable[[Any], Any]):
        self.finish = finish
        self.memo_keys: list[int] = []


def known_names(size: int) -> dict[tuple[str, str], Known]:
    """(module, name) -> meaning, for a pickle of `size` bytes."""
    names = {("numpy", "ndarray"): _NDARRAY, ("numpy", "dtype"): Known(_dtype)}
    names["_codecs", "encode"] = Known(_Encode(size))
    names["__builtin__", "bytes"] = Known(lambda: b"")  # how protocols 0 to 2 spell no bytes
    for core in ("numpy.core", "numpy._core"):  # before and since numpy 2
        names[f"{core}.multiarray", "_reconstruct"] = Known(_reconstruct)
        names[f"{core}.numeric", "_frombuffer"] = Known(_array)
    return names


def _ndarray(*arguments: object) -> None:
    raise Unreadable("it makes an array in an unusual way")


_NDARRAY = Known(_ndarray)


def _reconstruct(kind: object, shape: object, code: object) -> Unfinished:
    """An empty array, to be filled by its state: (version, shape, dtype, is Fortran order, content)."""
    if kind is not _NDARRAY:
        raise Unreadable("it holds an array of an unknown kind")
    return Unfinished(lambda state: _array(state[4], state[2], state[1], "F" if state[3] else "C"))


def _array(content: Any, dtype: Any, shape: Any, order: Any) -> np.ndarray:
    if not (isinstance(content, bytes) and isinstance(dtype, np.dtype) and _is_shape(shape) and order in ("C", "F")):
        raise Unreadable("it holds an array that is not one of numbers")
    if math.prod(shape) * dtype.itemsize != len(content):
        raise Unreadable(f"it holds an array of shape {shape} with {len(content)} bytes, which do not fit")
    return np.ndarray(shape, dtype, buffer=content, order=order)


def _is_shape(shape: object) -> bool:
    return isinstance(shape, tuple) and len(shape) <= _MAX_AXES and all(type(n) is int and n >= 0 for n in shape)


def _dtype(code: object, align: object = False, copy: object = True) -> Unfinished:
    """A number type, to be completed by its state: (version, byte order, and nothing of what structures have)."""
    if code not in _NUMBERS:
        raise Unreadable(f"it holds an array of {str(code)[:20]!r}, and only numbers are read")

    def finish(state: Any) -> np.dtype:
        if state[1] not in ("<", ">", "|") or any(part is not None for part in state[2:5]):
            raise Unreadable("it holds an array of structures, and only numbers are read")
        return np.dtype(f"{state[1]}{code}")

    return Unfinished(finish)


class _Encode:
    """Bytes, as protocols 0 to 2 spell them. An honest pickle uses each text once, so all together are no longer than the file."""

    def __init__(self, size: int):
        self._left = size

    def __call__(self, text: str, encoding: str) -> bytes:
        self._left -= len(text)
        if encoding != "latin1" or self._left < 0:
            raise Unreadable("it makes bytes in an unusual way")
        return text.encode("latin1")
