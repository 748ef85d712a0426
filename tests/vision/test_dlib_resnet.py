"""Encodings beside those that `face_recognition.face_encodings(model="small")` computes, which is done here by dlib alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import dlib
import numpy as np
import pytest

from ostiary.assets import fetch
from ostiary.domain import Detection, Encoder
from ostiary.vision.detect import open_detector
from ostiary.vision.dlib_resnet import as_dlib_would, open_dlib_resnet
from ostiary.vision.hog import open_hog
from ostiary.vision.weights import WEIGHTS, ready

Reference = Callable[[np.ndarray, Detection], np.ndarray]


@pytest.fixture(scope="module")
def encoder(models_dir: Path) -> Encoder:
    return open_dlib_resnet(models_dir, threads=1)


@pytest.fixture(scope="module")
def reference(models_dir: Path) -> Reference:
    points = dlib.shape_predictor(str(ready("dlib_landmarks5", models_dir)))
    network = dlib.face_recognition_model_v1(str(fetch(WEIGHTS["dlib_resnet"].asset, models_dir)))

    def encode(image: np.ndarray, detection: Detection) -> np.ndarray:
        rgb = np.ascontiguousarray(image[..., ::-1])
        return np.array(network.compute_face_descriptor(rgb, points(rgb, dlib.rectangle(*detection.box)), 1))

    return encode


@pytest.fixture(scope="module")
def faces(portraits: dict[str, Path]) -> list[tuple[np.ndarray, Detection]]:
    """The portraits, and a face of each: a square about the middle where HOG finds none, since any box has an encoding."""
    return list(_with_faces(portraits.values()))


def _with_faces(pictures: Iterable[Path]) -> Iterable[tuple[np.ndarray, Detection]]:
    detect = open_hog()
    for path in pictures:
        image = cv2.imread(str(path))
        if (scale := 700 / max(image.shape)) < 1:
            image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        height, width = image.shape[:2]
        square = Detection((width // 4, height // 4, width * 3 // 4, height * 3 // 4), 0.0)
        yield image, next(iter(detect(image)), square)


def _assert_same(faces: list[tuple[np.ndarray, Detection]], encoder: Encoder, reference: Reference) -> None:
    ours = encoder.encode([encoder.align(image, face) for image, face in faces])
    theirs = np.array([reference(image, face) for image, face in faces])
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)


def test_portraits(faces: list[tuple[np.ndarray, Detection]], encoder: Encoder, reference: Reference) -> None:
    assert sum(face.score > 0 for _, face in faces) >= 4
    _assert_same(faces, encoder, reference)


def test_many_people(shared: Path, encoder: Encoder, reference: Reference) -> None:
    people = sorted((shared / "testdata" / "lfw-dev").iterdir())[:25] + sorted((shared / "testdata" / "johns").iterdir())
    faces = list(_with_faces(min(person.iterdir()) for person in people))
    assert len(faces) == 30
    assert sum(face.score > 0 for _, face in faces) >= 25
    _assert_same(faces, encoder, reference)


def test_a_face_that_reaches_beyond_the_picture(faces: list[tuple[np.ndarray, Detection]], encoder: Encoder, reference: Reference) -> None:
    image, face = faces[0]
    x1, y1, x2, y2 = face.box
    middle = (x1 + x2) // 2
    _assert_same([(np.ascontiguousarray(image[:, middle:]), Detection((x1 - middle, y1, x2 - middle, y2), 1.0))], encoder, reference)


def test_the_same_person_is_near_and_another_is_not(portraits: dict[str, Path], encoder: Encoder) -> None:
    faces = _with_faces(portraits[name] for name in ("obama.jpg", "obama2.jpg", "biden.jpg"))
    one, again, other = encoder.encode([encoder.align(image, face) for image, face in faces])
    assert np.linalg.norm(one - again) < 0.45
    assert np.linalg.norm(one - other) > 0.7


def test_a_yunet_box_gives_about_the_encoding_of_a_hog_box(portraits: dict[str, Path], models_dir: Path, encoder: Encoder) -> None:
    """Which the box as it is does not: over these portraits it is about twice as far away."""
    detect = open_detector("yunet", models_dir, threads=1)
    mapped, raw = [], []
    for image, hog in _with_faces(portraits[name] for name in ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg")):
        (yunet,) = detect(image)
        crops = [encoder.align(image, face) for face in (hog, yunet, Detection(yunet.box, 1.0))]
        wanted, *got = encoder.encode(crops)
        for distances, encoding in zip((mapped, raw), got, strict=True):
            distances.append(np.linalg.norm(encoding - wanted))
    assert np.mean(mapped) < 0.08
    assert np.mean(mapped) < np.mean(raw)


def test_a_yunet_box_becomes_a_square_of_its_size() -> None:
    assert as_dlib_would((100, 100, 180, 225)) == (95, 120, 191, 216)
    x1, y1, x2, y2 = as_dlib_would((10, 10, 10, 10))  # never without extent to divide by
    assert x2 >= x1
    assert y2 >= y1


def test_batches_of_any_length(faces: list[tuple[np.ndarray, Detection]], encoder: Encoder) -> None:
    crops = [encoder.align(image, face) for image, face in faces]
    alone = np.concatenate([encoder.encode([crop]) for crop in crops])
    many = encoder.encode([crops[i % len(crops)] for i in range(35)])
    assert many.dtype == np.float32
    np.testing.assert_allclose(many, alone[np.arange(35) % len(crops)], rtol=0, atol=1e-5)
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_crops_are_what_the_network_takes(faces: list[tuple[np.ndarray, Detection]], encoder: Encoder) -> None:
    crop = encoder.align(*faces[0])
    assert (crop.shape, crop.dtype) == ((150, 150, 3), np.uint8)
    assert (encoder.id, encoder.dim, encoder.metric) == ("dlib-resnet-v1", 128, "euclidean")
