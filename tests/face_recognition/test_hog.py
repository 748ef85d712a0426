"""dlib's detector run in parts: the same sizes, pixels, scores and boxes as it has where it looks everywhere."""

from __future__ import annotations

from pathlib import Path

import dlib
import numpy as np
import pytest
from PIL import Image

import ostiary.face_recognition as ours
from bench.original import Original
from ostiary.face_recognition.hog import detector, pixels, scanner
from ostiary.face_recognition.hog.pixels import Part
from ostiary.face_recognition.hog.pyramid import Box, pyramid_of
from ostiary.face_recognition.hog.scanner import open_scanner
from ostiary.face_recognition.networks import Means

Pictures = dict[str, np.ndarray]


def _boxes(rects: dlib.rectangles) -> list[Box]:
    return [(rect.left(), rect.top(), rect.right(), rect.bottom()) for rect in rects]


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize(("width", "height", "doublings"), [(101, 130, 1), (160, 90, 0), (67, 71, 2)])
def test_pixels_are_dlibs_to_the_last_bit(mode: str, width: int, height: int, doublings: int, pictures: Pictures) -> None:
    picture = np.array(Image.fromarray(pictures["obama3"]).convert(mode).resize((width, height)))
    pyramid = pyramid_of(height, width, doublings)
    theirs = picture
    for n in range(1, len(pyramid.heights)):
        theirs = dlib.resize_image(theirs, pyramid.heights[n], pyramid.widths[n])
        level = n - doublings
        if level < 1:
            continue
        rows, columns = pyramid.size(level)
        for part in (Part(8, rows - 9, 16, columns - 24), Part(16, rows, columns // 2, columns)):
            made = pixels.exactly(picture, pyramid, {level: part})[level]
            np.testing.assert_array_equal(made, theirs[part.top : part.bottom, part.left : part.right])


def test_what_is_made_at_once_is_near(pictures: Pictures) -> None:
    picture = pictures["biden"]
    pyramid = pyramid_of(*picture.shape[:2], 1)
    for level in (0, 3, 7):
        part = Part(16, 96, 8, 88)
        exact = pixels.exactly(picture, pyramid, {level: part})[level].astype(int)
        near = pixels.nearly(picture, pyramid, level, part).astype(int)
        assert np.abs(near - near.mean() - exact + exact.mean()).mean() < 1.5


def test_a_part_scores_as_the_whole(pictures: Pictures, theirs: Original) -> None:
    scan, picture = open_scanner(theirs.hog), np.ascontiguousarray(pictures["obama"][::2, ::2])
    whole = scan(picture, -1.0)
    parts = scan(np.ascontiguousarray(picture[8:, 16:]), -1.0)
    inner = {box: score for box, score in whole.items() if box[0] >= 32 and box[1] >= 24}
    assert inner
    for (left, top, right, bottom), score in inner.items():
        assert parts[left - 16, top - 8, right - 16, bottom - 8] == pytest.approx(score, abs=1e-4)


def test_overlap_is_dlibs(theirs: Original) -> None:
    overlap = open_scanner(theirs.hog).overlap
    assert overlap.union_share == pytest.approx(0.33, abs=0.001)
    assert overlap.covered == pytest.approx(0.789, abs=0.001)
    assert overlap((0, 0, 99, 99), (10, 10, 50, 50))  # covered
    assert not overlap((0, 0, 99, 99), (80, 0, 179, 99))
    assert not overlap((0, 0, 9, 9), (10, 0, 19, 9))


@pytest.mark.parametrize("upsample", [0, 1, 2, 3])
def test_boxes_are_the_same_however_often_upsampled(upsample: int, pictures: Pictures, theirs: Original) -> None:
    small = np.array(Image.fromarray(pictures["obama2"]).resize((130, 190)))
    assert ours.face_locations(small, upsample) == theirs.face_locations(small, upsample)


def test_several_faces_come_in_dlibs_order(pictures: Pictures, theirs: Original) -> None:
    both = np.concatenate([pictures["obama"][:400], pictures["biden"][:400]], axis=1)
    found = ours.face_locations(both, 1)
    assert len(found) == 2
    assert found == theirs.face_locations(both, 1)


@pytest.mark.parametrize("shape", [(1, 1), (9, 200), (64, 64), (3, 700, 3), (700, 3, 3), (81, 79, 3)])
def test_odd_sizes(shape: tuple[int, ...], theirs: Original) -> None:
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    for upsample in (0, 1):
        assert ours.face_locations(noise, upsample) == theirs.face_locations(noise, upsample)


def test_without_yunet_dlib_looks_everywhere(
    tmp_path: Path, pictures: Pictures, theirs: Original, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    detect = detector.open_hog(Means(tmp_path / "file" / "models"))
    assert "looks everywhere" in caplog.text
    small = np.ascontiguousarray(pictures["obama"][::2, ::2])
    assert _boxes(detect(small, 1)) == _boxes(theirs.hog(small, 1))


def test_with_a_dlib_that_is_not_known_it_looks_everywhere(
    monkeypatch: pytest.MonkeyPatch, models_dir: Path, pictures: Pictures, theirs: Original, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(scanner, "_STATE", (3, *scanner._STATE[1:]))
    detect = detector.open_hog(Means(models_dir))
    assert "a form that is not known" in caplog.text
    small = np.ascontiguousarray(pictures["obama"][::2, ::2])
    assert _boxes(detect(small, 1)) == _boxes(theirs.hog(small, 1))


def test_boxes_are_the_same_in_other_peoples_pictures(shared: Path, models_dir: Path, theirs: Original) -> None:
    detect = detector.open_hog(Means(models_dir))
    folders = sorted((shared / "testdata" / "lfw-dev").iterdir())
    for folder in folders[:: len(folders) // 24]:
        with Image.open(min(folder.iterdir())) as picture:
            image = np.array(picture.convert("RGB"))
        assert _boxes(detect(image, 1)) == _boxes(theirs.hog(image, 1)), folder.name
