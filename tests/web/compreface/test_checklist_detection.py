"""Points 23 to 27 of the contract's checklist: which faces are in a picture."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

BOX = {"probability", "x_max", "y_max", "x_min", "y_min"}
PLUGINS = "age,gender,landmarks,mask,pose,calculator"


def area(face: dict[str, Any]) -> int:
    box = face["box"]
    return (box["x_max"] - box["x_min"]) * (box["y_max"] - box["y_min"])


def faces(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return list(answer.json()["result"])


def test_23_a_box_for_each_face_and_no_more(server: Any, pictures: Any) -> None:
    for picture, number in ((pictures.obama, 1), (pictures.two, 2), (pictures.four, 4)):
        answer = server.detect(picture)
        assert set(answer.json()) == {"result"}
        assert len(faces(answer)) == number
        for face in faces(answer):
            assert set(face) == {"box"}
            assert set(face["box"]) == BOX
            assert all(isinstance(face["box"][name], int) for name in BOX - {"probability"})
            assert 0 < face["box"]["probability"] <= 1


def test_23_each_nose_is_in_its_box(server: Any, pictures: Any) -> None:
    for face in faces(server.detect(pictures.four, face_plugins="landmarks")):
        x, y = face["landmarks"][2]
        assert face["box"]["x_min"] < x < face["box"]["x_max"]
        assert face["box"]["y_min"] < y < face["box"]["y_max"]


COUNTED = {  # faces as a person counts them
    "crowd/2007_007763.jpg": 7, "crowd/2008_001009.jpg": 2, "crowd/2008_001322.jpg": 3, "crowd/2008_002079.jpg": 6,
    "crowd/2008_002506.jpg": 3, "crowd/2009_004587.jpg": 2, "knn/test/johnsnow_test1.jpg": 1, "knn/test/kit_with_rose.jpg": 2,
    "spoof/image_T1.jpg": 1,
}  # fmt: skip
NOSES = {  # where a person sees noses
    "crowd/2007_007763.jpg": [(117, 214), (175, 121), (219, 99), (319, 96), (415, 102), (201, 221), (342, 242)],
    "crowd/2008_001322.jpg": [(139, 185), (263, 240), (404, 191)],
    "knn/test/kit_with_rose.jpg": [(120, 170), (305, 136)],
}


@pytest.mark.parametrize("name", COUNTED)
def test_23_on_photos_of_groups(server: Any, shared: Path, name: str) -> None:
    found = faces(server.detect((shared / "testdata" / name).read_bytes()))
    assert len(found) == COUNTED[name]
    for x, y in NOSES.get(name, ()):
        within = [b for b in (face["box"] for face in found) if b["x_min"] < x < b["x_max"] and b["y_min"] < y < b["y_max"]]
        assert len(within) == 1


def test_23_a_photo_that_is_stored_lying_down_is_looked_at_upright(server: Any, pictures: Any) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    lying = Image.open(io.BytesIO(pictures.obama)).rotate(90, expand=True)
    lying.save(file := io.BytesIO(), "JPEG", quality=95, exif=exif)
    [face] = faces(server.detect(file.getvalue(), face_plugins="landmarks"))
    [upright] = faces(server.detect(pictures.obama, face_plugins="landmarks"))
    box, there = face["box"], upright["box"]
    found = [box["x_min"], box["x_max"], box["y_min"], box["y_max"]]
    expected = [there["y_min"], there["y_max"], lying.height - there["x_max"], lying.height - there["x_min"]]
    assert found == pytest.approx(expected, abs=4)
    assert box["x_min"] < face["landmarks"][2][0] < box["x_max"]
    assert box["y_min"] < face["landmarks"][2][1] < box["y_max"]


def test_24_the_largest_first_and_no_more_than_asked_for(server: Any, pictures: Any) -> None:
    found = faces(server.detect(pictures.four))
    assert [area(face) for face in found] == sorted((area(face) for face in found), reverse=True)
    assert faces(server.detect(pictures.four, limit=1)) == found[:1]
    assert faces(server.detect(pictures.four, limit=3)) == found[:3]
    assert faces(server.detect(pictures.four, limit=0)) == faces(server.detect(pictures.four, limit=99)) == found
    answer = server.detect(pictures.four, limit=-1)
    assert (answer.status_code, answer.json()) == (400, {"message": "Limit should be equal or greater than 0; ", "code": 26})
    for options in ({"limit": "abc"}, {"limit": "1.5"}, {"limit": 2**31}, {"status": "maybe"}, {"det_prob_threshold": "high"}):
        answer = server.detect(pictures.four, **options)
        assert (answer.status_code, answer.json()["code"]) == (400, 0), options


def test_25_only_faces_above_the_threshold(server: Any, pictures: Any) -> None:
    for threshold in ("1.5", "-0.1", "1.0", "1", "Infinity"):
        answer = server.detect(pictures.four, det_prob_threshold=threshold)
        assert (answer.status_code, answer.json()) == (400, {"message": "No face is found in the given image", "code": 28})
    answer = server.detect(pictures.four, det_prob_threshold="nan")
    assert (answer.status_code, answer.json()["code"]) == (400, 0)
    sure = sorted(face["box"]["probability"] for face in faces(server.detect(pictures.four, det_prob_threshold=0)))
    assert len(sure) == 4
    for number, probability in enumerate(sure[:-1]):  # strictly greater: each drops itself
        assert len(faces(server.detect(pictures.four, det_prob_threshold=probability))) == 3 - number


@pytest.mark.parametrize("status", ["True", "TRUE", "1", "yes", "on", "true"])
def test_26_timings_and_versions_are_told_on_demand(server: Any, pictures: Any, status: str) -> None:
    answer = server.detect(pictures.two, status=status, face_plugins="landmarks,calculator")
    assert set(answer.json()["plugins_versions"]) == {"detector", "calculator"}
    for face in faces(answer):
        assert set(face["execution_time"]) == {"detector", "calculator"}
        assert all(isinstance(ms, float) and ms == int(ms) for ms in face["execution_time"].values())
    without = server.detect(pictures.two, status=status).json()
    assert set(without["plugins_versions"]) == set(without["result"][0]["execution_time"]) == {"detector"}


@pytest.mark.parametrize("status", ["False", "false", "0", "no", "off", ""])
def test_26_and_not_else(server: Any, pictures: Any, status: str) -> None:
    answer = server.detect(pictures.two, status=status).json()
    assert set(answer) == {"result"}
    assert set(answer["result"][0]) == {"box"}


def test_26_each_plugin_has_its_time(server: Any, pictures: Any, looks: None) -> None:
    answer = server.detect(pictures.two, status=True, face_plugins=PLUGINS).json()
    timed = {"detector", "calculator", "age", "gender", "mask", "pose"}
    assert set(answer["plugins_versions"]) == timed
    assert all(isinstance(version, str) for version in answer["plugins_versions"].values())
    assert [set(face["execution_time"]) for face in answer["result"]] == [timed, timed]


def test_27_what_faces_look_like(server: Any, pictures: Any, looks: None) -> None:
    found = faces(server.detect(pictures.two, face_plugins=PLUGINS))
    for face in found:
        assert set(face) == {"box", "age", "gender", "landmarks", "mask", "pose", "embedding"}
        assert set(face["age"]) == {"probability", "high", "low"}
        assert 30 <= face["age"]["low"] <= face["age"]["high"] <= 80
        assert (set(face["gender"]), face["gender"]["value"]) == ({"probability", "value"}, "male")
        assert (set(face["mask"]), face["mask"]["value"]) == ({"probability", "value"}, "without_mask")
        assert set(face["pose"]) == {"pitch", "roll", "yaw"}
        assert all(isinstance(angle, float) and abs(angle) < 45 for angle in face["pose"].values())
        assert [len(point) for point in face["landmarks"]] == [2] * 5
        assert all(isinstance(number, int) for point in face["landmarks"] for number in point)
        assert len(face["embedding"]) == 128
        assert all(isinstance(number, float) for number in face["embedding"])


def test_27_plugins_are_named_leniently(server: Any, pictures: Any) -> None:
    plain = faces(server.detect(pictures.two, face_plugins="landmarks,calculator"))
    for names in ("landmarks, calculator", "calculator landmarks calculator", ",landmarks,,nonsense,calculator,"):
        assert faces(server.detect(pictures.two, face_plugins=names)) == plain
    assert set(faces(server.detect(pictures.two, face_plugins="nonsense"))[0]) == {"box"}


def test_27_a_plugin_that_cannot_be_loaded_is_told_as_a_failure(server: Any, pictures: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from ostiary.errors import ModelError

    def fail(*_: object) -> None:
        raise ModelError("age", "it is not here")

    monkeypatch.setattr(server.keeper.engine.attribute_reader, "read", fail)
    answer = server.detect(pictures.two, face_plugins="age")
    assert (answer.status_code, answer.json()["code"]) == (500, 41)
    assert answer.json()["message"].startswith("Error during synchronization between servers: ")
    assert server.detect(pictures.two).status_code == 200
