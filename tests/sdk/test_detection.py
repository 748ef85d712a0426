"""The detection service as CompreFace's SDKs ask it."""

from __future__ import annotations

from support.sdks import PythonSdk, Sdk

BOX = {"probability", "x_min", "x_max", "y_min", "y_max"}


def test_a_picture_in_every_form(sdk: Sdk) -> None:
    seen = [sdk.detect(sdk.picture("obama.jpg", form)).body for form in sdk.forms]
    assert len(seen) == 3
    for body in seen:
        assert [set(face) for face in body["result"]] == [{"box"}]
        assert set(body) == {"result"}
        assert set(body["result"][0]["box"]) == BOX
        assert body == seen[0]


def test_every_option(looks: None, sdk: Sdk) -> None:
    options = {"limit": 1, "det_prob_threshold": 0.8, "face_plugins": "age,gender,landmarks,calculator,mask", "status": True}
    body = sdk.detect(sdk.picture("both.jpg"), **options).body
    (face,) = body["result"]
    assert set(face) == {"box", "age", "gender", "landmarks", "embedding", "mask", "execution_time"}
    assert set(face["age"]) == {"probability", "high", "low"}
    assert face["gender"]["value"] == "male"
    assert len(face["landmarks"]) == 5
    assert {"detector", "calculator", "age", "gender", "mask"} <= set(face["execution_time"])
    assert {"detector", "calculator", "age", "gender", "mask"} == set(body["plugins_versions"])


def test_several_faces_the_largest_first(sdk: Sdk) -> None:
    boxes = [face["box"] for face in sdk.detect(sdk.picture("both.jpg"), limit=0).body["result"]]
    areas = [(box["x_max"] - box["x_min"]) * (box["y_max"] - box["y_min"]) for box in boxes]
    assert len(areas) == 2
    assert areas[0] > areas[1]


def test_nobody_on_the_picture(sdk: Sdk) -> None:
    answer = sdk.detect(sdk.picture("wall.jpg"))
    assert answer.body == {"message": "No face is found in the given image", "code": 28}
    assert answer.status in (400, None)  # the Python SDK tells no status


def test_what_the_python_sdk_refuses_itself_and_what_it_lets_through(python: PythonSdk) -> None:
    for options in ({"limit": -1}, {"det_prob_threshold": 1.5}, {"face_plugins": "pose"}):
        assert (python.detect("obama.jpg", **options).raised or "").startswith("IncorrectFieldException")
    assert python.detect("obama.jpg", limit=0, status=False).body["result"][0].keys() == {"box"}
