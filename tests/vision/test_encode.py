"""SFace tells people apart, whoever found their faces, and equals OpenCV's."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ostiary.domain import Detect, Encoder
from ostiary.encoders import ENCODERS
from ostiary.vision.detect import Scaled, open_detector, thorough
from ostiary.vision.encode import open_encoder
from ostiary.vision.weights import ready


def _encoded(encoder: Encoder, detect: Detect, image: np.ndarray) -> np.ndarray:
    face = max(detect(image), key=lambda found: found.area)
    return encoder.encode([encoder.align(image, face)])[0]


def test_the_shape_of_encodings(sface: Encoder) -> None:
    info = ENCODERS["sface"]
    assert (sface.id, sface.dim, sface.metric) == (info.id, info.dim, info.metric)
    crops = list(np.random.default_rng(0).integers(0, 255, (5, 112, 112, 3), np.uint8))
    together = sface.encode(crops)
    assert (together.shape, together.dtype) == ((5, 128), np.float32)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(together, np.concatenate([sface.encode([crop]) for crop in crops]), atol=1e-6)
    assert sface.encode([]).shape == (0, 128)


def test_encodings_equal_opencvs(sface: Encoder, yunet: Scaled, models_dir: Path, pictures: dict[str, np.ndarray]) -> None:
    theirs = cv2.FaceRecognizerSF.create(str(ready("sface", models_dir)), "")
    for name in ("obama", "obama2", "biden"):
        crop = sface.align(pictures[name], yunet(pictures[name])[0])
        feature = theirs.feature(crop)[0]
        assert sface.encode([crop])[0] @ feature / np.linalg.norm(feature) > 0.9999


def test_with_the_mirror_image_a_face_and_its_mirror_image_are_the_same(
    models_dir: Path, sface: Encoder, yunet: Scaled, pictures: dict[str, np.ndarray]
) -> None:
    mirrored = open_encoder("sface-mirrored", models_dir)
    crop = sface.align(pictures["obama"], yunet(pictures["obama"])[0])
    both = [crop, np.ascontiguousarray(crop[:, ::-1])]
    np.testing.assert_allclose(*mirrored.encode(both), atol=1e-5)
    one, other = sface.encode(both)
    assert one @ other < 0.99
    np.testing.assert_allclose(mirrored.encode([crop])[0], (one + other) / np.linalg.norm(one + other), atol=1e-5)


@pytest.mark.parametrize("detector", ["yunet", "hog", "cnn"])
def test_people_are_told_apart_with_any_detector(detector: str, sface: Encoder, models_dir: Path, pictures: dict[str, np.ndarray]) -> None:
    detect = thorough(open_detector(detector, models_dir))
    obama, again, biden = (_encoded(sface, detect, pictures[name]) for name in ("obama", "obama2", "biden"))
    limit = ENCODERS["sface"].threshold(1000, 0.001)
    assert 1 - obama @ again < limit - 0.1
    assert 1 - obama @ biden > limit + 0.1
    assert 1 - again @ biden > limit + 0.1


def test_size_and_detector_hardly_matter(sface: Encoder, yunet: Scaled, models_dir: Path, pictures: dict[str, np.ndarray]) -> None:
    whole = _encoded(sface, yunet, pictures["obama"])
    half = cv2.resize(pictures["obama"], None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA)
    assert whole @ _encoded(sface, yunet, half) > 0.9
    assert whole @ _encoded(sface, open_detector("hog", models_dir), pictures["obama"]) > 0.9


def test_every_encoder_opens(models_dir: Path) -> None:
    for name, info in ENCODERS.items():
        assert open_encoder(name, models_dir).id == info.id
    with pytest.raises(KeyError):
        open_encoder("facenet", models_dir)
