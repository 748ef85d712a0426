"""Every error as JSON, `{"success": false, "error": code, "message": what to do}`: one table turns a code into a status."""

from __future__ import annotations

import logging

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from ostiary.errors import OstiaryError, TooManyAttempts
from ostiary.settings import LimitSettings
from ostiary.web.limits import too_large

log = logging.getLogger(__name__)

STATUS = {
    "missing_field": 400,
    "bad_field": 400,
    "bad_name": 400,
    "weak_password": 400,
    "bad_image": 400,
    "bad_zip": 400,
    "bad_backup": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "out_of_scope": 403,
    "owners_only": 403,
    "missing_csrf": 403,
    "bad_invitation": 403,
    "unknown_name": 404,
    "unknown_key": 404,
    "unknown_user": 404,
    "unknown_face": 404,
    "unknown_visitor": 404,
    "unknown_decision": 404,
    "unknown_change": 404,
    "unknown_correction": 404,
    "unknown_application": 404,
    "unknown_service": 404,
    "unknown_camera": 404,
    "not_found": 404,
    "unknown_event": 404,
    "already_known_as": 409,
    "not_like_the_others": 409,
    "kept_out": 409,
    "setting_overridden": 409,
    "already_running": 409,
    "would_not_start": 409,
    "last_example": 409,
    "name_taken": 409,
    "not_alike": 409,
    "conflict": 409,
    "too_large": 413,
    "unsupported_type": 415,
    "no_face": 422,
    "many_faces": 422,
    "low_quality": 422,
    "bad_source": 422,
    "too_many_requests": 429,
    "locked": 503,
    "not_ready": 503,
}

# What HTTP itself can find wrong with a request, in the table's words where it has one.
_HTTP_CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_type", 503: "not_ready"}

# What keeps the service from doing its work until somebody sees to it: models, gallery, settings.
NOT_READY = "not_ready"


def code_of(error: OstiaryError) -> str:
    """The code to answer with: what the sender cannot help is `not_ready`, its message says why."""
    return error.code if error.code in STATUS else NOT_READY


def body(code: str, message: str) -> dict[str, object]:
    return {"success": False, "error": code, "message": message}


def http_code(status: int) -> str:
    return _HTTP_CODES.get(status) or ("internal_error" if status >= 500 else f"http_{status}")


def install(app: Flask, limits: LimitSettings) -> None:
    @app.errorhandler(OstiaryError)
    def ours(error: OstiaryError) -> ResponseReturnValue:
        code = code_of(error)
        if code == NOT_READY:
            log.error("%s %s: %s", request.method, request.path, error)
        headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, TooManyAttempts) else {}
        return jsonify(body(code, str(error))), STATUS[code], headers

    @app.errorhandler(RequestEntityTooLarge)
    def larger_than_allowed(_: RequestEntityTooLarge) -> ResponseReturnValue:
        return ours(too_large(request.path, limits))

    @app.errorhandler(HTTPException)
    def of_http(error: HTTPException) -> ResponseReturnValue:
        response = error.get_response()
        status = response.status_code
        headers = {name: value for name, value in response.headers.items() if name in {"Allow", "Location"}}
        return jsonify(body(http_code(status), error.description or error.name)), status, headers

    @app.errorhandler(OSError)
    def of_the_machine(error: OSError) -> ResponseReturnValue:
        log.exception("%s %s failed", request.method, request.path)
        return jsonify(body(NOT_READY, f"files could not be read or written ({error.strerror or error}): the log has more")), STATUS[
            NOT_READY
        ]

    @app.errorhandler(Exception)
    def unforeseen(_: Exception) -> ResponseReturnValue:  # life goes on: this is the edge
        log.exception("%s %s failed", request.method, request.path)
        return jsonify(body("internal_error", "something went wrong here: the log has the details")), 500
