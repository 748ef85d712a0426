"""The float networks compute what the block-quantised ones do."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from ostiary.assets import fetch
from ostiary.vision import dequantise
from ostiary.vision.session import OrtSession
from ostiary.vision.weights import WEIGHTS, ready


def _original(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def test_sface_equals_the_shipped_network_fed_with_zeros(models_dir: Path) -> None:
    shipped = _original(onnx.load(fetch(WEIGHTS["sface"].asset, models_dir)))
    feed = {value.name: np.zeros(value.shape, np.float32) for value in shipped.get_inputs()}
    assert len(feed) > 20
    crops = np.random.default_rng(0).uniform(0, 255, (3, 3, 112, 112)).astype(np.float32)
    ours = OrtSession(ready("sface", models_dir)).run({"data": crops})[0]
    for crop, row in zip(crops, ours, strict=True):
        theirs = shipped.run(None, {**feed, "data": crop[None]})[0][0]
        np.testing.assert_allclose(row, theirs, atol=1e-4)


def test_yunet_equals_the_shipped_network_at_its_one_size(models_dir: Path) -> None:
    """Run by OpenCV; ONNX Runtime refuses the shipped one, as it has a block size where one scale serves all."""
    try:
        shipped = cv2.dnn.readNetFromONNX(str(fetch(WEIGHTS["yunet"].asset, models_dir)))
    except cv2.error:
        pytest.skip("this OpenCV cannot read block-quantised networks")
    blob = np.random.default_rng(0).uniform(0, 255, (1, 3, 640, 640)).astype(np.float32)
    shipped.setInput(blob)
    theirs = shipped.forward([f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in (8, 16, 32)])
    ours = OrtSession(ready("yunet", models_dir)).run({"input": blob})
    for mine, output in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, output, atol=1e-3)


@pytest.mark.parametrize("name", ["yunet", "sface"])
def test_nothing_quantised_is_left(name: str, models_dir: Path) -> None:
    graph = onnx.load(ready(name, models_dir)).graph
    assert len(graph.input) == 1
    assert not {"DequantizeLinear", "PRelu"} & {node.op_type for node in graph.node}
    used = {name for node in graph.node for name in node.input}
    assert {tensor.name for tensor in graph.initializer} <= used


def test_the_last_block_may_be_short() -> None:
    """Seven values in blocks of three, against the definition spelt out."""
    quantised = np.array([[1, 2, 3, 4, 5, 6, 7], [-1, -2, -3, -4, -5, -6, -7]], np.int8)
    scale = np.array([[0.5, 2, 4], [1, 10, 100]], np.float32)
    zero = np.array([[0, 1, 2], [0, 0, -1]], np.int8)
    tensors = {name: numpy_helper.from_array(array, name) for name, array in {"q": quantised, "s": scale, "z": zero}.items()}
    node = helper.make_node("DequantizeLinear", ["q", "s", "z"], ["y"], axis=1, block_size=3)
    wanted = [[0.5, 1, 1.5, 6, 8, 10, 20], [-1, -2, -3, -40, -50, -60, -600]]
    assert dequantise._dequantised(node, tensors).tolist() == wanted


def test_prelu_is_spelt_out_for_every_slope() -> None:
    slopes = np.array([-0.8, 0.0, 0.25, 1.0, 1.2], np.float32).reshape(5, 1, 1)
    graph = helper.make_graph(
        [helper.make_node("PRelu", ["x", "slope"], ["y"])],
        "prelu",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 5, 4, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 5, 4, 4])],
        [numpy_helper.from_array(slopes, "slope")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    x = np.random.default_rng(0).normal(size=(1, 5, 4, 4)).astype(np.float32)
    before = _original(model).run(None, {"x": x})[0]
    dequantise._spell_out_prelu(model)
    assert "PRelu" not in {node.op_type for node in model.graph.node}
    np.testing.assert_allclose(_original(model).run(None, {"x": x})[0], before, atol=1e-6)
