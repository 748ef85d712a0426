"""Networks are loaded and run, or it is said why not."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from ostiary.errors import ModelError
from ostiary.vision.session import OrtSession, cores
from ostiary.vision.weights import ready


def test_a_network_runs_at_any_size_and_from_several_threads(models_dir: Path) -> None:
    session = OrtSession(ready("yunet", models_dir), threads=2)
    assert session.inputs == ("input",)
    blobs = [np.random.default_rng(n).uniform(0, 255, (1, 3, 64, 32 * n)).astype(np.float32) for n in (1, 2, 3, 4)]
    alone = [session.run({"input": blob}) for blob in blobs]
    together: dict[int, list[np.ndarray]] = {}
    threads = [threading.Thread(target=lambda n=n: together.update({n: session.run({"input": blobs[n]})})) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n, outputs in enumerate(alone):
        assert len(outputs) == 12
        for mine, theirs in zip(outputs, together[n], strict=True):
            np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("content", [None, b"", b"not a network" * 10])
def test_what_is_no_network_is_named(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "broken.onnx"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ModelError, match=r"broken\.onnx"):
        OrtSession(file)


@pytest.mark.parametrize(("provider", "needed"), [("cuda", "CUDAExecutionProvider"), ("tensorrt", "TensorrtExecutionProvider")])
def test_a_provider_that_is_not_installed_names_its_package(provider: str, needed: str, models_dir: Path) -> None:
    if needed in onnxruntime.get_available_providers():
        pytest.skip("this machine has it")
    with pytest.raises(ModelError, match="onnxruntime-gpu"):
        OrtSession(ready("yunet", models_dir), provider)


def test_there_is_a_core() -> None:
    assert cores() >= 1
