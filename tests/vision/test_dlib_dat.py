"""Both of dlib's networks, whole and damaged."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from ostiary.assets import fetch
from ostiary.errors import ModelError
from ostiary.vision.dlib_dat import Affine, Conv, DetectionLoss, Linear, Mark, MetricLoss, read_network
from ostiary.vision.weights import WEIGHTS


@pytest.fixture(scope="module")
def resnet(models_dir: Path) -> Path:
    return fetch(WEIGHTS["dlib_resnet"].asset, models_dir)


@pytest.fixture(scope="module")
def mmod(models_dir: Path) -> Path:
    return fetch(WEIGHTS["dlib_mmod"].asset, models_dir)


def test_the_encoder(resnet: Path) -> None:
    network = read_network(resnet)
    convolutions = [layer for layer in network.layers if isinstance(layer, Conv)]
    assert isinstance(network.loss, MetricLoss)
    assert network.input_size == (150, 150)
    assert network.means == pytest.approx((122.782, 117.001, 104.298))
    assert len(network.layers) == 130
    assert len(convolutions) == sum(isinstance(layer, Affine) for layer in network.layers) == 29
    assert convolutions[0].weights.shape == (32, 3, 7, 7)
    assert isinstance(network.layers[-1], Linear)
    weights = sum(layer.weights.size for layer in network.layers if isinstance(layer, Conv | Linear))
    assert weights == 5_603_936
    assert sum(isinstance(layer, Mark) for layer in network.layers) == 10 * 1 + 4 * 3  # plain blocks, and those that shrink


def test_the_detector(mmod: Path) -> None:
    network = read_network(mmod)
    convolutions = [layer for layer in network.layers if isinstance(layer, Conv)]
    assert network.loss == DetectionLoss((80, 80), 0.3382761351109955)
    assert network.input_size is None
    assert [conv.weights.shape[0] for conv in convolutions] == [16, 32, 32, 45, 45, 45, 1]
    assert convolutions[-1].bias == pytest.approx([-0.24727], abs=1e-5)
    assert all(np.isfinite(layer.scale).all() for layer in network.layers if isinstance(layer, Affine))


def test_a_file_must_end_where_the_network_does(mmod: Path, tmp_path: Path) -> None:
    data = mmod.read_bytes()
    with pytest.raises(ModelError, match="1 bytes follow the end"):
        read_network(_written(tmp_path, data + b"\0"))
    with pytest.raises(ModelError, match="more bytes wanted"):
        read_network(_written(tmp_path, data[:-1]))


def test_every_truncation_is_refused(mmod: Path, tmp_path: Path) -> None:
    data = mmod.read_bytes()
    places = [*range(0, 200), *random.Random(1).sample(range(len(data)), 100)]
    for end in places:
        with pytest.raises(ModelError, match="not a network that can be read"):
            read_network(_written(tmp_path, data[:end]))


def test_flipped_bits_are_refused_or_harmless(mmod: Path, resnet: Path, tmp_path: Path) -> None:
    """What is said of sizes is compared with what is there: no error but ModelError, and no memory but the file's."""
    choose = random.Random(2)
    refused = 0
    for source, reach, times in ((mmod, 200, 300), (mmod, 700_000, 100), (resnet, 400, 30)):
        original = source.read_bytes()
        for _ in range(times):
            data = bytearray(original)
            data[choose.randrange(reach)] ^= 1 << choose.randrange(8)
            try:
                read_network(_written(tmp_path, bytes(data)))
            except ModelError:
                refused += 1
    assert refused > 200


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        read_network(tmp_path / "absent.dat")
    with pytest.raises(ModelError, match="does not begin an integer"):
        read_network(_written(tmp_path, b"<html>not found</html>"))
    with pytest.raises(ModelError, match="'loss_other_' is not known"):
        read_network(_written(tmp_path, bytes([1, 1, 1, 11]) + b"loss_other_"))


def _written(folder: Path, data: bytes) -> Path:
    path = folder / "network.dat"
    path.write_bytes(data)
    return path
