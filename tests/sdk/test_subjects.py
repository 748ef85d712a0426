"""Subjects, as CompreFace's SDKs keep them."""

from __future__ import annotations

import pytest
from support.sdks import PythonSdk, Sdk

NAMES = ("katya", "Анна Мария", "José Ángel", "山田 太郎")


@pytest.mark.parametrize("name", NAMES)
def test_a_subject_comes_is_renamed_and_goes(sdk: Sdk, name: str) -> None:
    assert sdk.add_subject(name).body == {"subject": name}
    again = sdk.add_subject(name.upper())
    assert (again.body, again.status) in [({"message": "Subject already exists", "code": 43}, status) for status in (400, None)]
    assert sdk.subjects().body == {"subjects": [name]}
    assert sdk.rename_subject(name, f"{name} II").body == {"updated": True}
    assert sdk.rename_subject(f"{name} II", f"{name} II").body == {"updated": False}
    assert sdk.delete_subject(f"{name} ii").body == {"subject": f"{name} II"}
    unknown = sdk.delete_subject(name)
    assert (unknown.body, unknown.status) in [({"message": f"Subject {name} not found", "code": 42}, status) for status in (404, None)]


def test_renaming_onto_another_makes_them_one(sdk: Sdk) -> None:
    faces = [sdk.add(sdk.picture(picture), name).body for picture, name in (("obama.jpg", "Анна Мария"), ("biden.jpg", "katya"))]
    assert sdk.rename_subject("Анна Мария", "KATYA").body == {"updated": True}
    assert sdk.subjects().body == {"subjects": ["katya"]}
    assert {face["image_id"]: face["subject"] for face in sdk.faces().body["faces"]} == {face["image_id"]: "katya" for face in faces}


def test_all_subjects_go_at_once(sdk: Sdk) -> None:
    for name in NAMES:
        sdk.add_subject(name)
    assert sorted(sdk.subjects().body["subjects"]) == sorted(NAMES)
    assert sdk.delete_subjects().body == {"deleted": len(NAMES)}
    assert sdk.subjects().body == {"subjects": []}


@pytest.mark.parametrize(("name", "code"), [("x" * 51, 26), (" ", 26), ("a;b", 36)])
def test_names_that_cannot_be(sdk: Sdk, name: str, code: int) -> None:
    answer = sdk.add_subject(name)
    assert (answer.body["code"], answer.status) in [(code, 400), (code, None)]


def test_the_python_sdk_deletes_all_by_an_empty_name(python: PythonSdk) -> None:
    python.add_subject("katya")
    assert python.delete_subject("").body == {"deleted": 1}
