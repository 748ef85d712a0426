"""opencv_zoo's block-quantised networks as plain float ones, so that ONNX Runtime runs them, and runs them fast.

Done once, when a network enters the model cache. The block-quantised files are small, but ONNX Runtime unpacks their
weights anew in every run (SFace: 1.9 times slower, see bench), refuses YuNet's, and asks for 28 inputs of SFace that
nothing reads.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, numpy_helper


def convert_yunet(source: Path) -> bytes:
    """YuNet with float weights that takes pictures of any size (multiples of 32)."""
    return _convert(source, {"input": [1, 3, "height", "width"]}, opset=11)


def convert_sface(source: Path) -> bytes:
    """SFace with float weights that takes any number of crops at once."""
    return _convert(source, {"data": ["crops", 3, 112, 112]}, opset=13)


def _convert(source: Path, inputs: dict[str, list[int | str]], opset: int) -> bytes:
    """The network with only `inputs`, of these shapes. `opset` is the one it had before it was quantised."""
    model = onnx.load(source)
    _replace_dequantising(model)
    graph = model.graph
    del graph.value_info[:]  # the shapes of the fixed input
    for value in [value for value in graph.input if value.name not in inputs]:
        graph.input.remove(value)
    for value in graph.input:
        _set_shape(value, inputs[value.name])
    for value in graph.output:
        rank = len(value.type.tensor_type.shape.dim)
        _set_shape(value, [f"{value.name}_{axis}" for axis in range(rank)])
    del model.opset_import[:]
    model.opset_import.append(onnx.helper.make_opsetid("", opset))
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def _replace_dequantising(model: ModelProto) -> None:
    """Replaces each DequantizeLinear of constants, and the Reshape behind it, by a float constant."""
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    ready: dict[str, np.ndarray] = {}
    nodes: list[NodeProto] = []
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in constants:
            ready[node.output[0]] = _dequantised(node, constants)
        elif node.op_type == "Reshape" and node.input[0] in ready:
            shape = numpy_helper.to_array(constants[node.input[1]])
            ready[node.output[0]] = ready[node.input[0]].reshape(shape)
        else:
            nodes.append(node)
    used = {name for node in nodes for name in node.input}
    tensors = [tensor for name, tensor in constants.items() if name in used]
    tensors += [numpy_helper.from_array(array, name) for name, array in ready.items() if name in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(tensors)


def _dequantised(node: NodeProto, constants: dict[str, TensorProto]) -> np.ndarray:
    """(quantised - zero point) * scale, where one scale and one zero point serve a block of values along an axis."""
    quantised, scale, zero = (numpy_helper.to_array(constants[name]) for name in node.input)
    attributes = {attribute.name: attribute.i for attribute in node.attribute}
    axis, block = attributes.get("axis", 1), attributes.get("block_size", 0)
    if block and scale.ndim == quantised.ndim:
        length = quantised.shape[axis]
        scale, zero = (np.repeat(blocks, block, axis).take(range(length), axis) for blocks in (scale, zero))
    return (quantised.astype(np.float32) - zero.astype(np.float32)) * scale.astype(np.float32)


def _set_shape(value: onnx.ValueInfoProto, shape: list[int | str]) -> None:
    tensor = value.type.tensor_type
    value.CopyFrom(onnx.helper.make_tensor_value_info(value.name, tensor.elem_type, shape))
