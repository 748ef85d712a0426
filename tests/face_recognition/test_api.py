"""Each function beside the original's: the same boxes, points and encodings, and what it makes of odd pictures."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dlib
import numpy as np
import pytest
from PIL import Image, ImageFile

import ostiary.face_recognition as ours
from bench.original import Original
from ostiary.face_recognition import api

NAMES = ("obama", "obama2", "obama3", "biden", "obama_partial_face", "obama_partial_face2")
SAME = 1e-6  # sums in another order; the promise is 1e-3

Pictures = dict[str, np.ndarray]


@pytest.mark.parametrize("upsample", [0, 1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_hogs_boxes_are_the_same(name: str, upsample: int, pictures: Pictures, theirs: Original) -> None:
    image = pictures[name]
    if upsample == 2:
        image = np.ascontiguousarray(image[::3, ::3])
    assert ours.face_locations(image, upsample) == theirs.face_locations(image, upsample)


@pytest.mark.parametrize(("name", "step", "upsample"), [("obama", 1, 0), ("biden", 2, 0), ("obama_partial_face", 3, 1)])
def test_the_networks_boxes_are_the_same(name: str, step: int, upsample: int, pictures: Pictures, theirs: Original) -> None:
    image = np.ascontiguousarray(pictures[name][::step, ::step])
    found = ours.face_locations(image, number_of_times_to_upsample=upsample, model="cnn")
    assert found == theirs.face_locations(image, upsample, "cnn")
    assert len(found) == 1


def test_a_batch_is_its_pictures_one_by_one(pictures: Pictures, theirs: Original) -> None:
    biden = np.ascontiguousarray(pictures["biden"][::2, ::2])
    images = [biden, np.ascontiguousarray(biden[:, ::-1])]
    found = ours.batch_face_locations(images, number_of_times_to_upsample=0, batch_size=2)
    assert found == theirs.batch_face_locations(images, 0)
    assert [len(each) for each in found] == [1, 1]
    assert ours.batch_face_locations([]) == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("model", ["small", "large"])
def test_landmarks_are_the_same(name: str, model: str, pictures: Pictures, theirs: Original) -> None:
    (face,), (points,) = ours.face_landmarks(pictures[name], model=model), theirs.face_landmarks(pictures[name], model=model)
    assert {point for feature in face.values() for point in feature} == set(points)


def test_features_have_their_points(pictures: Pictures, theirs: Original) -> None:
    (face,), (points,) = ours.face_landmarks(pictures["obama"]), theirs.face_landmarks(pictures["obama"])
    assert {feature: len(each) for feature, each in face.items()} == {
        "chin": 17, "left_eyebrow": 5, "right_eyebrow": 5, "nose_bridge": 4, "nose_tip": 5,
        "left_eye": 6, "right_eye": 6, "top_lip": 12, "bottom_lip": 12,
    }  # fmt: skip
    assert face["top_lip"][:7] == points[48:55]
    assert face["top_lip"][7:] == points[64:59:-1]
    assert face["bottom_lip"] == [*points[54:60], points[48], points[60], *points[67:63:-1]]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("model", ["small", "large"])
def test_encodings_are_the_same(name: str, model: str, pictures: Pictures, theirs: Original) -> None:
    (mine,), (other,) = ours.face_encodings(pictures[name], model=model), theirs.face_encodings(pictures[name], model=model)
    assert mine.shape == other.shape == (128,)
    assert mine.dtype == other.dtype
    np.testing.assert_allclose(mine, other, rtol=0, atol=SAME)


def test_several_known_places_are_encoded_in_order(pictures: Pictures, theirs: Original) -> None:
    image = pictures["obama"]
    (place,) = ours.face_locations(image)
    places = [place, tuple(edge + 4 for edge in place), place]
    np.testing.assert_allclose(ours.face_encodings(image, places), theirs.face_encodings(image, places), rtol=0, atol=SAME)


def test_jitters_are_drawn_as_dlib_draws_them(models_dir: Path, tmp_path: Path, pictures: Pictures) -> None:
    Image.fromarray(pictures["obama"]).save(tmp_path / "obama.png")
    code = """
