"""CompreFace's applications and services as their administrator manages them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import requests

from ostiary.compreface.keeper import Keeper
from ostiary.compreface.register import Register
from ostiary.compreface.values import Kind
from ostiary.engine import FaceEngine
from ostiary.errors import UnknownService
from ostiary.scopes import Scope
from ostiary.settings import DataSettings, GallerySettings, Settings


class Face:
    embedding = np.ones(128, np.float32)


class Admin:
    """Who may do everything, and what is answered: the status, and the JSON."""

    def __init__(self, base: str, key: str):
        self.base, self.headers = base, {"x-api-key": key}

    def __call__(self, method: str, path: str, **body):
        answer = requests.request(method, f"{self.base}{path}", json=body or None, headers=self.headers, timeout=10)
        return answer.status_code, answer.json()


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    settings = Settings(data=DataSettings(tmp_path / "data"), gallery=GallerySettings(tmp_path / "faces"))
    register = Register(settings.data.data_dir)
    register.open()
    yield Keeper(register, FaceEngine(settings=settings))
    register.close()


@pytest.fixture
def admin(site, engine, store, keeper: Keeper) -> Admin:
    key = store.keys.create("desk", frozenset({Scope.ADMIN}), by="katya").secret
    return Admin(site(engine, store=store, keeper=keeper), key)


def test_there_is_an_application_from_the_start_and_the_listing_shows_no_key(admin: Admin, keeper: Keeper) -> None:
    status, told = admin("GET", "/applications")
    assert status == 200
    assert told["port"] is None
    (application,) = told["applications"]
    assert application["name"] == "Ostiary"
    kinds = [(one["kind"], one["door"], one["subjects"], one["faces"]) for one in application["services"]]
    assert kinds == [("recognition", True, 0, 0), ("detection", False, None, None), ("verification", False, None, None)]
    assert not any(service.key in str(told) for service in keeper.register.services())


def test_services_are_made_counted_renamed_and_deleted_with_what_they_keep(admin: Admin, keeper: Keeper) -> None:
    _, made = admin("POST", "/applications", name="Second house")
    assert made == {"id": made["id"], "name": "Second house", "services": []}
    status, service = admin("POST", f"/applications/{made['id']}/services", kind="recognition", name="cameras")
    assert (status, service["door"], service["faces"]) == (200, False, 0)
    assert keeper.register.service_of(service["key"], Kind.RECOGNITION).id == service["id"]

    collection = keeper.collection(keeper.register.service(service["id"]))
    for subject in ("Катя", "zero", "zero"):
        collection.add(subject, b"a picture", Face())
    assert admin("PATCH", f"/services/{service['id']}", name="all cameras")[0] == 200
    told = admin("GET", "/applications")[1]["applications"][1]["services"]
    assert [(one["name"], one["subjects"], one["faces"]) for one in told] == [("all cameras", 2, 3)]

    assert admin("PATCH", f"/applications/{made['id']}", name="The other house")[0] == 200
    assert admin("DELETE", f"/services/{service['id']}")[0] == 200
    with pytest.raises(UnknownService):
        keeper.register.service_of(service["key"], Kind.RECOGNITION)
    assert admin("DELETE", f"/applications/{made['id']}")[0] == 200
    assert [one["name"] for one in admin("GET", "/applications")[1]["applications"]] == ["Ostiary"]


def test_a_new_key_takes_the_place_of_the_old_one(admin: Admin, keeper: Keeper) -> None:
    old = admin("GET", "/services/2/key")[1]["key"]
    assert keeper.register.service_of(old, Kind.DETECTION).id == 2
    new = admin("POST", "/services/2/key")[1]["key"]
    assert str(uuid.UUID(new)) == new != old
    assert admin("GET", "/services/2/key")[1]["key"] == new
    with pytest.raises(UnknownService):
        keeper.register.service_of(old, Kind.DETECTION)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "error"),
    [
        ("POST", "/applications", {"name": "Ostiary"}, 409, "conflict"),
        ("POST", "/applications", {"name": "  "}, 400, "bad_field"),
        ("POST", "/applications", {"name": "x" * 51}, 400, "bad_field"),
        ("POST", "/applications/1/services", {"name": "more", "kind": "guessing"}, 400, "bad_field"),
        ("POST", "/applications/1/services", {"name": "detection", "kind": "detection"}, 409, "conflict"),
        ("POST", "/applications/77/services", {"name": "more", "kind": "detection"}, 404, "unknown_application"),
        ("PATCH", "/applications/77", {"name": "x"}, 404, "unknown_application"),
        ("DELETE", "/applications/77", {}, 404, "unknown_application"),
        ("PATCH", "/services/77", {"name": "x"}, 404, "unknown_service"),
        ("DELETE", "/services/77", {}, 404, "unknown_service"),
        ("GET", "/services/77/key", {}, 404, "unknown_service"),
        ("POST", "/services/77/key", {}, 404, "unknown_service"),
        ("GET", f"/services/{10**40}/key", {}, 404, "not_found"),
    ],
)
def test_what_cannot_be(admin: Admin, method: str, path: str, body: dict[str, str], status: int, error: str) -> None:
    answered, told = admin(method, path, **body)
    assert (answered, told["error"]) == (status, error), told


def test_whoever_may_only_read_sees_no_key_and_changes_nothing(site, engine, store, keeper: Keeper) -> None:
    reader = store.keys.create("reader", frozenset({Scope.READ}), by="katya").secret
    ask = Admin(site(engine, store=store, keeper=keeper), reader)
    assert ask("GET", "/applications")[0] == 200
    for method, path in (("GET", "/services/1/key"), ("POST", "/services/1/key"), ("DELETE", "/services/1"), ("DELETE", "/applications/1")):
        assert ask(method, path)[1]["error"] == "out_of_scope"
    assert len(keeper.register.services()) == 3


def test_changes_and_shown_keys_are_noted_but_never_the_key(admin: Admin) -> None:
    made = admin("POST", "/applications/1/services", kind="detection", name="more")[1]
    admin("GET", f"/services/{made['id']}/key")
    entries = admin("GET", "/audit")[1]
    assert [(one["action"], one["target"]) for one in entries[:2]] == [("service.key.shown", "more"), ("service.create", "more")]
    assert made["key"] not in str(entries)
