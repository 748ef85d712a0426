"""The verification service as CompreFace's SDKs ask it."""

from __future__ import annotations

import pytest
from support.sdks import Sdk


def test_two_pictures_in_every_form(sdk: Sdk) -> None:
    told = [sdk.verify(sdk.picture("obama.jpg", form), sdk.picture("obama2.jpg", form)).body for form in sdk.forms]
    (result,) = told[0]["result"]
    assert set(result) == {"source_image_face", "face_matches"}
    (match,) = result["face_matches"]
    assert set(match) == {"box", "similarity"}
    assert match["similarity"] > 0.5
    assert match["similarity"] == round(match["similarity"], 5)
    assert told[1:] == told[:1] * 2


def test_every_option_and_two_faces_in_the_target(looks: None, sdk: Sdk) -> None:
    options = {"limit": 2, "det_prob_threshold": 0.8, "face_plugins": "age,gender,landmarks,calculator,mask", "status": True}
    body = sdk.verify(sdk.picture("obama2.jpg"), sdk.picture("both.jpg"), **options).body
    (result,) = body["result"]
    assert set(body) == {"result"}
    members = {"box", "age", "gender", "landmarks", "embedding", "mask", "execution_time"}
    assert set(result["source_image_face"]) == members
    him, other = result["face_matches"]
    assert set(him) == members | {"similarity"}
    assert him["similarity"] > 0.5 > other["similarity"]
    assert {"detector", "calculator"} <= set(result["plugins_versions"])


@pytest.mark.parametrize(("source", "target", "code"), [("both", "obama", 31), ("wall", "obama", 28), ("obama", "wall", 28)])
def test_what_cannot_be_compared(sdk: Sdk, source: str, target: str, code: int) -> None:
    answer = sdk.verify(sdk.picture(f"{source}.jpg"), sdk.picture(f"{target}.jpg"))
    assert answer.body["code"] == code
    assert answer.status in (400, None)
