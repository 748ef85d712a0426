"""`face_recognition` 1.3.0 as it calls dlib, for comparison; all five networks are loaded at once, as its import does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import dlib
import numpy as np
from PIL import Image

from ostiary.assets import Asset, fetch_all
from ostiary.face_recognition.dlib_parts import LANDMARKS68
from ostiary.vision.weights import WEIGHTS

Css = tuple[int, int, int, int]


class Original:
    def __init__(self, models_dir: Path):
        small, large, cnn, encoder = (
            WEIGHTS["dlib_landmarks5"].asset,
            LANDMARKS68,
            WEIGHTS["dlib_mmod"].asset,
            WEIGHTS["dlib_resnet"].asset,
        )
        files = fetch_all((small, large, cnn, encoder), models_dir)

        def path(asset: Asset) -> str:
            return str(files[asset.name])

        self.hog = dlib.get_frontal_face_detector()
        self.points = {"small": dlib.shape_predictor(path(small)), "large": dlib.shape_predictor(path(large))}
        self.cnn = dlib.cnn_face_detection_model_v1(path(cnn))
        self.encoder = dlib.face_recognition_model_v1(path(encoder))

    def load_image_file(self, file: Path) -> np.ndarray:
        return np.array(Image.open(file).convert("RGB"))

    def face_locations(self, image: np.ndarray, upsample: int = 1, model: str = "hog") -> list[Css]:
        if model == "cnn":
            return [_css(face.rect, image) for face in self.cnn(image, upsample)]
        return [_css(rect, image) for rect in self.hog(image, upsample)]

    def batch_face_locations(self, images: list[np.ndarray], upsample: int = 1) -> list[list[Css]]:
        return [[_css(face.rect, images[0]) for face in found] for found in self.cnn(images, upsample, batch_size=128)]

    def face_landmarks(self, image: np.ndarray, places: Sequence[Css] | None = None, model: str = "large") -> list[list[tuple[int, int]]]:
        """The bare points; sorting them by feature takes no time."""
        return [[(point.x, point.y) for point in face.parts()] for face in self._landmarks(image, places, model)]

    def face_encodings(
        self, image: np.ndarray, places: Sequence[Css] | None = None, num_jitters: int = 1, model: str = "small"
    ) -> list[np.ndarray]:
        faces = self._landmarks(image, places, model)
        return [np.array(self.encoder.compute_face_descriptor(image, face, num_jitters)) for face in faces]

    def face_distance(self, encodings: Sequence[np.ndarray], face: np.ndarray) -> np.ndarray:
        return np.linalg.norm(encodings - face, axis=1)

    def compare_faces(self, encodings: Sequence[np.ndarray], face: np.ndarray, tolerance: float = 0.6) -> list[bool]:
        return list(self.face_distance(encodings, face) <= tolerance)

    def _landmarks(self, image: np.ndarray, places: Sequence[Css] | None, model: str) -> list[dlib.full_object_detection]:
        rects = self.hog(image, 1) if places is None else [dlib.rectangle(left, top, right, bottom) for top, right, bottom, left in places]
        return [self.points[model](image, rect) for rect in rects]


def _css(rect: dlib.rectangle, image: np.ndarray) -> Css:
    return max(rect.top(), 0), min(rect.right(), image.shape[1]), min(rect.bottom(), image.shape[0]), max(rect.left(), 0)
