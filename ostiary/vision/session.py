"""ONNX Runtime, met here and nowhere else: providers, threads, memory, quiet logs."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from ostiary.errors import ModelError

MOST_THREADS = 4  # more do not help networks of this size

_PROVIDERS = {
    "cpu": ["CPUExecutionProvider"],
    "cuda": ["CUDAExecutionProvider", "CPUExecutionProvider"],
    "tensorrt": ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"],
}
_ERROR_ONLY = 3
_LOAD_ERRORS = (
    ort_errors.EPFail,
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoModel,
    ort_errors.NoSuchFile,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
    OSError,
)


class OrtSession:
    """One loaded network. `run` may be called from several threads. Raises ModelError where it cannot be loaded."""

    def __init__(self, path: Path, provider: str = "cpu", threads: int = 0):
        wanted = _PROVIDERS[provider][0]
        _require(wanted, provider, path)
        ort.set_default_logger_severity(_ERROR_ONLY)
        try:
            self._session = ort.InferenceSession(str(path), _options(threads), providers=_PROVIDERS[provider])
        except _LOAD_ERRORS as error:
            raise ModelError(path.name, f"ONNX Runtime cannot load {path}: {_first_line(error)}") from None
        if wanted not in self._session.get_providers():  # ONNX Runtime falls back silently
            raise ModelError(
                path.name, f"PROVIDER={provider} is installed but did not start: check its driver and CUDA libraries, or set PROVIDER=cpu"
            )
        self.inputs: tuple[str, ...] = tuple(value.name for value in self._session.get_inputs())

    def run(self, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        return self._session.run(None, inputs)


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _options(threads: int) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or min(cores(), MOST_THREADS)
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERROR_ONLY
    options.enable_cpu_mem_arena = False  # pictures differ in size, and an arena keeps room for the largest for ever
    options.enable_mem_pattern = False  # pays only where shapes repeat
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads sleep: an idle door costs nothing
    return options


def _require(wanted: str, provider: str, path: Path) -> None:
    if wanted not in ort.get_available_providers():
        package = "onnxruntime-gpu (on a Jetson: NVIDIA's onnxruntime wheel for its JetPack)"
        raise ModelError(
            path.name, f"PROVIDER={provider} needs the package {package} in place of onnxruntime; PROVIDER=cpu works everywhere"
        )


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
