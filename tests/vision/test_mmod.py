"""The CNN detector beside dlib's own."""

from __future__ import annotations

from pathlib import Path

import cv2
import dlib
import numpy as np
import pytest

from ostiary.assets import fetch
from ostiary.domain import Detection
from ostiary.vision.mmod import Mmod, open_mmod, scores_of, upsampled
from ostiary.vision.mmod_tile import layout, tile
from ostiary.vision.session import OrtSession
from ostiary.vision.weights import WEIGHTS, ready


@pytest.fixture(scope="module")
def reference(models_dir: Path) -> dlib.cnn_face_detection_model_v1:
    return dlib.cnn_face_detection_model_v1(str(fetch(WEIGHTS["dlib_mmod"].asset, models_dir)))


@pytest.fixture(scope="module")
def session(models_dir: Path) -> OrtSession:
    return OrtSession(ready("dlib_mmod", models_dir), threads=1)


def _read(path: Path, longest_px: int) -> np.ndarray:
    image = cv2.imread(str(path))
    scale = longest_px / max(image.shape)
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def _assert_same(ours: list[Detection], theirs: dlib.mmod_rectangles) -> None:
    assert [d.box for d in ours] == [(t.rect.left(), t.rect.top(), t.rect.right(), t.rect.bottom()) for t in theirs]
    np.testing.assert_allclose([d.score for d in ours], [t.confidence for t in theirs], rtol=0, atol=1e-3)


def _rgb(image: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(image[..., ::-1])


@pytest.mark.parametrize(
    ("name", "longest_px", "upsample"),
    [
        ("obama.jpg", 320, 0),
        ("obama2.jpg", 320, 0),
        ("obama3.jpg", 480, 0),
        ("biden.jpg", 480, 0),
        ("obama_partial_face.jpg", 320, 0),
        ("obama_partial_face2.jpg", 400, 0),
        ("biden.jpg", 260, 1),
        ("obama.jpg", 100, 2),
    ],
)
def test_portraits(
    name: str, longest_px: int, upsample: int, portraits: dict[str, Path], session: OrtSession, reference: dlib.cnn_face_detection_model_v1
) -> None:
    image = _read(portraits[name], longest_px)
    ours = Mmod(session, upsample)(image)
    assert len(ours) == 1
    _assert_same(ours, reference(_rgb(image), upsample))


@pytest.mark.parametrize("strip_px", [30_000, 100_000])
def test_strips_change_nothing(strip_px: int, portraits: dict[str, Path], session: OrtSession) -> None:
    image = _read(portraits["biden.jpg"], 320)
    pyramid = tile(image, layout(*image.shape[:2]))
    assert np.array_equal(scores_of(session, pyramid, strip_px), scores_of(session, pyramid))


@pytest.mark.parametrize(
    ("name", "longest_px", "upsample"),
    [
        ("2008_001322.jpg", 400, 0),
        ("2008_002506.jpg", 400, 0),
        ("2008_001009.jpg", 400, 0),
        ("bald_guys.jpg", 240, 1),
        ("2007_007763.jpg", 200, 1),
    ],
)
def test_crowds(
    name: str, longest_px: int, upsample: int, shared: Path, session: OrtSession, reference: dlib.cnn_face_detection_model_v1
) -> None:
    image = _read(shared / "testdata" / "crowd" / name, longest_px)
    _assert_same(Mmod(session, upsample)(image), reference(_rgb(image), upsample))


def test_faces_cut_off_by_the_edge(portraits: dict[str, Path], session: OrtSession, reference: dlib.cnn_face_detection_model_v1) -> None:
    image = _read(portraits["biden.jpg"], 480)
    x1, y1, x2, _ = Mmod(session)(image)[0].box
    for part in (image[y1 + 15 :], image[:, : x2 - 20], image[:, x1 + 20 :]):
        _assert_same(Mmod(session)(part), reference(_rgb(part), 0))


@pytest.mark.parametrize("size", [(1, 1), (19, 300), (300, 19), (20, 20), (20, 700), (700, 20)])
def test_a_picture_too_small_for_a_face_has_none(size: tuple[int, int], session: OrtSession) -> None:
    assert Mmod(session, upsample=1)(np.full((*size, 3), 90, np.uint8)) == []


def test_a_huge_picture_is_looked_at_smaller(portraits: dict[str, Path], session: OrtSession) -> None:
    image = _read(portraits["obama.jpg"], 800)
    looks = _Recorder(session)
    (whole,) = Mmod(session)(image)
    (small,) = Mmod(looks, upsample=1, most_px=160_000)(image)
    ((rows, columns),) = looks.sizes
    most = layout(447, 358)  # 160,000 pixels in the picture's proportions
    assert rows * columns < 1.1 * most.rows * most.columns
    np.testing.assert_allclose(small.box, whole.box, atol=0.1 * (whole.box[2] - whole.box[0]))


def test_upsampling_stops_at_the_same_limit(portraits: dict[str, Path], session: OrtSession) -> None:
    image = _read(portraits["obama.jpg"], 200)
    looks = _Recorder(session)
    limited = Mmod(looks, upsample=2, most_px=5 * image.shape[0] * image.shape[1])(image)
    assert [d.box for d in limited] == [d.box for d in Mmod(session, upsample=1)(image)]
    once = layout(*upsampled(image).shape[:2])
    assert looks.sizes == [(once.rows, once.columns)]


def test_a_detector_opens_from_the_cache(models_dir: Path, portraits: dict[str, Path]) -> None:
    assert len(open_mmod(models_dir, threads=1)(_read(portraits["obama.jpg"], 320))) == 1


class _Recorder:
    """Runs the session, and notes how large its inputs were."""

    def __init__(self, session: OrtSession):
        self._session = session
        self.sizes: list[tuple[int, int]] = []

    def run(self, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        self.sizes.append(inputs["input"].shape[2:])
        return self._session.run(inputs)
