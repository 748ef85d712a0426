"""Reads a network that dlib serialized (a `.dat` file) into plain layers, in the order in which they are evaluated.

Such a file has no header, checksum or trailer. It is a chain of wrappers, the loss outermost: the loss, one version
number per wrapper from the output to the input, the input's fields, then the layers' fields from the input to the
output. Read are the layers and versions that `face_recognition_models` 0.3.0 holds. Nothing in a file is believed: each
size is compared with the bytes that are left before anything is built of it, and the file must end where the network
does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ostiary.errors import ModelError
from ostiary.vision.dlib_bytes import Reader


@dataclass(frozen=True, slots=True, eq=False)
class Conv:
    """Cross-correlation: `weights` (out, in, rows, cols), `bias` (out,), `stride` and `pad` as (rows, columns)."""

    weights: np.ndarray
    bias: np.ndarray
    stride: tuple[int, int]
    pad: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """scale * x + shift for each channel. A batch normalisation is read as the affine layer that it amounts to."""

    scale: np.ndarray
    shift: np.ndarray


@dataclass(frozen=True, slots=True)
class Relu:
    pass


@dataclass(frozen=True, slots=True)
class Pool:
    """Windows that would overhang are left out; `size` (0, 0) stands for the whole map."""

    kind: str  # "max" or "avg"
    size: tuple[int, int]
    stride: tuple[int, int]


@dataclass(frozen=True, slots=True)
class AddPrevious:
    """Adds what the last mark kept; where the sizes differ, the smaller one counts as zero beyond its end."""


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """x @ weights, with `weights` (in, out)."""

    weights: np.ndarray


@dataclass(frozen=True, slots=True)
class Mark:
    """A tag (keeps what passes) or a skip (continues from what a tag kept). The file does not say which."""


Layer = Conv | Affine | Relu | Pool | AddPrevious | Linear | Mark


@dataclass(frozen=True, slots=True)
class MetricLoss:
    """The network's output is the descriptor, as it is."""


@dataclass(frozen=True, slots=True)
class DetectionLoss:
    """A sliding window of so many pixels; of two boxes the lesser goes when their overlap is above `nms_overlap`."""

    window: tuple[int, int]
    nms_overlap: float


@dataclass(frozen=True, slots=True)
class Network:
    """`means` are subtracted from red, green, blue (0 to 255), the rest is divided by 256. `input_size` is (rows,
    columns), None where any size will do."""

    loss: MetricLoss | DetectionLoss
    means: tuple[float, float, float]
    input_size: tuple[int, int] | None
    layers: tuple[Layer, ...]


def read_network(path: Path) -> Network:
    """The network in `path`. Raises ModelError with the place and the reason where the file is not what it should be."""
    try:
        data = path.read_bytes()
    except OSError as e:
        raise ModelError(path.name, f"cannot be read: {e.strerror}") from e
    reader = Reader(data, path.name)
    network = _network(reader)
    if reader.left:
        raise reader.error(f"{reader.left} bytes follow the end of the network")
    return network


def _network(r: Reader) -> Network:
    r.expect(1, "the loss")
    loss = _loss(r)
    versions = _versions(r)
    means, input_size = _input(r)
    layers: list[Layer] = []
    for version in reversed(versions):
        if version == 1:
            layers.append(Mark())
            continue
        layers.append(_layer(r))
        r.skip(r.flag, 3)  # set up; gradient stale; output off
        r.skip(r.tensor, 3)  # gradients and cached output: of no use here
        if version == 3:
            r.count()  # how many samples an image becomes
    return Network(loss, means, input_size, tuple(layers))


def _versions(r: Reader) -> list[int]:
    """The wrappers' versions, output first: 2 a layer, 1 a tag or a skip, the innermost layer 3 (in older files 2)."""
    versions = []
    while not r.at_string(b"input_"):
        versions.append(r.integer())
        if versions[-1] not in (1, 2, 3):
            raise r.error(f"no wrapper has version {versions[-1]}")
    if not versions or versions[-1] == 1 or 3 in versions[:-1]:
        raise r.error("the wrappers' versions make no network")
    return versions


def _loss(r: Reader) -> MetricLoss | DetectionLoss:
    kind = r.string()
    if kind == "loss_metric_2":
        r.skip(r.real, 2)  # margin and threshold: matter in training only
        return MetricLoss()
    if kind == "loss_mmod_":
        r.expect(1, "the detector's options")
        window = r.count(), r.count()
        r.skip(r.real, 3)  # weights of errors in training
        overlap = r.real()
        r.skip(r.real, 3)  # share of a box that another covers (1.0: never more), and what training ignored
        return DetectionLoss(window, overlap)
    raise r.error(f"the loss {kind!r} is not known")


