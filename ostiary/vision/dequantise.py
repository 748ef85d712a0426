"""opencv_zoo's block-quantised networks as plain float ones, so that ONNX Runtime runs them, and runs them fast.

Done once, when a network enters the model cache. The block-quantised files are small, but ONNX Runtime unpacks SFace's
weights anew in every run and asks for 28 inputs that nothing reads, and it refuses YuNet's at any other size. One crop
through SFace takes 16.7 ms as made here and 38 ms as shipped (one thread of an EPYC, ONNX Runtime 1.31).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, numpy_helper


def convert_yunet(source: Path) -> bytes:
    """YuNet with float weights that takes pictures of any size (multiples of 32)."""
    return _finished(_loaded(source), {"input": [1, 3, "height", "width"]}, opset=11)


def convert_sface(source: Path) -> bytes:
    """SFace with float weights that takes any number of crops at once."""
    model = _loaded(source)
    _spell_out_prelu(model)
    return _finished(model, {"data": ["crops", 3, 112, 112]}, opset=13)


def _loaded(source: Path) -> ModelProto:
    model = onnx.load(source)
    _replace_dequantising(model)
    return model


def _finished(model: ModelProto, inputs: dict[str, list[int | str]], opset: int) -> bytes:
    """The network with only `inputs`, of these shapes. `opset` is the one it had before it was quantised."""
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


def _spell_out_prelu(model: ModelProto) -> None:
    """Replaces prelu(x) by slope * x + (1 - slope) * relu(x), which is the same.

    ONNX Runtime's own PRelu takes half of SFace's time; these run twice as fast all in all.
    """
    graph = model.graph
    slopes = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes: list[NodeProto] = []
    for node in graph.node:
        if node.op_type != "PRelu":
            nodes.append(node)
            continue
        x, slope = node.input
        y = node.output[0]
        graph.initializer.append(numpy_helper.from_array(1 - slopes[slope], f"{y}_gain"))
        nodes += [
            onnx.helper.make_node("Relu", [x], [f"{y}_relu"]),
            onnx.helper.make_node("Mul", [f"{y}_relu", f"{y}_gain"], [f"{y}_right"]),
            onnx.helper.make_node("Mul", [x, slope], [f"{y}_all"]),
            onnx.helper.make_node("Add", [f"{y}_all", f"{y}_right"], [y]),
        ]
    del graph.node[:]
    graph.node.extend(nodes)


def _set_shape(value: onnx.ValueInfoProto, shape: list[int | str]) -> None:
    tensor = value.type.tensor_type
    value.CopyFrom(onnx.helper.make_tensor_value_info(value.name, tensor.elem_type, shape))
