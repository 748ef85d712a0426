"""Rewrites a dlib network's layers into fewer and faster ones that compute the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ostiary.vision.dlib_dat import Affine, Conv, Layer, Mark, Network


@dataclass(frozen=True, slots=True)
class Keep:
    """Keeps what passes, to be added at the end of a block."""


@dataclass(frozen=True, slots=True)
class Swap:
    """Keeps what passes and goes on from what was kept before: the second branch of a block begins."""


Step = Layer | Keep | Swap


def folded(network: Network) -> list[Step]:
    """The steps of `network` on raw BGR pixels, without affine layers and with marks told apart.

    ValueError says what does not fit: the first convolution must have no padding, since beyond the edge there is the mean
    colour, and zero is not the mean of raw pixels.
    """
    steps = list(_told_apart(_without_affines(network.layers)))
    if not steps or not isinstance(first := steps[0], Conv) or first.weights.shape[1] != 3 or first.pad != (0, 0):
        raise ValueError("it does not begin with an unpadded convolution of three colours")
    return [_on_raw_bgr(first, network.means), *steps[1:]]


def _without_affines(layers: Iterable[Layer]) -> Iterator[Layer]:
    """Folds each affine layer into the convolution before it."""
    before: Layer | None = None
    for layer in layers:
        if isinstance(layer, Affine):
            if not isinstance(before, Conv) or len(before.bias) != len(layer.scale):
                raise ValueError("an affine layer does not follow a convolution of as many filters")
            before = _scaled(before, layer)
        else:
            if before is not None:
                yield before
            before = layer
    if before is not None:
        yield before


def _scaled(conv: Conv, affine: Affine) -> Conv:
    """The bias is tiny in dlib's files, and yet counts: the scale is up to 97."""
    weights = conv.weights * affine.scale[:, None, None, None]
    return replace(conv, weights=weights, bias=conv.bias * affine.scale + affine.shift)


def _told_apart(layers: Iterable[Layer]) -> Iterator[Step]:
    """A mark alone is a tag at a block's beginning; two in a row are a tag at the end of a block's first branch and a skip
    back to its beginning."""
    marks = 0
    for layer in [*layers, None]:
        if isinstance(layer, Mark):
            marks += 1
            continue
        if marks > 2:
            raise ValueError(f"{marks} tags and skips in a row")
        if marks:
            yield Keep() if marks == 1 else Swap()
        marks = 0
        if layer is not None:
            yield layer


def _on_raw_bgr(conv: Conv, means: tuple[float, float, float]) -> Conv:
    """(pixel - mean) / 256 in RGB becomes part of the weights, and these are turned to BGR."""
    weights = conv.weights.astype(np.float64) / 256
    bias = conv.bias - (weights * np.array(means)[:, None, None]).sum(axis=(1, 2, 3))
    return replace(conv, weights=weights[:, ::-1], bias=bias)


def in_whole_blocks(steps: Iterable[Step]) -> Iterator[Step]:
    """The same for a plain chain, with filters in multiples of 16 and a single filter taken apart.

    ONNX Runtime's fast convolutions work on blocks of channels; 45 channels, or one filter alone, fall out of them.
    """
    more = 0  # channels, all zero, that come in addition
    for step in steps:
        if not isinstance(step, Conv):
            yield step
        elif len(step.bias) == 1:
            yield from _by_columns(_widened(step, more, 0))
            more = 0
        else:
            wide = _widened(step, more, -len(step.bias) % 16)
            more = len(wide.bias) - len(step.bias)
            yield wide


def _widened(conv: Conv, inputs: int, outputs: int) -> Conv:
    weights = np.pad(conv.weights, ((0, outputs), (0, inputs), (0, 0), (0, 0)))
    return replace(conv, weights=weights, bias=np.pad(conv.bias, (0, outputs)))


def _by_columns(conv: Conv) -> Iterator[Conv]:
    """One filter as one filter for each of its columns, and a second convolution that adds them up, each shifted."""
    _, _, _, columns = conv.weights.shape
    shifts = np.eye(columns).reshape(1, columns, 1, columns)
    yield Conv(conv.weights[0].transpose(2, 0, 1)[..., None], np.zeros(columns), (conv.stride[0], 1), (conv.pad[0], 0))
    yield Conv(shifts, conv.bias, (1, conv.stride[1]), (0, conv.pad[1]))
