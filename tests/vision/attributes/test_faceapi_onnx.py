"""The converted networks compute what an independent conversion of the same weights computes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from ostiary.vision.session import OrtSession


@pytest.mark.parametrize(
    ("name", "reference"),
    [("face_age_gender", "agegender"), ("face_expression", "expression"), ("face_landmarks68", "landmarks68")],
)
def test_outputs_equal_those_of_another_conversion(name: str, reference: str, obtain: Callable[[str], Path], shared: Path) -> None:
    crops = np.random.default_rng(2).integers(0, 256, (3, 112, 112, 3), np.uint8)
    crops[1] = np.linspace(0, 255, 112).astype(np.uint8)[:, None, None]
    rgb = (crops[..., ::-1].astype(np.float32) - np.float32([122.782, 117.001, 104.298])) / 255
    theirs = onnxruntime.InferenceSession(shared / "models" / f"{reference}_faceapi_112_converted.onnx", providers=["CPUExecutionProvider"])
    wanted = theirs.run(None, {"input": np.ascontiguousarray(rgb.transpose(0, 3, 1, 2))})
    ours = OrtSession(obtain(name)).run({"input": crops})
    for mine, other in zip(sorted(ours, key=np.size), sorted(wanted, key=np.size), strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-3)


@pytest.mark.parametrize("name", ["face_age_gender", "face_expression", "face_landmarks68"])
def test_crops_do_not_influence_each_other(name: str, obtain: Callable[[str], Path]) -> None:
    session = OrtSession(obtain(name))
    crops = np.random.default_rng(3).integers(0, 256, (4, 112, 112, 3), np.uint8)
    together = session.run({"input": crops})
    for n in range(4):
        for alone, rows in zip(session.run({"input": crops[n : n + 1]}), together, strict=True):
            np.testing.assert_allclose(alone[0], rows[n], atol=1e-4)
