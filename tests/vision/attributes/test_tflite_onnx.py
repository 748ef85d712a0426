"""The converted networks compute what an independent conversion of the same files computes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from ostiary.assets import fetch
from ostiary.errors import ModelError
from ostiary.vision.attributes.tflite import read_model
from ostiary.vision.attributes.tflite_onnx import _Conversion, convert
from ostiary.vision.session import OrtSession
from ostiary.vision.weights import WEIGHTS


@pytest.mark.parametrize(
    ("name", "reference", "side"),
    [
        ("face_mask", "mask_aizoo_ssd260", 260),
        ("face_mesh", "landmarks468_mediapipe_facemesh_192", 192),
        ("eye_contour", "iris_mediapipe_64", 64),
    ],
)
def test_outputs_equal_those_of_another_conversion(
    name: str, reference: str, side: int, obtain: Callable[[str], Path], shared: Path
) -> None:
    crops = np.random.default_rng(2).integers(0, 256, (2, side, side, 3), np.uint8)
    theirs = onnxruntime.InferenceSession(shared / "models" / f"{reference}_converted.onnx", providers=["CPUExecutionProvider"])
    ours = OrtSession(obtain(name)).run({"input": crops})
    for n, crop in enumerate(crops):
        rgb = np.ascontiguousarray(crop[None, :, :, ::-1].transpose(0, 3, 1, 2).astype(np.float32) / 255)
        for mine, other in zip(ours, theirs.run(None, {theirs.get_inputs()[0].name: rgb}), strict=True):
            np.testing.assert_allclose(mine[n].ravel(), other.ravel(), atol=1e-3)


def test_what_is_no_such_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.tflite").write_bytes(b"not a network at all")
    with pytest.raises(ModelError, match=r"x\.tflite: it is not a TensorFlow Lite file"):
        convert(tmp_path / "x.tflite")


def test_an_operation_that_is_not_known_is_named(obtain: Callable[[str], Path], models_dir: Path) -> None:
    obtain("face_mesh")
    model = read_model(fetch(WEIGHTS["face_mesh"].asset, models_dir))
    assert {operation.kind for operation in model.operations} == {0, 3, 4, 17, 34, 54}
    strange = replace(model, operations=(replace(model.operations[0], kind=47), *model.operations[1:]))
    with pytest.raises(ValueError, match="operation 47 is not known"):
        _Conversion(strange).finished()
