"""Two encoders as one: the joined cosine is the weighted mean of both, and people are told apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ostiary.domain import Detection, Encoder
from ostiary.encoders import ENCODERS
from ostiary.vision.detect import Scaled, thorough
from ostiary.vision.encode import open_encoder
from ostiary.vision.fusion import DLIB_SHARE
from ostiary.vision.probe import Prober


@pytest.fixture(scope="module")
def fusion(models_dir: Path) -> Encoder:
    return open_encoder("fusion", models_dir)


def _face(yunet: Scaled, image: np.ndarray) -> Detection:
    return max(thorough(yunet)(image), key=lambda found: found.area)


def _cosine(encoder: Encoder, faces: list[tuple[np.ndarray, Detection]]) -> float:
    a, b = encoder.encode([encoder.align(image, face) for image, face in faces])
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


@pytest.mark.parametrize("other", ["obama2", "biden"])
def test_its_cosine_is_the_weighted_mean_of_both(
    other: str, fusion: Encoder, yunet: Scaled, models_dir: Path, pictures: dict[str, np.ndarray]
) -> None:
    faces = [(pictures[name], _face(yunet, pictures[name])) for name in ("obama", other)]
    sface, dlib = (_cosine(open_encoder(name, models_dir), faces) for name in ("sface-mirrored", "dlib"))
    assert _cosine(fusion, faces) == pytest.approx((1 - DLIB_SHARE) * sface + DLIB_SHARE * dlib, abs=1e-5)


def test_the_shape_of_encodings(fusion: Encoder, yunet: Scaled, pictures: dict[str, np.ndarray]) -> None:
    info = ENCODERS["fusion"]
    assert (fusion.id, fusion.dim, fusion.metric) == (info.id, info.dim, info.metric)
    crop = fusion.align(pictures["biden"], _face(yunet, pictures["biden"]))
    rows = fusion.encode([crop, crop])
    assert (rows.shape, rows.dtype) == ((2, info.dim), np.float32)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert fusion.encode([]).shape == (0, info.dim)


def test_a_face_is_fit_for_it_as_for_sface(fusion: Encoder, sface: Encoder, yunet: Scaled, pictures: dict[str, np.ndarray]) -> None:
    image = pictures["obama"]
    faces = [_face(yunet, image)]
    (ours,), (theirs,) = (Prober(encoder, 48).probe(image, faces) for encoder in (fusion, sface))
    assert (ours.quality.usable, ours.quality.problem) == (theirs.quality.usable, theirs.quality.problem) == (True, None)
    assert ours.encoding is not None
    np.testing.assert_allclose(ours.encoding, fusion.encode([fusion.align(image, faces[0])])[0], atol=1e-6)


def test_people_are_told_apart(fusion: Encoder, yunet: Scaled, pictures: dict[str, np.ndarray]) -> None:
    limit = ENCODERS["fusion"].threshold(1000, 0.001)
    obama, again, biden = ((pictures[name], _face(yunet, pictures[name])) for name in ("obama", "obama2", "biden"))
    assert 1 - _cosine(fusion, [obama, again]) < limit - 0.04
    assert 1 - _cosine(fusion, [obama, biden]) > limit + 0.04
    assert 1 - _cosine(fusion, [again, biden]) > limit + 0.04
