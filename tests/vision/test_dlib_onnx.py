"""The graphs made of dlib's networks, run beside dlib itself."""

from __future__ import annotations

from pathlib import Path

import dlib
import numpy as np
import onnx
import pytest

from ostiary.assets import fetch
from ostiary.errors import ModelError
from ostiary.vision.dlib_onnx import convert_mmod, convert_resnet
from ostiary.vision.session import OrtSession
from ostiary.vision.weights import WEIGHTS


@pytest.fixture(scope="module")
def resnet(models_dir: Path) -> Path:
    return fetch(WEIGHTS["dlib_resnet"].asset, models_dir)


@pytest.fixture(scope="module")
def mmod(models_dir: Path) -> Path:
    return fetch(WEIGHTS["dlib_mmod"].asset, models_dir)


def test_descriptors_of_any_picture_equal_dlibs(resnet: Path, tmp_path: Path) -> None:
    """Noise, smooth and flat pictures reach what faces may not."""
    rng = np.random.default_rng(4)
    ramp = np.linspace(0, 255, 150).astype(np.uint8)
    rgb = np.stack(
        [
            rng.integers(0, 256, (150, 150, 3), np.uint8),
            np.broadcast_to(ramp[:, None, None], (150, 150, 3)),
            np.stack([np.broadcast_to(ramp, (150, 150)), np.zeros((150, 150), np.uint8), np.broadcast_to(ramp[::-1, None], (150, 150))], 2),
            np.full((150, 150, 3), 255, np.uint8),
        ]
    )
    path = tmp_path / "resnet.onnx"
    path.write_bytes(convert_resnet(resnet))
    (ours,) = OrtSession(path, threads=1).run({"input": np.ascontiguousarray(rgb[..., ::-1])})
    reference = dlib.face_recognition_model_v1(str(resnet))
    theirs = [reference.compute_face_descriptor(np.ascontiguousarray(chip)) for chip in rgb]
    np.testing.assert_allclose(ours, np.array(theirs), rtol=0, atol=1e-5)


def test_the_detectors_graph_takes_any_size(mmod: Path, tmp_path: Path) -> None:
    path = tmp_path / "mmod.onnx"
    path.write_bytes(convert_mmod(mmod))
    session = OrtSession(path, threads=1)
    for rows, columns in ((189, 189), (100, 333)):
        (scores,) = session.run({"input": np.zeros((1, 3, rows, columns), np.float32)})
        assert scores.shape == (1, 1, _after_three_halvings(rows), _after_three_halvings(columns))


def _after_three_halvings(size: int) -> int:
    for _ in range(3):
        size = (size - 5) // 2 + 1
    return size


def test_a_conversion_is_the_same_each_time(mmod: Path) -> None:
    assert convert_mmod(mmod) == convert_mmod(mmod)


def test_graphs_suit_the_oldest_runtime_that_is_supported(mmod: Path) -> None:
    model = onnx.load_from_string(convert_mmod(mmod))
    assert (model.ir_version, model.opset_import[0].version) == (8, 17)


def test_one_network_is_not_taken_for_the_other(resnet: Path, mmod: Path) -> None:
    with pytest.raises(ModelError, match="does not make descriptors"):
        convert_resnet(mmod)
    with pytest.raises(ModelError, match="not the detector"):
        convert_mmod(resnet)


def test_a_network_that_does_not_fit_together_is_refused(mmod: Path, tmp_path: Path) -> None:
    """The reader cannot see it: each layer is sound, but the second has lost one of its input channels."""
    data = mmod.read_bytes()
    filters = bytes.fromhex("01 01 01 20 01 10 01 05 01 05")  # alias: version 1, 32 filters of 16 channels, 5 by 5
    parameters = bytes.fromhex("01 02 02 20 32 01 01 01 01 01 01")  # tensor: version 2, 32 * 16 * 25 + 32 values
    assert data.count(filters) == data.count(parameters) == 1
    start = data.index(parameters)
    fewer = bytes.fromhex("01 02 02 00 2f 01 01 01 01 01 01")
    rest = data[start + len(parameters) + 4 * 32 * 25 :].replace(filters, bytes.fromhex("01 01 01 20 01 0f 01 05 01 05"))
    path = tmp_path / "mmod.dat"
    path.write_bytes(data[:start] + fewer + rest)
    with pytest.raises(ModelError, match="takes 15 channels where 16 come"):
        convert_mmod(path)
