"""Weights as TensorFlow.js writes them down."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ostiary.errors import ModelError
from ostiary.vision.attributes.tfjs import read_weights

DECLARED = [
    {"name": "a", "shape": [2, 2], "dtype": "float32", "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1.0}},
    {"name": "b", "shape": [2], "dtype": "float32"},
]
CONTENT = bytes([0, 2, 4, 255]) + np.array([1.5, -2.5], "<f4").tobytes()


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps([{"weights": DECLARED[:1], "paths": ["x.bin"]}, {"weights": DECLARED[1:], "paths": ["x.bin"]}]))
    return path


def test_quantised_and_plain_weights_are_read(manifest: Path, tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(CONTENT)
    weights = read_weights(tmp_path / "x.bin", manifest)
    np.testing.assert_array_equal(weights["a"], np.float32([[-1, 0], [1, 126.5]]))
    np.testing.assert_array_equal(weights["b"], np.float32([1.5, -2.5]))
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"x", b""])
def test_bytes_too_few_or_too_many_are_refused(content: bytes, manifest: Path, tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(content)
    with pytest.raises(ModelError, match=r"x\.bin: it is (shorter|longer) than manifest\.json"):
        read_weights(tmp_path / "x.bin", manifest)