import json, ostiary.face_recognition as face_recognition
image = face_recognition.load_image_file("obama.png")
places = face_recognition.face_locations(image)
print(json.dumps([[list(e) for e in face_recognition.face_encodings(image, places * n, jitters)] for n, jitters in ((1, 17), (2, 3))]))
"""
    environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(models_dir.parent)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    first = Original(models_dir)  # draws from the beginning
    places = first.face_locations(pictures["obama"])
    for mine, faces, jitters in zip(json.loads(done.stdout), (1, 2), (17, 3), strict=True):
        other = first.face_encodings(pictures["obama"], places * faces, jitters)
        np.testing.assert_allclose(mine, other, rtol=0, atol=SAME)
    assert np.abs(other[0] - other[1]).max() > 1e-3  # the same face, jittered differently


def test_distances_and_comparisons(pictures: Pictures) -> None:
    known = [ours.face_encodings(pictures[name])[0] for name in ("obama2", "obama3", "biden")]
    (face,) = ours.face_encodings(pictures["obama"])
    distances = ours.face_distance(known, face)
    np.testing.assert_array_equal(distances, [np.linalg.norm(each - face) for each in known])
    np.testing.assert_array_equal(ours.face_distance(np.array(known), face), distances)
    assert ours.compare_faces(known, face) == [True, True, False]
    assert ours.compare_faces(known, face, tolerance=0.1) == [False, False, False]
    assert ours.compare_faces([], face) == []


def test_a_picture_without_faces(pictures: Pictures) -> None:
    blank = np.zeros((120, 160, 3), np.uint8)
    assert ours.face_locations(blank) == ours.face_locations(blank, model="cnn") == []
    assert ours.face_landmarks(blank) == ours.face_encodings(blank) == []


def test_a_view_of_bgr_will_do(pictures: Pictures) -> None:
    """The original refuses what is not contiguous, such as OpenCV's frame with its channels turned round."""
    bgr = np.ascontiguousarray(pictures["obama"][:, :, ::-1])
    np.testing.assert_array_equal(ours.face_encodings(bgr[:, :, ::-1]), ours.face_encodings(pictures["obama"]))


def test_grey_pictures_will_do(pictures: Pictures, theirs: Original) -> None:
    grey = np.array(Image.fromarray(pictures["obama"]).convert("L"))
    assert ours.face_locations(grey) == theirs.face_locations(grey)
    small = np.ascontiguousarray(grey[::2, ::2])
    assert ours.face_locations(small, 0, "cnn") == theirs.face_locations(small, 0, "cnn")
    assert ours.face_distance(ours.face_encodings(grey), ours.face_encodings(pictures["obama"])[0])[0] < 0.3


@pytest.mark.parametrize("odd", [np.zeros((90, 90, 4), np.uint8), np.zeros((90, 90, 3), np.float32)])
@pytest.mark.parametrize("model", ["hog", "cnn"])
def test_other_arrays_are_refused_as_dlib_refuses_them(odd: np.ndarray, model: str) -> None:
    with pytest.raises(RuntimeError, match="must be 8bit gray or RGB image"):
        ours.face_locations(odd, 0, model)


def test_an_unknown_model_of_landmarks_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid landmarks model type"):
        ours.face_landmarks(np.zeros((90, 90, 3), np.uint8), model="huge")


def test_files_are_read(tmp_path: Path, portraits: dict[str, Path]) -> None:
    data = portraits["obama.jpg"].read_bytes()
    whole = ours.load_image_file(io.BytesIO(data))
    assert whole.shape == (1137, 910, 3)
    assert ours.load_image_file(str(portraits["obama.jpg"]), mode="L").shape == (1137, 910)
    (tmp_path / "cut.jpg").write_bytes(data[: len(data) // 2])
    cut = ours.load_image_file(tmp_path / "cut.jpg")
    np.testing.assert_array_equal(cut[:400], whole[:400])
    assert not ImageFile.LOAD_TRUNCATED_IMAGES  # the rest of the process does not read such files because of us


def test_raw_answers_are_dlibs(pictures: Pictures) -> None:
    (hog,), (cnn,) = api._raw_face_locations(pictures["obama"]), api._raw_face_locations(pictures["obama"], 0, "cnn")
    assert isinstance(hog, dlib.rectangle)
    assert isinstance(cnn.rect, dlib.rectangle)
    assert cnn.confidence == pytest.approx(1.1, abs=0.1)
    assert api._raw_face_landmarks(pictures["obama"], model="small")[0].num_parts == 5
    css = api._rect_to_css(hog)
    assert api._css_to_rect(css) == hog
    assert api._trim_css_to_bounds((-3, 50, 60, -1), (40, 45, 3)) == (0, 45, 40, 0)


def test_networks_have_their_names(pictures: Pictures) -> None:
    (place,), scores, _ = api.face_detector.run(pictures["obama"], 1)
    assert scores[0] > 1
    face = api.pose_predictor_5_point(pictures["obama"], place)
    np.testing.assert_array_equal(
        api.face_encoder.compute_face_descriptor(pictures["obama"], face), ours.face_encodings(pictures["obama"])[0]
    )
    with pytest.raises(AttributeError, match="face_finder"):
        _ = api.face_finder


def test_threads_get_what_one_gets(pictures: Pictures) -> None:
    images = [pictures[name] for name in NAMES]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(ours.face_locations, images * 2)) == [ours.face_locations(image) for image in images] * 2
