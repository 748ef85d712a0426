"""Points 3 to 8 of the contract's checklist: subjects."""

from __future__ import annotations

from typing import Any

import pytest

JSON = {"Content-Type": "application/json"}


def create(service: Any, name: Any) -> tuple[int, Any]:
    answer = service.ask("POST", "/subjects", json={"subject": name})
    return answer.status_code, answer.json()


def rename(service: Any, old: str, new: str) -> tuple[int, Any]:
    answer = service.ask("PUT", f"/subjects/{old}", json={"subject": new, "api_endpoint": old})
    return answer.status_code, answer.json()


def test_03_a_subject_is_made_once(service: Any) -> None:
    assert create(service, "Ада Lovelace") == (201, {"subject": "Ада Lovelace"})
    assert create(service, "ада LOVELACE") == (400, {"message": "Subject already exists", "code": 43})
    assert service.subjects() == ["Ада Lovelace"]


@pytest.mark.parametrize(
    ("name", "code"),
    [("a" * 51, 26), ("", 26), ("  ", 26), (None, 26), ("a;b", 36), ("a/b", 36), ("a\\b", 36), (["a"], 0), ("a" * 50, None), (7, None)],
)
def test_04_names_that_may_not_be(service: Any, name: Any, code: int | None) -> None:
    status, told = create(service, name)
    assert (status, told.get("code")) == (400 if code is not None else 201, code)
    assert service.subjects() == ([] if code is not None else [str(name)])
    service.ask("POST", "/subjects", json={"subject": "there"})
    assert rename(service, "there", name)[0] == (400 if code is not None else 200)


def test_04_through_a_face_a_name_may_be_longer_and_odd(service: Any, pictures: Any) -> None:
    assert service.add("b" * 51, pictures.obama).status_code == 201
    assert service.add("a;/b", pictures.obama).json()["subject"] == "a;/b"
    assert service.add("c" * 256, pictures.obama).json() == {"message": "Something went wrong, please try again", "code": 0}
    assert service.subjects() == ["a;/b", "b" * 51]


def test_05_renaming(service: Any) -> None:
    create(service, "john smith")
    assert rename(service, "john smith", "John") == (200, {"updated": True})
    assert rename(service, "John", "John") == (200, {"updated": False})
    assert rename(service, "john", "JOHN") == (200, {"updated": True})
    assert service.subjects() == ["JOHN"]
    assert rename(service, "nobody", "b") == (404, {"message": "Subject nobody not found", "code": 42})
    assert rename(service, "%20", "b") == (400, {"message": "Subject name is empty; ", "code": 26})


def test_06_renamed_to_somebody_known_both_are_one(service: Any, pictures: Any) -> None:
    old, new = service.added("old", pictures.obama), service.added("New", pictures.obama2)
    assert rename(service, "OLD", "new") == (200, {"updated": True})
    assert service.subjects() == ["New"]
    assert {face["image_id"]: face["subject"] for face in service.faces()["faces"]} == {old: "New", new: "New"}


def test_07_a_deleted_subject_is_gone_everywhere(service: Any, pictures: Any) -> None:
    image_id = service.added("Barack", pictures.obama)
    service.added("Joe", pictures.biden)
    answer = service.ask("DELETE", "/subjects/bARACK", headers=JSON)
    assert (answer.status_code, answer.json()) == (200, {"subject": "Barack"})
    answer = service.ask("DELETE", "/subjects/Barack", headers=JSON)
    assert (answer.status_code, answer.json()) == (404, {"message": "Subject Barack not found", "code": 42})
    assert service.ask("GET", f"/faces/{image_id}/img").content == b""
    assert [face["subject"] for face in service.faces()["faces"]] == ["Joe"]
    found = service.recognize(pictures.obama, prediction_count=9).json()["result"][0]["subjects"]
    assert [one["subject"] for one in found] == ["Joe"]


@pytest.mark.parametrize("path", ["/subjects", "/subjects/"])  # the Python SDK's delete("") asks for the second
def test_08_all_are_deleted_and_counted(service: Any, pictures: Any, path: str) -> None:
    service.added("Barack", pictures.obama)
    create(service, "nobody yet")
    answer = service.ask("DELETE", path, headers=JSON)
    assert (answer.status_code, answer.json()) == (200, {"deleted": 2})
    assert service.faces()["total_elements"] == 0
    [face] = service.recognize(pictures.obama).json()["result"]
    assert face["subjects"] == []
    assert face["box"]["probability"] > 0.5
