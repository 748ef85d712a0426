"""Reads pickles of plain containers and numpy arrays of numbers, and can build nothing else.

A pickle is a program. This reader knows only the instructions that make data; it imports nothing and calls nothing
but the functions of `pickled_arrays`. The standard library's unpickler is not enough even with `find_class` closed:
a memo index can make it allocate gigabytes, and the hash of a deeply nested tuple overflows the C stack.
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable
from typing import Any

from ostiary.gallery.pickled_arrays import Known, Unfinished, Unreadable, known_names


def loads(data: bytes) -> Any:
    """The object that `data` describes: None, numbers, texts, bytes, tuples, lists, dicts by text, read-only arrays.

    Raises Unreadable.
    """
    try:
        return _Machine(data).run()
    except (IndexError, KeyError, struct.error):
        raise Unreadable("it is cut off, or not a pickle") from None
    except Unreadable:
        raise
    except (ValueError, TypeError, AttributeError, OverflowError, MemoryError) as error:
        raise Unreadable(f"it is not a proper pickle: {error}") from None


class _Machine:
    """A pickle's stack, its marks and its memo, and one method or table entry for each instruction known."""

    def __init__(self, data: bytes):
        self._data, self._at = data, 0
        self._stack: list[Any] = []
        self._below: list[list[Any]] = []
        self._memo: dict[int, Any] = {}
        self._names = known_names(len(data))

    def run(self) -> Any:
        while True:
            opcode = self.byte()
            if make := _VALUES.get(opcode):
                value = make(self)  # may change which list is the stack
                self._stack.append(value)
            elif act := _ACTIONS.get(opcode):
                act(self)
            elif opcode == _STOP:
                return self.result()
            else:
                raise Unreadable(f"it holds the instruction {bytes([opcode])!r}, which data does not need")

    def result(self) -> Any:
        if len(self._stack) != 1 or self._below or self._at != len(self._data):
            raise Unreadable("it ends too early or too late")
        return self._stack[0]

    def protocol(self) -> None:
        if (version := self.byte()) > pickle.HIGHEST_PROTOCOL:
            raise Unreadable(f"it is of protocol {version}, newer than is known here")

    def frame(self) -> None:
        self.take(8)  # frames only help those who read from a file piece by piece

    def byte(self) -> int:
        value = self._data[self._at]
        self._at += 1
        return value

    def take(self, size: int) -> bytes:
        end = self._at + size
        if size < 0 or end > len(self._data):
            raise Unreadable("it is cut off")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def line(self) -> bytes:
        end = self._data.find(b"\n", self._at)
        return self.take(end + 1 - self._at)[:-1]  # without an end, a negative size, which `take` refuses

    def pop(self, count: int) -> list[Any]:
        if len(self._stack) < count:
            raise Unreadable("it takes more than there is")
        popped = self._stack[-count:]
        del self._stack[-count:]
        return popped

    def mark(self) -> None:
        self._below.append(self._stack)
        self._stack = []

    def pop_to_mark(self) -> list[Any]:
        popped, self._stack = self._stack, self._below.pop()
        return popped

    def remember(self, key: int) -> None:
        value = self._stack[-1]
        self._memo[key] = value
        if isinstance(value, Unfinished):
            value.memo_keys.append(key)

    def memoize(self) -> None:
        self.remember(len(self._memo))

    def recall(self, key: int) -> Any:
        return self._memo[key]

    def append(self, items: list[Any]) -> None:
        _expect(self._stack[-1], list).extend(items)

    def set_items(self, items: list[Any]) -> None:
        _set_items(_expect(self._stack[-1], dict), items)

    def name(self, module: object, name: object) -> Known:
        known = self._names.get((_expect(module, str), _expect(name, str)))
        if known is None:
            raise Unreadable(f"it wants to use {f'{module}.{name}'[:100]!r}, which is not data")
        return known

    def reduce(self) -> Any:
        known, arguments = self.pop(2)
        return _expect(known, Known).call(*_expect(arguments, tuple))

    def build(self) -> None:
        """Puts the finished value in place of the unfinished one, which so far only the stack and the memo can hold."""
        unfinished, state = self.pop(2)
        finished = _expect(unfinished, Unfinished).finish(state)
        self._stack.append(finished)
        for key in unfinished.memo_keys:
            self._memo[key] = finished


