"""Rewritten layers compute what the layers as they were computed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ostiary.vision.dlib_dat import AddPrevious, Affine, Conv, Layer, Mark, MetricLoss, Network, Relu
from ostiary.vision.dlib_fold import Keep, Swap, folded, in_whole_blocks

MEANS = (120.0, 110.0, 100.0)
RNG = np.random.default_rng(3)


def _network(*layers: Layer) -> Network:
    return Network(MetricLoss(), MEANS, None, layers)


def _conv(filters: int, inputs: int, size: int = 3, pad: int = 0) -> Conv:
    return Conv(RNG.normal(size=(filters, inputs, size, size)), RNG.normal(size=filters), (1, 1), (pad, pad))


def _run(conv: Conv, x: np.ndarray) -> np.ndarray:
    """A convolution with stride 1, the long way."""
    x = np.pad(x, ((0, 0), (conv.pad[0],) * 2, (conv.pad[1],) * 2))
    windows = np.lib.stride_tricks.sliding_window_view(x, conv.weights.shape[2:], axis=(1, 2))
    return np.einsum("crwij,fcij->frw", windows, conv.weights) + conv.bias[:, None, None]


def test_means_affine_layers_and_colours_are_folded_in() -> None:
    conv, affine = _conv(4, 3), Affine(RNG.normal(size=4), RNG.normal(size=4))
    rgb = RNG.uniform(0, 255, (3, 6, 7))
    wanted = _run(conv, (rgb - np.array(MEANS)[:, None, None]) / 256) * affine.scale[:, None, None] + affine.shift[:, None, None]
    (step,) = folded(_network(conv, affine))
    assert isinstance(step, Conv)
    np.testing.assert_allclose(_run(step, rgb[::-1]), wanted, atol=1e-9)


def test_marks_are_told_apart() -> None:
    first, other = _conv(4, 3), _conv(4, 4, pad=1)
    steps = folded(_network(first, Mark(), other, Mark(), Mark(), other, AddPrevious(), Mark(), Relu()))
    assert [type(step) for step in steps] == [Conv, Keep, Conv, Swap, Conv, AddPrevious, Keep, Relu]


@pytest.mark.parametrize(
    "layers",
    [
        (),
        (Relu(),),
        (_conv(4, 2),),
        (_conv(4, 3, pad=1),),
        (_conv(4, 3), Affine(np.ones(3), np.ones(3))),
        (_conv(4, 3), Relu(), Affine(np.ones(4), np.ones(4))),
        (_conv(4, 3), Mark(), Mark(), Mark()),
    ],
)
def test_what_does_not_fit_is_refused(layers: tuple[Layer, ...]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        folded(_network(*layers))


def test_whole_blocks_compute_the_same() -> None:
    steps = [_conv(45, 3), Relu(), _conv(45, 45, pad=1), Relu(), _conv(1, 45, size=5, pad=2)]
    blocks = list(in_whole_blocks(steps))
    assert [len(step.bias) for step in blocks if isinstance(step, Conv)] == [48, 48, 5, 1]
    x = wanted = RNG.normal(size=(3, 9, 8))
    for step in steps:
        wanted = _run(step, wanted) if isinstance(step, Conv) else np.maximum(wanted, 0)
    for step in blocks:
        x = _run(step, x) if isinstance(step, Conv) else np.maximum(x, 0)
    np.testing.assert_allclose(x, wanted, atol=1e-9)


def test_a_single_filter_keeps_its_strides() -> None:
    down, across = in_whole_blocks([replace(_conv(1, 16), stride=(2, 3))])
    assert isinstance(down, Conv)
    assert isinstance(across, Conv)
    assert (down.stride, across.stride) == ((2, 1), (1, 3))
