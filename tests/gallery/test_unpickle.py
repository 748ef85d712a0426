from __future__ import annotations

import builtins
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ostiary.gallery.unpickle import Unreadable, loads


class _Call:
    """Pickles as a call of `function` with `arguments`."""

    def __init__(self, function: Any, *arguments: Any):
        self.reduced = (function, arguments)

    def __reduce__(self) -> Any:
        return self.reduced


class _Plain:
    pass


def _object_array(content: object) -> np.ndarray:
    array = np.empty(1, object)
    array[0] = content
    return array


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_and_arrays_come_back(protocol: int) -> None:
    value = {
        "empty": [[], {}, (), "", b""],
        "numbers": [0, 1, -1, 255, 65536, -(2**31), 2**70, -(2**70), 1.5, True, False, None],
        "texts": ["katya", "Катя", "a\nb", "x" * 300, "x" * 70000],
        "tuples": [(1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), (((),),)],
    }
    value["bytes"] = [b"\x00\xff", b"y" * 300]
    again = [7]
    assert loads(pickle.dumps([value, again, again], protocol)) == [value, again, again]


_LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
_PLAIN = st.recursive(
    _LEAVES, lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner) | inner.map(lambda x: [x, x])
)


@given(_PLAIN, st.integers(0, 5))
@settings(max_examples=150, deadline=None)
def test_whatever_is_plain_comes_back(value: object, protocol: int) -> None:
    assert loads(pickle.dumps(value, protocol)) == value


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "array",
    [
        np.arange(128.0),
        np.arange(6, dtype="f4").reshape(2, 3),
        np.asfortranarray(np.arange(6, dtype="<i4").reshape(2, 3)),
        np.arange(20, dtype="f8")[::2],
        np.arange(3, dtype=">f8"),
        np.empty((0, 128), "f4"),
        np.array(3.5),
        np.arange(4, dtype="u1"),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)
def test_arrays_come_back_bit_by_bit(protocol: int, array: np.ndarray) -> None:
    made = loads(pickle.dumps({"a": [array, array.copy()]}, protocol))["a"]
    for each in made:
        assert each.dtype == array.dtype
        np.testing.assert_array_equal(each, array)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "evil",
    [
        _Call(os.system, "true"),
        _Call(subprocess.Popen, ["true"]),
        _Call(eval, "1"),
        _Call(exec, "1"),
        _Call(getattr, "text", "upper"),
        _Call(getattr, _Call(__import__, "os"), "system"),
        _Call(builtins.open, "/dev/null"),
        _Call(np.load, "/dev/null"),
        _Call(np.fromfile, "/dev/null"),
        _Call(bytearray, 10**12),
        _Plain(),
        Path("x"),
        {1, 2},
        frozenset([1]),
        np.float64(1.0),
        np.array(["a"]),
        _object_array(_Call(os.system, "true")),
        _object_array("harmless"),
        np.zeros(1, [("a", "f4")]),
        np.zeros(1, "M8[s]"),
        np.zeros(1, "V8"),
    ],
    ids=lambda evil: f"{type(evil).__name__}-{getattr(evil, 'reduced', [evil])[0]!r}".partition(" at 0x")[0][:60],
)
def test_nothing_else_is_built(protocol: int, evil: object) -> None:
    with pytest.raises(Unreadable):
        loads(pickle.dumps({"katya": evil}, protocol))


def test_nothing_is_run_before_the_refusal(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    for call in (_Call(os.system, f"touch {trace}"), _Call(exec, f"open({str(trace)!r}, 'w')")):
        data = pickle.dumps([call, _object_array(call)])
        with pytest.raises(Unreadable):
            loads(data)
    assert not trace.exists()


def test_no_module_is_imported() -> None:
    sys.modules.pop("this", None)
    with pytest.raises(Unreadable, match=r"this\.s"):
        loads(b"cthis\ns\n.")
    assert "this" not in sys.modules


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        b"\x80\x09N.",  # a protocol of the future
        b"garbage",
        b"\x89PNG\r\n\x1a\n",
        b"]",  # no end
        b"(((((",
        b".",  # an end without a value
        b"0.",
        b"t.",
        b"\x85.",
        b"R.",
        b"NNR.",
        b"]]b.",
        b"cnumpy\ndtype\n)R.",
        b"cnumpy\nndarray\n)R.",
        b"cnumpy\ndtype\n]\x93.",
        b"\x8c\x05numpy\x8c\x05dtype\x93]R.",
        b"N.x",
        b"NN.",
        b"(N.",
        b"NK\x01a.",  # append to None
        b"}]Ks.",
        b"}K\x01K\x02s.",  # a number as a key
        b"})K\x02s.",
        b"(K\x01d.",
        b"h\x07.",
        b"j\xff\xff\xff\xff.",
        b"I1e9\n.",
        b"L" + b"9" * 5000 + b"L\n.",
        b"\x8b\xff\xff\xff\xff.",
        b"\x8c\x02\xff\xfe.",  # not UTF-8
        b"\x8c\x03\xed\xa0\x80.",  # a lone surrogate
    ],
)
def test_what_is_no_pickle_of_data_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        loads(data)


@pytest.mark.parametrize(
    "code", [b"B\xff\xff\xff\xff", b"\x8e" + b"\xff" * 7 + b"\x7f", b"\x96" + b"\xff" * 7 + b"\x7f", b"X\xff\xff\xff\x7f"]
)
def test_a_huge_declared_size_costs_nothing(code: bytes) -> None:
    with pytest.raises(Unreadable, match="cut off"):
        loads(code + b"abc.")


def test_a_huge_memo_index_costs_nothing() -> None:
    assert loads(b"Nr\xff\xff\xff\xffj\xff\xff\xff\xff\x86.") == (None, None)


def test_a_huge_array_is_not_made() -> None:
    data = pickle.dumps(np.zeros(4, "f4"), 3).replace(b"K\x04\x85", b"J\xff\xff\xff\x7f\x85")
    with pytest.raises(Unreadable, match="do not fit"):
        loads(data)


def test_one_text_does_not_become_many_bytes() -> None:
    text = b"(X" + (10000).to_bytes(4, "little") + b"x" * 10000 + b"q\x00" + b"X\x06\x00\x00\x00latin1q\x01"
    call = b"c_codecs\nencode\nh\x00h\x01\x86R"
    assert len(loads(text + call + b"t.")[2]) == 10000
    with pytest.raises(Unreadable, match="unusual"):
        loads(text + call * 3 + b"t.")


def test_deep_nesting_is_harmless() -> None:
    depth = 200_000
    made = loads(b"]" + b"]" * depth + b"a" * depth + b".")
    assert len(made) == 1
    with pytest.raises(Unreadable, match="keys are not texts"):
        loads(b"})" + b"\x85" * depth + b"Ns.")  # whose hash would overflow the C stack


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_cut_off_file_is_refused(protocol: int) -> None:
    data = pickle.dumps({"katya": [np.arange(4.0)], "names": ["zero", "ema"]}, protocol)
    for end in range(len(data)):
        with pytest.raises(Unreadable):
            loads(data[:end])


def test_any_flipped_byte_gives_data_or_a_refusal() -> None:
    data = pickle.dumps({"katya": [np.arange(4.0)], "names": ["zero", "ema"]}, 5)
    for position in range(len(data)):
        for flip in (0x01, 0x80, 0xFF):
            damaged = bytearray(data)
            damaged[position] ^= flip
            try:
                loads(bytes(damaged))
            except Unreadable:
                continue
