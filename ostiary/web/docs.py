"""What the API takes and answers, for machines at `/openapi.json` and for people at `/docs`, where it can be tried."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, render_template, send_from_directory
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.routing import Rule

from ostiary.errors import MissingExtra
from ostiary.web.auth import everybody, needed
from ostiary.web.describe import JSON, spec

_ASSETS = {"swagger-ui.css": "css", "swagger-ui-bundle.js": "js"}
_CACHED_S = 7 * 86400


def blueprint() -> Blueprint:
    docs = Blueprint("docs", __name__)

    @docs.get("/openapi.json")
    @everybody
    def openapi() -> ResponseReturnValue:
        return jsonify(document(current_app))

    @docs.get("/docs")
    @everybody
    def page() -> ResponseReturnValue:
        return render_template("docs.html")

    @docs.get("/docs/assets/<name>")
    @everybody
    def asset(name: str) -> Response:
        if name not in _ASSETS:
            raise NotFound
        return send_from_directory(_assets() / _ASSETS[name], name, max_age=_CACHED_S)

    return docs


def document(app: Flask) -> dict[str, Any]:
    """The OpenAPI document of all described routes of `app`."""
    if "openapi" not in app.extensions:
        app.extensions["openapi"] = _made(app)  # spectree makes it whole only once
    return app.extensions["openapi"]


def _made(app: Flask) -> dict[str, Any]:
    with app.app_context():
        whole = spec._generate_spec()  # the public `spec.spec` would keep the first app's for all
        endpoints = {(_template(rule), method): rule.endpoint for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            _complete(app, operation, endpoints[path, method.upper()])
    return whole


def _template(rule: Rule) -> str:
    """A rule's path as OpenAPI writes it."""
    return str(spec.backend.parse_path(rule, None)[0])


def _complete(app: Flask, operation: dict[str, Any], endpoint: str) -> None:
    """Adds what the models cannot tell: the scope, and answers that are no JSON."""
    scope, view = needed(app, endpoint), app.view_functions[endpoint]
    if scope is None:
        operation["security"] = []
    elif callable(scope):
        operation["description"] = f"{operation['description']}\n\nNeeds the key of a service of this kind in `x-api-key`.".strip()
        operation["security"] = [{"key": []}]
    else:
        operation["description"] = f"{operation['description']}\n\nNeeds the scope `{scope}`.".strip()
    if (media := getattr(view, "media", JSON)) != JSON:
        operation["responses"]["200"]["content"] = {media: {"schema": {"type": "string", "format": "binary"}}}


def _assets() -> Path:
    found = find_spec("flask_openapi3_swagger")  # its files are served, its code is never imported
    if found is None or found.origin is None:
        raise MissingExtra("docs", "the API's page")
    return Path(found.origin).parent / "templates" / "swagger"
