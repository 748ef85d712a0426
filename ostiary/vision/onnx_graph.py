"""Writes ONNX graphs down, node by node, for the converters of networks that come in another form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 17, 8  # old enough for every ONNX Runtime that is supported

Shape = list[int | str]


class Graph:
    """Nodes and constants, as they are written down. `name` says where the network comes from."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def constant(self, values: np.ndarray) -> str:
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(values, name))
        return name

    def weights(self, values: np.ndarray) -> str:
        return self.constant(np.ascontiguousarray(values, np.float32))

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        name = f"x{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def pixels(self, image: str) -> str:
        """A batch of pictures, uint8 (n, rows, columns, 3), as float planes."""
        return self.node("Transpose", self.node("Cast", image, to=TensorProto.FLOAT), perm=[0, 3, 1, 2])

    def finished(self, image: onnx.ValueInfoProto, results: Mapping[str, tuple[str, Shape]]) -> bytes:
        """The checked network that takes `image`; `results`: of a value that no other node reads, the public name and shape."""
        for node in self._nodes:
            if node.output[0] in results:
                node.output[0] = results[node.output[0]][0]
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in results.values()]
        graph = helper.make_graph(self._nodes, self._name, [image], outputs, self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        onnx.checker.check_model(model, full_check=True)
        return model.SerializeToString()


def byte_pictures(rows: int, columns: int) -> onnx.ValueInfoProto:
    """The input of a network that takes any number of BGR pictures as they are: `input`, uint8 (n, rows, columns, 3)."""
    return helper.make_tensor_value_info("input", TensorProto.UINT8, ["n", rows, columns, 3])


def float_planes(shape: Shape) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)
