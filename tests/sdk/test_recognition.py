"""The recognition service as CompreFace's SDKs ask it: faces are added, recognised, verified and deleted."""

from __future__ import annotations

import uuid

import pytest
from support.sdks import JsSdk, PythonSdk, Sdk

NAME = "Анна Мария d'Été"
UNKNOWN = str(uuid.UUID(int=7))


def test_a_face_is_added_in_every_form_and_listed(sdk: Sdk) -> None:
    added = [sdk.add(sdk.picture("obama.jpg", form), NAME).body for form in sdk.forms]
    assert [face["subject"] for face in added] == [NAME] * 3
    assert len({uuid.UUID(face["image_id"]) for face in added}) == 3
    assert sdk.faces().body == {"faces": added, "page_number": 0, "page_size": 20, "total_pages": 1, "total_elements": 3}
    assert sdk.subjects().body == {"subjects": [NAME]}


def test_a_face_is_recognised_in_every_form(sdk: Sdk) -> None:
    sdk.add(sdk.picture("obama.jpg"), NAME)
    sdk.add(sdk.picture("biden.jpg"), "joe")
    for form in sdk.forms:
        (face,) = sdk.recognise(sdk.picture("obama2.jpg", form), limit=1).body["result"]
        assert set(face) == {"box", "subjects"}
        (him,) = face["subjects"]
        assert him["subject"] == NAME
        assert him["similarity"] > 0.5


def test_every_option_of_recognising(looks: None, sdk: Sdk) -> None:
    sdk.add(sdk.picture("obama.jpg"), NAME)
    sdk.add(sdk.picture("biden.jpg"), "joe")
    options = {"det_prob_threshold": 0.8, "prediction_count": 2, "face_plugins": "age,gender,landmarks,calculator,mask", "status": True}
    body = sdk.recognise(sdk.picture("both.jpg"), limit=2, **options).body
    assert {"detector", "calculator", "age", "gender", "mask"} == set(body["plugins_versions"])
    him, other = body["result"]
    assert set(him) == {"box", "age", "gender", "landmarks", "embedding", "mask", "execution_time", "subjects"}
    assert [candidate["subject"] for candidate in him["subjects"]] == [NAME, "joe"]
    assert [candidate["subject"] for candidate in other["subjects"]] == ["joe", NAME]
    assert him["subjects"][0]["similarity"] >= 0.999


def test_an_empty_collection_recognises_nobody(sdk: Sdk) -> None:
    assert sdk.recognise(sdk.picture("obama.jpg"), limit=0).body["result"][0]["subjects"] == []


def test_a_stored_face_is_verified_in_every_form(sdk: Sdk) -> None:
    image_id = sdk.add(sdk.picture("obama.jpg"), NAME).body["image_id"]
    for form in sdk.forms:
        (face,) = sdk.verify_face(sdk.picture("obama2.jpg", form), image_id).body["result"]
        assert (set(face), face["subject"]) == ({"box", "subject", "similarity"}, NAME)
        assert face["similarity"] > 0.5
    (other,) = sdk.verify_face(sdk.picture("biden.jpg"), image_id, limit=1, face_plugins="age", status=True).body["result"]
    assert other["similarity"] < 0.5
    unknown = sdk.verify_face(sdk.picture("obama.jpg"), UNKNOWN)
    assert (unknown.body, unknown.status) in [({"message": "Image Id is incorrect", "code": 44}, status) for status in (404, None)]


@pytest.mark.parametrize(("picture", "code"), [("both.jpg", 31), ("wall.jpg", 28)])
def test_what_cannot_be_added(sdk: Sdk, picture: str, code: int) -> None:
    answer = sdk.add(sdk.picture(picture), NAME)
    assert (answer.body["code"], answer.status) in [(code, 400), (code, None)]
    assert sdk.subjects().body == {"subjects": []}


def test_single_faces_and_those_of_a_subject_are_deleted(sdk: Sdk) -> None:
    first, second = (sdk.add(sdk.picture("obama.jpg"), NAME).body["image_id"] for _ in range(2))
    sdk.add(sdk.picture("biden.jpg"), "joe")
    assert sdk.delete(first).body == {"image_id": first, "subject": NAME}
    gone = sdk.delete(first)
    assert (gone.body, gone.status) in [({"message": f"Image {first} not found", "code": 44}, status) for status in (404, None)]
    assert sdk.delete_of(NAME).body == {"deleted": 1}
    assert sdk.delete_of("nobody").body == {"deleted": 0}
    assert sdk.subjects().body == {"subjects": ["joe"]}
    assert second not in str(sdk.faces().body)


def test_the_javascript_sdk_deletes_several_and_all(javascript: JsSdk) -> None:
    added = [javascript.add(javascript.picture("obama.jpg"), NAME).body for _ in range(3)]
    several = javascript.delete_many([added[0]["image_id"], added[1]["image_id"], UNKNOWN])
    assert several.body == added[:2]
    assert javascript.delete_all().body == {"deleted": 1}
    assert javascript.subjects().body == {"subjects": []}


def test_the_python_sdk_lists_the_first_page_and_refuses_a_blank_subject(python: PythonSdk) -> None:
    for _ in range(21):
        python.add("obama.jpg", NAME, det_prob_threshold=0.5)
    listed = python.faces().body
    assert (len(listed["faces"]), listed["total_pages"], listed["total_elements"]) == (20, 2, 21)
    assert python.delete_of("").body == {"message": "Subject name is empty; ", "code": 26}
    assert python.recognise("obama2.jpg", prediction_count=0).body["code"] == 26
    assert python.recognise("obama2.jpg", prediction_count=21, detect_faces=True).body["result"][0]["subjects"][20]["subject"] == NAME
