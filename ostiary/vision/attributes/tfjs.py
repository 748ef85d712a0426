"""Weights in TensorFlow.js form: a manifest that says what lies where, and one file of bytes, quantised to eight bits or not."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from ostiary.errors import ModelError


def read_weights(data: Path, manifest: Path) -> dict[str, np.ndarray]:
    """The float arrays by name, in TensorFlow's order of axes. Raises ModelError."""
    content = data.read_bytes()
    weights, start = {}, 0
    for declared in (weight for group in json.loads(manifest.read_text("utf-8")) for weight in group["weights"]):
        count, quantised = prod(declared["shape"]), declared.get("quantization")
        kind = np.dtype((quantised or declared)["dtype"])
        end = start + count * kind.itemsize
        if end > len(content):
            raise ModelError(data.name, f"it is shorter than {manifest.name} says")
        weights[declared["name"]] = _floats(np.frombuffer(content[start:end], kind), quantised).reshape(declared["shape"])
        start = end
    if start != len(content):
        raise ModelError(data.name, f"it is longer than {manifest.name} says")
    return weights


def _floats(values: np.ndarray, quantised: dict[str, Any] | None) -> np.ndarray:
    if quantised is None:
        return values.astype(np.float32)
    return (values * quantised["scale"] + quantised["min"]).astype(np.float32)
