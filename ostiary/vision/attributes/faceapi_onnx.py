"""face-api's small networks as ONNX graphs, made once from their TensorFlow.js files when they enter the model cache.

The architectures are those of face-api.js by Vincent Mühler and of its successor by Vladimir Mandic (both MIT licence):
separable convolutions, strided ones padded as TensorFlow pads even sizes, at the right and the bottom only. All graphs
take BGR crops as they are, `input` uint8 (n, 112, 112, 3): the swap to RGB, the means and the division are inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ostiary.vision.attributes.tfjs import read_weights
from ostiary.vision.onnx_graph import Graph, byte_pictures

SIDE_PX = 112
MEAN_BGR = (104.298, 117.001, 122.782)


def convert_age_gender(data: Path, manifest: Path) -> bytes:
    """`gender` float32 (n, 2): male, female, summing to 1; `age` float32 (n, 1) in years."""
    net = _Network(data, manifest)
    x = net.relu(net.conv(net.image(), "entry_flow/conv_in", stride=2))
    x = net.reduced(x, "entry_flow/reduction_block_0")
    x = net.reduced(net.relu(x), "entry_flow/reduction_block_1", beside=x)
    for block in ("middle_flow/main_block_0", "middle_flow/main_block_1"):
        through = x
        for layer in range(3):
            through = net.separable(net.relu(through), f"{block}/separable_conv{layer}")
        x = net.sum(through, x)
    x = net.reduced(net.relu(x), "exit_flow/reduction_block", beside=x)
    x = net.pooled(net.relu(net.separable(x, "exit_flow/separable_conv")))
    gender, age = net.softmax(net.dense(x, "fc/gender")), net.dense(x, "fc/age")
    return net.graph.finished(byte_pictures(SIDE_PX, SIDE_PX), {gender: ("gender", ["n", 2]), age: ("age", ["n", 1])})


def convert_expression(data: Path, manifest: Path) -> bytes:
    """`expression` float32 (n, 7), summing to 1."""
    net = _Network(data, manifest)
    end = net.softmax(net.dense(_features(net), "fc"))
    return net.graph.finished(byte_pictures(SIDE_PX, SIDE_PX), {end: ("expression", ["n", 7])})


def convert_landmarks(data: Path, manifest: Path) -> bytes:
    """`landmarks` float32 (n, 136): x, y of 68 points in turn, as shares of the crop's side."""
    net = _Network(data, manifest)
    end = net.dense(_features(net), "fc")
    return net.graph.finished(byte_pictures(SIDE_PX, SIDE_PX), {end: ("landmarks", ["n", 136])})


def _features(net: _Network) -> str:
    """Four blocks, each halving the picture; within one, each layer gets the sum of all before it."""
    x = net.image()
    for block in range(4):
        first = net.conv if block == 0 else net.separable
        total = x = net.relu(first(x, f"dense{block}/conv0", stride=2))
        for layer in range(1, 4):
            total = net.sum(total, net.separable(x, f"dense{block}/conv{layer}"))
            x = net.relu(total)
    return net.pooled(x)


class _Network:
    """A graph that grows layer by layer, with weights found by the layers' names."""

    def __init__(self, data: Path, manifest: Path):
        self.graph = Graph("face-api")
        self._weights = read_weights(data, manifest)

    def image(self) -> str:
        """The crop as the networks were trained on it, but for the order of colours: the first layer swaps that."""
        mean = self.graph.weights(np.reshape(MEAN_BGR, (1, 3, 1, 1)))
        return self.graph.node("Div", self.graph.node("Sub", self.graph.pixels("input"), mean), self.graph.weights(np.array(255.0)))

    def conv(self, x: str, name: str, stride: int = 1) -> str:
        weights = self._weights[f"{name}/filters"]
        if weights.shape[0] == 3:  # the first layer, the only one of its kind
            weights = weights[:, :, ::-1]
        return self._conv(x, weights.transpose(3, 2, 0, 1), self._weights[f"{name}/bias"], stride)

    def separable(self, x: str, name: str, stride: int = 1) -> str:
        depthwise = self._weights[f"{name}/depthwise_filter"].transpose(2, 3, 0, 1)
        pointwise = self._weights[f"{name}/pointwise_filter"].transpose(3, 2, 0, 1)
        x = self._conv(x, depthwise, None, stride, group=len(depthwise))
        return self._conv(x, pointwise, self._weights[f"{name}/bias"])

    def reduced(self, x: str, name: str, beside: str | None = None) -> str:
        """Half as large: two layers on `x`, and one on what stands `beside` it where that is not `x` itself."""
        through = self.separable(x, f"{name}/separable_conv0")
        through = self.separable(self.relu(through), f"{name}/separable_conv1")
        through = self.graph.node("MaxPool", through, kernel_shape=[3, 3], strides=[2, 2], pads=_padding(3, 2))
        return self.sum(through, self.conv(beside or x, f"{name}/expansion_conv", stride=2))

    def dense(self, x: str, name: str) -> str:
        return self.graph.node(
            "Gemm", x, self.graph.weights(self._weights[f"{name}/weights"]), self.graph.weights(self._weights[f"{name}/bias"])
        )

    def pooled(self, x: str) -> str:
        return self.graph.node("Flatten", self.graph.node("GlobalAveragePool", x))

    def relu(self, x: str) -> str:
        return self.graph.node("Relu", x)

    def softmax(self, x: str) -> str:
        return self.graph.node("Softmax", x, axis=1)

    def sum(self, a: str, b: str) -> str:
        return self.graph.node("Add", a, b)

    def _conv(self, x: str, weights: np.ndarray, bias: np.ndarray | None, stride: int = 1, group: int = 1) -> str:
        side = weights.shape[2]
        constants = [self.graph.weights(values) for values in (weights, bias) if values is not None]
        return self.graph.node("Conv", x, *constants, group=group, strides=[stride, stride], pads=_padding(side, stride))


def _padding(side: int, stride: int) -> Sequence[int]:
    """What keeps the size, or halves an even one; TensorFlow puts an odd pixel at the right and the bottom."""
    total = max(0, side - stride)
    before = total // 2
    return [before, before, total - before, total - before]