def _expect(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise Unreadable(f"it uses a {type(value).__name__} as a {kind.__name__}")
    return value


def _set_items(target: dict[str, Any], items: list[Any]) -> dict[str, Any]:
    keys = items[::2]
    if not all(isinstance(key, str) for key in keys):
        raise Unreadable("it holds a table whose keys are not texts")
    target.update(zip(keys, items[1::2], strict=True))
    return target


def _packed(layout: str) -> Callable[[_Machine], Any]:
    parse = struct.Struct(layout)
    return lambda machine: parse.unpack(machine.take(parse.size))[0]


def _sized(layout: str, kind: Callable[[bytes], Any]) -> Callable[[_Machine], Any]:
    """An argument of its size and as many bytes."""
    size = _packed(layout)
    return lambda machine: kind(machine.take(size(machine)))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8")


def _little_endian(raw: bytes) -> int:
    return int.from_bytes(raw, "little", signed=True)


def _decimal(raw: bytes) -> int | bool:
    return raw == b"01" if raw in (b"00", b"01") else int(raw.rstrip(b"L"))


def _by_code(table: dict[bytes, Callable[[_Machine], Any]]) -> dict[int, Callable[[_Machine], Any]]:
    return {code[0]: function for code, function in table.items()}


_four_bytes = _packed("<I")
_STOP = pickle.STOP[0]

_VALUES: dict[int, Callable[[_Machine], Any]] = _by_code(
    {
        pickle.NONE: lambda m: None,
        pickle.NEWTRUE: lambda m: True,
        pickle.NEWFALSE: lambda m: False,
        pickle.INT: lambda m: _decimal(m.line()),
        pickle.LONG: lambda m: _decimal(m.line()),
        pickle.FLOAT: lambda m: float(m.line()),
        pickle.UNICODE: lambda m: m.line().decode("raw-unicode-escape"),
        pickle.BININT: _packed("<i"),
        pickle.BININT1: lambda m: m.byte(),
        pickle.BININT2: _packed("<H"),
        pickle.LONG1: lambda m: _little_endian(m.take(m.byte())),
        pickle.LONG4: _sized("<i", _little_endian),
        pickle.BINFLOAT: _packed(">d"),
        pickle.SHORT_BINUNICODE: lambda m: _text(m.take(m.byte())),
        pickle.BINUNICODE: _sized("<I", _text),
        pickle.BINUNICODE8: _sized("<Q", _text),
        pickle.SHORT_BINBYTES: lambda m: m.take(m.byte()),
        pickle.BINBYTES: _sized("<I", bytes),
        pickle.BINBYTES8: _sized("<Q", bytes),
        pickle.BYTEARRAY8: _sized("<Q", bytes),
        pickle.EMPTY_TUPLE: lambda m: (),
        pickle.TUPLE1: lambda m: tuple(m.pop(1)),
        pickle.TUPLE2: lambda m: tuple(m.pop(2)),
        pickle.TUPLE3: lambda m: tuple(m.pop(3)),
        pickle.TUPLE: lambda m: tuple(m.pop_to_mark()),
        pickle.EMPTY_LIST: lambda m: [],
        pickle.LIST: lambda m: m.pop_to_mark(),
        pickle.EMPTY_DICT: lambda m: {},
        pickle.DICT: lambda m: _set_items({}, m.pop_to_mark()),
        pickle.GET: lambda m: m.recall(int(m.line())),
        pickle.BINGET: lambda m: m.recall(m.byte()),
        pickle.LONG_BINGET: lambda m: m.recall(_four_bytes(m)),
        pickle.GLOBAL: lambda m: m.name(_text(m.line()), _text(m.line())),
        pickle.STACK_GLOBAL: lambda m: m.name(*m.pop(2)),
        pickle.REDUCE: lambda m: m.reduce(),
    }
)
"""Instructions that push a value."""

_ACTIONS: dict[int, Callable[[_Machine], None]] = _by_code(
    {
        pickle.PROTO: _Machine.protocol,
        pickle.FRAME: _Machine.frame,
        pickle.MARK: _Machine.mark,
        pickle.PUT: lambda m: m.remember(int(m.line())),
        pickle.BINPUT: lambda m: m.remember(m.byte()),
        pickle.LONG_BINPUT: lambda m: m.remember(_four_bytes(m)),
        pickle.MEMOIZE: _Machine.memoize,
        pickle.APPEND: lambda m: m.append(m.pop(1)),
        pickle.APPENDS: lambda m: m.append(m.pop_to_mark()),
        pickle.SETITEM: lambda m: m.set_items(m.pop(2)),
        pickle.SETITEMS: lambda m: m.set_items(m.pop_to_mark()),
        pickle.BUILD: _Machine.build,
    }
)
"""Instructions that do something to what is there."""
