"""What dlib itself does for `face_recognition`: landmarks."""

from __future__ import annotations

from ostiary.assets import Asset, InPackage, Installed, fetch
from ostiary.errors import MissingExtra
from ostiary.face_recognition.networks import Means

try:
    import dlib
except ModuleNotFoundError as e:
    raise MissingExtra("dlib", "ostiary.face_recognition") from e

_NAME = "shape_predictor_68_face_landmarks.dat"

LANDMARKS68 = Asset(
    _NAME,
    "fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f",
    99693937,
    "not for commercial use",
    "dlib-models, trained on iBUG 300-W",
    (
        Installed("face_recognition_models", f"models/{_NAME}"),
        InPackage("face_recognition_models==0.3.0", "sdist", f"face_recognition_models/models/{_NAME}"),
    ),
)
"""Not among the project's weights: nothing fetches it but a call that asks for these landmarks."""


def open_5_points(means: Means) -> dlib.shape_predictor:
    from ostiary.vision.dlib_resnet import open_predictor
    from ostiary.vision.weights import ready

    return open_predictor(ready("dlib_landmarks5", means.models_dir))


def open_68_points(means: Means) -> dlib.shape_predictor:
    from ostiary.vision.dlib_resnet import open_predictor

    return open_predictor(fetch(LANDMARKS68, means.models_dir))
