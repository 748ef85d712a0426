"""dlib's primitive encodings, on bytes written by hand."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from ostiary.errors import ModelError
from ostiary.vision.dlib_bytes import Reader


def _reader(data: bytes | str) -> Reader:
    return Reader(data if isinstance(data, bytes) else bytes.fromhex(data), "x.dat")


@pytest.mark.parametrize(("data", "value"), [("01 00", 0), ("01 02", 2), ("01 96", 150), ("81 11", -17), ("02 00 01", 256)])
def test_integers(data: str, value: int) -> None:
    reader = _reader(data)
    assert reader.integer() == value
    assert reader.left == 0


@pytest.mark.parametrize(("data", "value"), [("01 10 81 04", 1.0), ("03 62 90 f5 81 11", 16093282 / 2**17), ("01 00 01 07", 0.0)])
def test_reals_are_mantissa_then_exponent(data: str, value: float) -> None:
    assert _reader(data).real() == value


def test_a_tensor() -> None:
    values = np.arange(6, dtype="<f4")
    reader = _reader(bytes.fromhex("01 02 01 01 01 02 01 03 01 01") + values.tobytes())
    np.testing.assert_array_equal(reader.tensor(), values)


def test_an_empty_tensor() -> None:
    assert _reader("01 02 01 00 01 00 01 00 01 00").tensor().size == 0


@pytest.mark.parametrize(
    ("data", "method", "reason"),
    [
        ("", "integer", "1 more bytes wanted, 0 left"),
        ("11 00", "integer", "0x11 does not begin"),
        ("00", "integer", "0x00 does not begin"),
        ("09" + "01" * 9, "integer", "0x09 does not begin"),
        ("02 01", "integer", "2 more bytes wanted, 1 left"),
        ("81 01", "count", "-1 is not a size"),
        ("08" + "ff" * 8, "count", "is not a size"),
        ("01 01 02 00 7d", "real", "not a finite number"),
        ("08" + "ff" * 7 + "7f" + "02 e8 03", "real", "not a finite number"),
        ("32", "flag", "not a truth value"),
        ("01 05 61", "string", "5 more bytes wanted, 1 left"),
        ("01 01 ff", "string", "not ASCII"),
        ("01 03", "tensor", "a tensor has version 3, not 2"),
        ("01 02" + "04 ff ff ff 7f" * 4, "tensor", "left"),
        ("01 02" + "01 01 81 01 01 01 01 01", "tensor", "-1 is not a size"),
        ("01 02" + "01 02 01 01 01 01 01 01" + struct.pack("<f", 1).hex(), "tensor", "8 more bytes wanted, 4 left"),
    ],
)
def test_damage_is_named(data: str, method: str, reason: str) -> None:
    with pytest.raises(ModelError, match=reason) as caught:
        getattr(_reader(data), method)()
    assert caught.value.model == "x.dat"