def _input(r: Reader) -> tuple[tuple[float, float, float], tuple[int, int] | None]:
    kind = r.string()
    means = r.real(), r.real(), r.real()
    if kind == "input_rgb_image_sized":
        return means, (r.count(), r.count())
    if kind == "input_rgb_image_pyramid":
        return means, None
    raise r.error(f"the input {kind!r} is not known")


def _layer(r: Reader) -> Layer:
    kind = r.string()
    if kind not in _LAYERS:
        raise r.error(f"the layer {kind!r} is not known")
    return _LAYERS[kind](r)


def _conv(r: Reader) -> Conv:
    params = r.tensor()
    filters, rows, cols = r.count(), r.count(), r.count()
    stride, pad = (r.count(), r.count()), (r.count(), r.count())
    shape, biases = r.alias(), r.alias()
    r.skip(r.real, 4)  # rates of learning
    if (shape[0], *shape[2:]) != (filters, rows, cols) or biases != (1, filters, 1, 1) or 0 in shape or 0 in stride:
        raise r.error(f"a convolution of {filters} filters {rows}x{cols} does not fit its slices {shape} and {biases}")
    if params.size != math.prod(shape) + filters:
        raise r.error(f"a convolution has {params.size} parameters, not {math.prod(shape) + filters}")
    return Conv(params[:-filters].reshape(shape), params[-filters:], stride, pad)


def _affine(r: Reader) -> Affine:
    scale, shift = _scale_and_shift(r)
    if r.integer() != 0:
        raise r.error("an affine layer works by element, not by channel")
    return Affine(scale, shift)


def _batch_norm(r: Reader) -> Affine:
    scale, shift = _scale_and_shift(r)
    r.skip(r.tensor, 2)  # of the last batch in training; what follows ran along with all of it
    mean, variance = r.tensor(), r.tensor()
    r.skip(r.count, 2)  # how many batches were averaged
    r.skip(r.real, 4)  # rates of learning
    epsilon = r.real()
    if not mean.size == variance.size == scale.size or not epsilon > 0 or not (variance >= 0).all():
        raise r.error("a batch normalisation has unfit averages")
    scale = scale / np.sqrt(variance.astype(np.float64) + epsilon)
    return Affine(scale, shift - scale * mean)


def _scale_and_shift(r: Reader) -> tuple[np.ndarray, np.ndarray]:
    params = r.tensor()
    gamma, beta = r.alias(), r.alias()
    channels = gamma[1]
    if not gamma == beta == (1, channels, 1, 1) or params.size != 2 * channels:
        raise r.error(f"{params.size} scales and shifts do not fit {channels} channels")
    return params[:channels].astype(np.float64), params[channels:].astype(np.float64)


def _pool(kind: str) -> Callable[[Reader], Pool]:
    def read(r: Reader) -> Pool:
        size, stride, pad = (r.count(), r.count()), (r.count(), r.count()), (r.count(), r.count())
        if pad != (0, 0) or 0 in stride or (0 in size and size != (0, 0)):
            raise r.error(f"a pool of {size} by {stride}, padded by {pad}, is not known")
        return Pool(kind, size, stride)

    return read


def _linear(r: Reader) -> Linear:
    outputs, inputs = r.count(), r.count()
    params = r.tensor()
    weights, biases = r.alias(), r.alias()
    bias_mode = r.integer()
    r.skip(r.real, 4)  # rates of learning
    if bias_mode != 1 or any(biases):
        raise r.error("a fully connected layer with a bias is not known")
    if weights != (inputs, outputs, 1, 1) or params.size != inputs * outputs:
        raise r.error(f"a fully connected layer of {inputs} by {outputs} has {params.size} weights")
    return Linear(params.reshape(inputs, outputs))


_LAYERS: dict[str, Callable[[Reader], Layer]] = {
    "con_4": _conv,
    "affine_": _affine,
    "bn_con2": _batch_norm,
    "relu_": lambda r: Relu(),
    "max_pool_2": _pool("max"),
    "avg_pool_2": _pool("avg"),
    "add_prev_": lambda r: AddPrevious(),
    "fc_2": _linear,
}
