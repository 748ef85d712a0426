"""Float networks of TensorFlow Lite as ONNX graphs, made once when they enter the model cache.

Only the operations that ours are made of are known. All graphs take BGR crops as they are, `input` uint8 (n, rows,
columns, 3), and give the networks the RGB from 0 to 1 that they were trained on. Pictures flow channels first.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ostiary.errors import ModelError
from ostiary.vision.attributes.tflite import LiteModel, Operation, Table, read_model
from ostiary.vision.onnx_graph import Graph, Shape, byte_pictures

_ADD, _CONCAT, _CONV, _DEPTHWISE, _LOGISTIC, _MAX_POOL, _RESHAPE, _PAD, _PRELU = 0, 2, 3, 4, 14, 17, 22, 34, 54
_VALID = 1
_NO_ACTIVATION, _RELU = 0, 1
_CHANNELS_FIRST = (0, 2, 3, 1)  # where TensorFlow's axes 0..3 of a picture are here


def convert(source: Path) -> bytes:
    """The outputs keep their names and, but for axes of one pixel, their shapes."""
    model = read_model(source)
    try:
        return _Conversion(model).finished()
    except ValueError as error:
        raise ModelError(source.name, f"cannot be converted: {error}") from error


class _Conversion:
    def __init__(self, model: LiteModel):
        self._model = model
        self._graph = Graph("TensorFlow Lite")
        self._values: dict[int, str] = {}

    def finished(self) -> bytes:
        (image,) = self._model.inputs
        _, rows, columns, _ = self._model.tensors[image].shape
        rgb = self._graph.node("Gather", self._graph.pixels("input"), self._graph.constant(np.array([2, 1, 0])), axis=1)
        self._values[image] = self._graph.node("Div", rgb, self._graph.weights(np.array(255.0)))
        for operation in self._model.operations:
            (output,) = operation.outputs
            if operation.kind not in _WRITERS:
                raise ValueError(f"operation {operation.kind} is not known")
            self._values[output] = _WRITERS[operation.kind](self, operation)
        results = dict(self._result(output) for output in self._model.outputs)
        return self._graph.finished(byte_pictures(rows, columns), results)

    def _result(self, output: int) -> tuple[str, tuple[str, Shape]]:
        tensor, value = self._model.tensors[output], self._values[output]
        shape: Shape = ["n", *tensor.shape[1:]]
        if len(tensor.shape) == 4:
            if tensor.shape[1:3] != (1, 1):
                raise ValueError(f"{tensor.name} is a picture")
            value, shape = self._graph.node("Flatten", value), ["n", tensor.shape[3]]
        return value, (tensor.name, shape)

    def conv(self, operation: Operation) -> str:
        """Weights come as (out, rows, columns, in), depthwise ones as (1, rows, columns, out)."""
        depthwise = operation.kind == _DEPTHWISE
        values = self._constant(operation.inputs[1])
        weights = values.transpose(3, 0, 1, 2) if depthwise else values.transpose(0, 3, 1, 2)
        options = _options(operation)
        strides = options.number(2, "i"), options.number(1, "i")
        if any(options.number(field, "i") > 1 for field in ((5, 6) if depthwise else (4, 5))):
            raise ValueError("a convolution is dilated")
        constants = [self._graph.weights(weights), self._graph.weights(self._constant(operation.inputs[2]))]
        group = self._shape(operation.inputs[0])[3] if depthwise else 1
        pads = self._padding(operation, weights.shape[2:], strides)
        value = self._graph.node("Conv", self._values[operation.inputs[0]], *constants, group=group, strides=strides, pads=pads)
        return self._activated(value, options.number(4 if depthwise else 3, "b"))

    def max_pool(self, operation: Operation) -> str:
        options = _options(operation)
        strides, window = (options.number(2, "i"), options.number(1, "i")), (options.number(4, "i"), options.number(3, "i"))
        pads = self._padding(operation, window, strides)
        value = self._graph.node("MaxPool", self._values[operation.inputs[0]], kernel_shape=window, strides=strides, pads=pads)
        return self._activated(value, options.number(5, "b"))

    def add(self, operation: Operation) -> str:
        a, b = (self._values[number] for number in operation.inputs)
        return self._activated(self._graph.node("Add", a, b), _options(operation).number(0, "b"))

    def prelu(self, operation: Operation) -> str:
        slopes = self._constant(operation.inputs[1]).reshape(-1, 1, 1)  # one a channel
        return self._graph.node("PRelu", self._values[operation.inputs[0]], self._graph.weights(slopes))

    def logistic(self, operation: Operation) -> str:
        return self._graph.node("Sigmoid", self._values[operation.inputs[0]])

    def pad(self, operation: Operation) -> str:
        before, after = self._constant(operation.inputs[1])[[0, 3, 1, 2]].T
        pads = self._graph.constant(np.concatenate([before, after]).astype(np.int64))
        return self._graph.node("Pad", self._values[operation.inputs[0]], pads)

    def reshape(self, operation: Operation) -> str:
        value, shape = self._values[operation.inputs[0]], self._shape(operation.outputs[0])
        if len(shape) == 4:
            raise ValueError("something is made a picture")
        if len(self._shape(operation.inputs[0])) == 4:
            value = self._graph.node("Transpose", value, perm=[0, 2, 3, 1])
        return self._graph.node("Reshape", value, self._graph.constant(np.array([0, *shape[1:]])))  # 0: as many as there are

    def concat(self, operation: Operation) -> str:
        rank, axis = len(self._shape(operation.outputs[0])), _options(operation).number(0, "i")
        axis = axis % rank
        return self._graph.node(
            "Concat", *(self._values[number] for number in operation.inputs), axis=_CHANNELS_FIRST[axis] if rank == 4 else axis
        )

    def _padding(self, operation: Operation, window: tuple[int, ...], strides: tuple[int, int]) -> list[int]:
        """TensorFlow's `SAME` puts an odd pixel at the bottom and the right."""
        if _options(operation).number(0, "b") == _VALID:
            return [0, 0, 0, 0]
        sizes = self._shape(operation.inputs[0])[1:3]
        totals = [max(0, (-(-size // step) - 1) * step + reach - size) for size, step, reach in zip(sizes, strides, window, strict=True)]
        return [*(total // 2 for total in totals), *(total - total // 2 for total in totals)]

    def _activated(self, value: str, activation: int) -> str:
        if activation not in (_NO_ACTIVATION, _RELU):
            raise ValueError(f"activation {activation} is not known")
        return self._graph.node("Relu", value) if activation == _RELU else value

    def _shape(self, number: int) -> tuple[int, ...]:
        return self._model.tensors[number].shape

    def _constant(self, number: int) -> np.ndarray:
        values = self._model.tensors[number].values
        if values is None:
            raise ValueError(f"{self._model.tensors[number].name} is not constant")
        return values


def _options(operation: Operation) -> Table:
    if operation.options is None:
        raise ValueError(f"operation {operation.kind} has no options")
    return operation.options


_WRITERS = {
    _ADD: _Conversion.add,
    _CONCAT: _Conversion.concat,
    _CONV: _Conversion.conv,
    _DEPTHWISE: _Conversion.conv,
    _LOGISTIC: _Conversion.logistic,
    _MAX_POOL: _Conversion.max_pool,
    _RESHAPE: _Conversion.reshape,
    _PAD: _Conversion.pad,
    _PRELU: _Conversion.prelu,
}
