"""The functions of `face_recognition.api`, those with a leading underscore included, since its users call them too.

Places are (top, right, bottom, left) in pixels, as in `face_recognition`, and lie within the picture. The networks are
attributes of this module under their names there, loaded at the first touch: `face_detector`, `cnn_face_detector`,
`pose_predictor_5_point`, `pose_predictor_68_point`, `face_encoder`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from ostiary.face_recognition.networks import NAMES, network

if TYPE_CHECKING:
    import dlib

    from ostiary.face_recognition.cnn import CnnFace

Css = tuple[int, int, int, int]
"""Top, right, bottom, left."""

_LARGE = {
    "chin": range(17),
    "left_eyebrow": range(17, 22),
    "right_eyebrow": range(22, 27),
    "nose_bridge": range(27, 31),
    "nose_tip": range(31, 36),
    "left_eye": range(36, 42),
    "right_eye": range(42, 48),
    "top_lip": (48, 49, 50, 51, 52, 53, 54, 64, 63, 62, 61, 60),
    "bottom_lip": (54, 55, 56, 57, 58, 59, 48, 60, 67, 66, 65, 64),
}
_SMALL = {"nose_tip": (4,), "left_eye": (2, 3), "right_eye": (0, 1)}
_FEATURES: dict[str, Mapping[str, Iterable[int]]] = {"large": _LARGE, "small": _SMALL}

_loading = threading.Lock()


def load_image_file(file: str | PathLike[str] | IO[bytes], mode: str = "RGB") -> np.ndarray:
    """A picture as an array: `mode` "RGB" or "L" (grey). As much as there is of a file that was cut off; EXIF's orientation
    is not looked at."""
    from PIL import Image, ImageFile

    with _loading:  # the switch is the whole process's
        before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, True
        try:
            with Image.open(file) as image:
                return np.array(image.convert(mode) if mode else image)
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def face_locations(img: np.ndarray, number_of_times_to_upsample: int = 1, model: str = "hog") -> list[Css]:
    """Where faces are: `model` "hog" finds frontal ones, "cnn" also turned and partly hidden ones. Each time of upsampling
    halves the size of the smallest face, from 80 pixels, and takes four times as long. With "hog", what dlib takes for a face and
    is none may be missing, since dlib's detector is run only where YuNet sees faces; and five faces in a thousand are missing or
    have their box a step beside dlib's."""
    found = _raw_face_locations(img, number_of_times_to_upsample, model)
    return [_place(face.rect if model == "cnn" else face, img) for face in found]


def batch_face_locations(images: Sequence[np.ndarray], number_of_times_to_upsample: int = 1, batch_size: int = 128) -> list[list[Css]]:
    """What `face_locations` with "cnn" finds in each of several pictures; `batch_size` makes no difference."""
    batches = _raw_face_locations_batched(images, number_of_times_to_upsample, batch_size)
    return [[_place(face.rect, image) for face in found] for image, found in zip(images, batches, strict=True)]


def face_landmarks(
    face_image: np.ndarray, face_locations: Sequence[Css] | None = None, model: str = "large"
) -> list[dict[str, list[tuple[int, int]]]]:
    """The points of each face's features, by name. `model` "large" gives 68 by a file that may not be used commercially
    (FaceEngine's attribute landmarks68 may), "small" the five corners of the eyes and tip of the nose."""
    if model not in _FEATURES:
        raise ValueError("Invalid landmarks model type. Supported models are ['small', 'large'].")
    faces = [[(point.x, point.y) for point in face.parts()] for face in _raw_face_landmarks(face_image, face_locations, model)]
    return [{feature: [points[i] for i in which] for feature, which in _FEATURES[model].items()} for points in faces]


def face_encodings(
    face_image: np.ndarray, known_face_locations: Sequence[Css] | None = None, num_jitters: int = 1, model: str = "small"
) -> list[np.ndarray]:
    """The 128 numbers of each face. With `num_jitters` of two or more they are the mean of as many slightly moved, turned and
    scaled looks, drawn in dlib's order: equal in two processes that made the same calls. `model` tells by which landmarks a
    face is aligned; "large" takes those of `face_landmarks`."""
    faces = _raw_face_landmarks(face_image, known_face_locations, model)
    return list(network("face_encoder").compute_face_descriptor(face_image, faces, num_jitters)) if faces else []


def face_distance(face_encodings: Sequence[np.ndarray] | np.ndarray, face_to_compare: np.ndarray) -> np.ndarray:
    """How far each face is from one: 0 is the same picture, below 0.6 most likely the same person."""
    if len(face_encodings) == 0:
        return np.empty(0)
    return np.linalg.norm(np.asarray(face_encodings) - face_to_compare, axis=1)


def compare_faces(
    known_face_encodings: Sequence[np.ndarray] | np.ndarray, face_encoding_to_check: np.ndarray, tolerance: float = 0.6
) -> list[bool]:
    """Which faces are no further from one than `tolerance`."""
    return list(face_distance(known_face_encodings, face_encoding_to_check) <= tolerance)


def _raw_face_locations(img: np.ndarray, number_of_times_to_upsample: int = 1, model: str = "hog") -> Sequence[Any]:
    """dlib's rectangles, or with "cnn" what has one as `rect` and a `confidence`."""
    return network("cnn_face_detector" if model == "cnn" else "face_detector")(img, number_of_times_to_upsample)


def _raw_face_locations_batched(
    images: Sequence[np.ndarray], number_of_times_to_upsample: int = 1, batch_size: int = 128
) -> list[list[CnnFace]]:
    return network("cnn_face_detector")(list(images), number_of_times_to_upsample, batch_size=batch_size)


def _raw_face_landmarks(
    face_image: np.ndarray, face_locations: Sequence[Css] | None = None, model: str = "large"
) -> list[dlib.full_object_detection]:
    places = _raw_face_locations(face_image) if face_locations is None else [_css_to_rect(css) for css in face_locations]
    if not places:
        return []
    predictor = network("pose_predictor_5_point" if model == "small" else "pose_predictor_68_point")
    return [predictor(face_image, place) for place in places]


def _place(rect: dlib.rectangle, image: np.ndarray) -> Css:
    return _trim_css_to_bounds(_rect_to_css(rect), image.shape)


def _rect_to_css(rect: dlib.rectangle) -> Css:
    return rect.top(), rect.right(), rect.bottom(), rect.left()


def _css_to_rect(css: Css) -> dlib.rectangle:
    from ostiary.face_recognition.dlib_parts import dlib

    top, right, bottom, left = css
    return dlib.rectangle(left, top, right, bottom)


def _trim_css_to_bounds(css: Css, image_shape: tuple[int, ...]) -> Css:
    top, right, bottom, left = css
    return max(top, 0), min(right, image_shape[1]), min(bottom, image_shape[0]), max(left, 0)


def __getattr__(name: str) -> Any:
    if name not in NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return network(name)
