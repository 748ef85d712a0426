"""dlib's two face networks as ONNX graphs, made once from their `.dat` files when a model enters the cache.

Exact but for the order of float additions. Both graphs take raw BGR from 0 to 255 as `input`: the swap to RGB, the means
and the division by 256 are part of the first convolution.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ostiary.errors import ModelError
from ostiary.vision.dlib_dat import AddPrevious, Conv, DetectionLoss, Linear, MetricLoss, Network, Pool, Relu, read_network
from ostiary.vision.dlib_fold import Keep, Step, Swap, folded, in_whole_blocks
from ostiary.vision.mmod_boxes import NMS_OVERLAP, WINDOW_PX
from ostiary.vision.mmod_tile import MEAN_BGR
from ostiary.vision.onnx_graph import Graph, byte_pictures, float_planes


def convert_resnet(dat: Path) -> bytes:
    """The encoder: `input` uint8 (n, 150, 150, 3) -> `descriptor` float32 (n, 128)."""
    return _converted(dat, _encoder)


def convert_mmod(dat: Path) -> bytes:
    """The detector: `input` float32 (1, 3, rows, columns) -> `scores` float32 (1, 1, about rows / 8, columns / 8)."""
    return _converted(dat, _detector)


def _converted(dat: Path, convert: Callable[[Network], bytes]) -> bytes:
    network = read_network(dat)
    try:
        return convert(network)
    except ValueError as e:
        raise ModelError(dat.name, f"cannot be converted: {e}") from e


def _encoder(network: Network) -> bytes:
    if not isinstance(network.loss, MetricLoss) or network.input_size is None:
        raise ValueError("it does not make descriptors")
    rows, columns = network.input_size
    graph = Graph("dlib")
    end = _through(graph, _Map(graph.pixels("input"), 3, rows, columns), folded(network))
    return graph.finished(byte_pictures(rows, columns), {end.name: ("descriptor", ["n", end.channels])})


def _detector(network: Network) -> bytes:
    known = DetectionLoss((WINDOW_PX, WINDOW_PX), NMS_OVERLAP), tuple(reversed(MEAN_BGR)), None
    if (network.loss, network.means, network.input_size) != known:  # mmod.py relies on these
        raise ValueError(f"it is not the detector that looks through windows of {WINDOW_PX} pixels")
    steps = list(in_whole_blocks(folded(network)))
    if not all(isinstance(step, Conv | Relu) for step in steps):
        raise ValueError("a detector that takes any size must be a plain chain of convolutions")
    graph = Graph("dlib")
    end = _through(graph, _Map("input", 3, 1000, 1000), steps)  # a size for example: no node depends on it
    return graph.finished(float_planes([1, 3, "rows", "columns"]), {end.name: ("scores", [1, end.channels, "score_rows", "score_columns"])})


@dataclass(frozen=True, slots=True)
class _Map:
    """What flows through the graph: a value's name and its shape."""

    name: str
    channels: int
    rows: int = 1
    columns: int = 1


def _through(graph: Graph, x: _Map, steps: Iterable[Step]) -> _Map:
    """Writes down `steps` from `x` on; what comes out at their end."""
    kept = _Map("", 0)
    for step in steps:
        match step:
            case Keep():
                kept = x
            case Swap():
                x, kept = kept, x
            case Conv():
                x = _conv(graph, x, step)
            case Relu():
                x = replace(x, name=graph.node("Relu", x.name))
            case Pool():
                x = _pool(graph, x, step, wanted=kept.channels)
            case AddPrevious():
                x = _sum(graph, x, kept)
            case Linear():
                x = _linear(graph, x, step)
            case _:
                raise ValueError(f"a {type(step).__name__} is where none should be")
    return x


def _conv(graph: Graph, x: _Map, conv: Conv) -> _Map:
    filters, inputs, rows, columns = conv.weights.shape
    if inputs != x.channels:
        raise ValueError(f"a convolution takes {inputs} channels where {x.channels} come")
    (up, left), strides = conv.pad, conv.stride
    name = graph.node("Conv", x.name, graph.weights(conv.weights), graph.weights(conv.bias), strides=strides, pads=[up, left, up, left])
    return _shrunk(name, filters, (x.rows + 2 * up, x.columns + 2 * left), (rows, columns), strides)


def _pool(graph: Graph, x: _Map, pool: Pool, wanted: int) -> _Map:
    """An average that is about to be added to `wanted` channels, more than it has, becomes a convolution which brings the
    missing ones, as zeros: the layout that ONNX Runtime computes in is then kept throughout."""
    if pool.size == (0, 0) and pool.kind == "avg":
        return _Map(graph.node("GlobalAveragePool", x.name), x.channels)
    if 0 in pool.size:
        raise ValueError("a maximum is taken over the whole map")
    if pool.kind == "avg" and wanted > x.channels:
        weights = np.eye(wanted, x.channels)[:, :, None, None] * np.full(pool.size, 1 / np.prod(pool.size))
        return _conv(graph, x, Conv(weights, np.zeros(wanted), pool.stride, (0, 0)))
    operator = "AveragePool" if pool.kind == "avg" else "MaxPool"
    name = graph.node(operator, x.name, kernel_shape=pool.size, strides=pool.stride)
    return _shrunk(name, x.channels, (x.rows, x.columns), pool.size, pool.stride)


def _shrunk(name: str, channels: int, size: tuple[int, int], window: tuple[int, int], stride: tuple[int, int]) -> _Map:
    """What remains of `size` where `window` moves over it in steps of `stride`, never overhanging."""
    rows, columns = ((have - reach) // step + 1 for have, reach, step in zip(size, window, stride, strict=True))
    if rows < 1 or columns < 1:
        raise ValueError(f"a window of {window} is larger than the map of {size} that it moves over")
    return _Map(name, channels, rows, columns)


def _sum(graph: Graph, x: _Map, kept: _Map) -> _Map:
    """dlib adds maps of different sizes, the smaller counting as zero beyond its end. ONNX would broadcast one pixel."""
    if x.channels != kept.channels:
        raise ValueError(f"{x.channels} channels are added to {kept.channels}")
    rows, columns = max(x.rows, kept.rows), max(x.columns, kept.columns)
    name = graph.node("Add", _grown(graph, x, rows, columns), _grown(graph, kept, rows, columns))
    return _Map(name, x.channels, rows, columns)


def _grown(graph: Graph, x: _Map, rows: int, columns: int) -> str:
    down, right = rows - x.rows, columns - x.columns
    if not down and not right:
        return x.name
    return graph.node("Pad", x.name, graph.constant(np.array([0, 0, 0, 0, 0, 0, down, right], np.int64)))


def _linear(graph: Graph, x: _Map, linear: Linear) -> _Map:
    inputs, outputs = linear.weights.shape
    if inputs != x.channels * x.rows * x.columns:
        raise ValueError(f"a fully connected layer takes {inputs} values where {x.channels * x.rows * x.columns} come")
    flat = graph.node("Flatten", x.name)
    return _Map(graph.node("MatMul", flat, graph.weights(linear.weights)), outputs)
