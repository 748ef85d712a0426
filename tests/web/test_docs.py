"""The API's document and page."""

from __future__ import annotations

import json

import pytest
from flask import Flask, jsonify, request

from ostiary.errors import NoFace
from ostiary.scopes import Scope
from ostiary.settings import ApiSettings, LimitSettings
from ostiary.web import docs, problems
from ostiary.web.app import create_app
from ostiary.web.auth import everybody, needs
from ostiary.web.describe import Model, described


class Wish(Model):
    count: int


class Answer(Model):
    names: list[str]


@pytest.fixture
def app() -> Flask:
    """A small API that has one of each."""
    app = Flask("small")
    problems.install(app, LimitSettings())

    @app.get("/names")
    @needs(Scope.READ)
    @described("people", query=Wish, answer=Answer, errors=("no_face",))
    def names():
        """Names, so many.

        And no more.
        """
        if request.context.query.count > 9:
            raise NoFace
        return jsonify({"names": "wrong" if request.context.query.count == 7 else ["a"] * request.context.query.count})

    @app.get("/face.jpg")
    @everybody
    @described("people", media="image/jpeg", common=False)
    def face():
        """A face."""
        return b"\xff\xd8", {"Content-Type": "image/jpeg"}

    @app.post("/wish")
    @needs(Scope.ENROL)
    @described("people", json=Wish, answer=Answer)
    def wish():
        return jsonify({"names": ["b"] * request.context.json.count})

    @app.post("/form")
    @needs(Scope.ENROL)
    @described("people", form=Wish, answer=Answer)
    def form():
        return jsonify({"names": ["c"] * request.context.form.count})

    return app


def test_the_document_tells_input_answer_errors_and_scope(app):
    document = docs.document(app)
    operation = document["paths"]["/names"]["get"]
    assert operation["summary"] == "Names, so many."
    assert "scope `read`" in operation["description"]
    assert [(one["name"], one["in"], one["required"]) for one in operation["parameters"]] == [("count", "query", True)]
    assert "no_face" in operation["responses"]["422"]["description"]
    assert "not_ready" in operation["responses"]["503"]["description"]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert document["components"]["schemas"][answer]["properties"]["names"]["items"] == {"type": "string"}
    picture = document["paths"]["/face.jpg"]["get"]
    assert (picture["security"], list(picture["responses"]["200"]["content"])) == ([], ["image/jpeg"])
    assert docs.document(app) == document


def test_what_is_described_is_checked(app):
    client = app.test_client()
    assert client.get("/names?count=2").json == {"names": ["a", "a"]}
    assert client.get("/face.jpg").data == b"\xff\xd8"
    for answer, code in (
        (client.get("/names"), "missing_field"),
        (client.get("/names?count=x"), "bad_field"),
        (client.post("/wish", json=[]), "missing_field"),
        (client.post("/wish", json=[1]), "bad_field"),
        (client.post("/wish"), "missing_field"),
        (client.post("/form"), "missing_field"),
    ):
        assert (answer.status_code, answer.json["error"]) == (400, code)
        assert code == "missing_field" or "cannot be used" in answer.json["message"]
    for answer in (
        client.post("/wish", data={"count": 1}),
        client.post("/wish", data="1", content_type="text/plain"),
        client.post("/form", json={"count": 1}),
    ):
        assert (answer.status_code, answer.json["error"]) == (415, "unsupported_type")
    assert client.post("/wish", json={"count": 1}).json == {"names": ["b"]}
    assert client.post("/form", data={"count": 2}).json == {"names": ["c", "c"]}


def test_an_answer_that_is_not_as_described_is_a_fault_and_tells_nothing(app):
    answer = app.test_client().get("/names?count=7")
    assert (answer.status_code, answer.json["error"]) == (500, "internal_error")
    assert "wrong" not in json.dumps(answer.json).replace("something went wrong", "")


def test_the_page_is_served_from_here(engine):
    client = create_app(engine, ApiSettings(key="k"), LimitSettings()).test_client()
    page = client.get("/docs")
    assert page.status_code == 200
    assert b"http" not in page.data.replace(b"http-equiv", b"")  # nothing from elsewhere
    for name in ("swagger-ui.css", "swagger-ui-bundle.js"):
        assert client.get(f"/docs/assets/{name}", buffered=True).status_code == 200
    assert client.get("/docs/assets/..%2f__init__.py", headers={"x-api-key": "k"}).status_code == 404
    document = client.get("/openapi.json").json
    assert document["openapi"].startswith("3.")
    assert document["components"]["securitySchemes"]["key"]["name"] == "x-api-key"
