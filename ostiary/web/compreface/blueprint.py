"""All of CompreFace's API, under /api/v1: what asks for a service's key, what does not, and what is nowhere."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from ostiary.bulk import MEGABYTE
from ostiary.compreface.keeper import Keeper
from ostiary.compreface.seeing import Seeing
from ostiary.compreface.values import Kind
from ostiary.settings import LimitSettings
from ostiary.web.audit import audited
from ostiary.web.auth import Admit, admits, everybody
from ostiary.web.compreface import detection, embeddings, faces, models, problems, recognition, subjects, verification
from ostiary.web.compreface.checks import anybody, keyholder
from ostiary.web.compreface.problems import Refused
from ostiary.web.describe import documented
from ostiary.web.limits import COMPREFACE, most_file_bytes

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_PREFLIGHT_S = 1728000
_NOWHERE = "nowhere"
_NOT_SUPPORTED = "Request method '{}' not supported"

described = partial(documented, "compreface", problem=models.CompreFaceProblem)


def blueprint(keeper: Keeper, limits: LimitSettings) -> Blueprint:
    seeing = Seeing(keeper.engine)
    routes = Routes("compreface", __name__, url_prefix=COMPREFACE.rstrip("/"))
    problems.install(routes)
    for family in (subjects, faces, recognition, detection, verification, embeddings):
        family.install(routes, keeper, seeing, limits)

    @routes.get("/config")
    @everybody
    @described(answer=models.ConfigTold)
    def config() -> ResponseReturnValue:
        """How large files and requests may be."""
        return jsonify({"clientMaxFileSize": most_file_bytes(limits), "clientMaxBodySize": int(limits.max_upload_mb * MEGABYTE)})

    @routes.get("/consistence/status")
    @everybody
    @described(answer=models.StatusTold)
    def status() -> ResponseReturnValue:
        """That it serves."""
        told = {"demoFaceCollectionIsInconsistent": False, "dbIsInconsistent": False, "saveImagesToDB": keeper.keep_images, "status": "OK"}
        return jsonify(told)

    @routes.route("/<path:rest>", methods=["OPTIONS"])
    @everybody
    def preflight(rest: str) -> ResponseReturnValue:
        return Response(status=204)

    for kind in Kind:
        _install_nowhere(routes, f"/{kind.value}", f"{_NOWHERE}_in_{kind.value}", keyholder(keeper.register, kind))
    _install_nowhere(routes, "", _NOWHERE, anybody)
    return routes


def _install_nowhere(routes: Blueprint, path: str, endpoint: str, admit: Admit) -> None:
    """What is told of paths that are none, and of methods that they do not have, to whom `admit` lets ask."""

    @admits(admit)
    @audited("")
    def nowhere(rest: str = "") -> ResponseReturnValue:
        adapter = current_app.create_url_adapter(request)
        assert adapter is not None
        there = [method for method in _METHODS if _NOWHERE not in adapter.match(method=method)[0]]
        raise Refused(404, 0, _NOT_SUPPORTED.format(request.method) if there else "There is no such path")

    routes.add_url_rule(path or "/", endpoint, nowhere, methods=_METHODS)
    routes.add_url_rule(f"{path}/<path:rest>", endpoint, nowhere, methods=_METHODS)


class Routes(Blueprint):
    """Whose paths may end in a slash, and which leave preflights to the one view for them."""

    def add_url_rule(self, rule, endpoint=None, view_func=None, provide_automatic_options=None, **options):  # type: ignore[no-untyped-def]
        options.setdefault("strict_slashes", False)
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options=False, **options)


def install(app: Flask) -> None:
    """What concerns every request to these paths: pages of any origin may ask. To be installed first, so that it has the last word."""

    @app.before_request
    def no_such_route() -> ResponseReturnValue | None:
        if request.endpoint is None and problems.is_its(request.path):  # a method that nobody knows
            return jsonify(problems.body(_NOT_SUPPORTED.format(request.method))), 404
        return None

    @app.after_request
    def cors(response: Response) -> Response:
        if problems.is_its(request.path):
            response.headers.update(problems.CORS)
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            response.headers.remove("Access-Control-Expose-Headers")
            if request.method == "OPTIONS":
                response.headers["Access-Control-Max-Age"] = str(_PREFLIGHT_S)
        return response
