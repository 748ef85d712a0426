"""What is wrong, as CompreFace words it: `{"message", "code"}`, with a number of its own beside the HTTP status."""

from __future__ import annotations

import logging

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from ostiary.errors import (
    AccessError,
    AlreadyKnown,
    BadEmbedding,
    BadImage,
    BadName,
    InputError,
    KeptOut,
    LowQuality,
    ManyFaces,
    NameTaken,
    NoFace,
    NotAlike,
    OstiaryError,
    Overloaded,
    SubjectExists,
    TooLarge,
    TooManyAttempts,
    UnknownImage,
    UnknownService,
    UnknownSubject,
    Unlike,
)
from ostiary.web.limits import COMPREFACE

log = logging.getLogger(__name__)

NO_FACE = "No face is found in the given image"
MANY_FACES = "More than one face in the source image"
WENT_WRONG = "Something went wrong, please try again"
EMPTY_SUBJECT = "Subject name is empty; "

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS, PUT, DELETE",
    "Access-Control-Allow-Headers": "DNT,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,x-api-key",
}
"""On every answer: a page needs no leave to ask, since it needs a key."""


class Refused(OstiaryError):
    """A refusal that the contract gives a status, a number and words."""

    code = "refused"

    def __init__(self, status: int, number: int, message: str):
        super().__init__(status, number, message)
        self.status, self.number, self.message = status, number, message

    def __str__(self) -> str:
        return self.message


def wrong(message: str = WENT_WRONG) -> Refused:
    """What the contract has no number for."""
    return Refused(400, 0, message)


def invalid(message: str) -> Refused:
    return Refused(400, 26, message)


def is_its(path: str) -> bool:
    return path.startswith(COMPREFACE)


def body(message: str, number: int = 0) -> dict[str, object]:
    return {"message": message, "code": number}


def answer_to(error: OstiaryError) -> tuple[int, dict[str, object]]:
    """Status and body."""
    status, number, message = _worded(error)
    return status, body(message, number)


def install(routes: Blueprint) -> None:
    """Every error of these routes, those before a view began included."""

    @routes.errorhandler(RequestEntityTooLarge)  # the app's own is as special, and would be asked first
    def larger_than_allowed(_: RequestEntityTooLarge) -> ResponseReturnValue:
        return jsonify(body("the request is larger than allowed (limit: MAX_UPLOAD_MB)")), 413

    @routes.errorhandler(Exception)
    def any_error(error: Exception) -> ResponseReturnValue:
        headers = {}
        match error:
            case OstiaryError():
                status, told = answer_to(error)
                if status >= 500:
                    log.error("%s %s: %s", request.method, request.endpoint, error)
                if status == 429:
                    headers["Retry-After"] = str(error.retry_after_s if isinstance(error, TooManyAttempts) else 1)
            case HTTPException():
                status, told = error.code or 500, body(error.description or error.name)
            case OSError():
                log.exception("%s %s failed", request.method, request.endpoint)
                status, told = 500, body(_synchronising("files could not be read or written"), 41)
            case _:  # life goes on: this is the edge
                log.exception("%s %s failed", request.method, request.endpoint)
                status, told = 400, body(WENT_WRONG)
        return jsonify(told), status, headers


def _worded(error: OstiaryError) -> tuple[int, int, str]:
    match error:
        case Refused():
            return error.status, error.number, error.message
        case NoFace() | BadImage():
            return 400, 28, NO_FACE
        case LowQuality():  # clients take 28 for a picture that is of no use
            return 400, 28, str(error)
        case ManyFaces():
            return 400, 31, MANY_FACES
        case TooLarge():
            return 413, 0, str(error)
        case UnknownSubject():
            return 404, 42, f"Subject {error.subject} not found"
        case UnknownImage():
            return 404, 44, f"Image {error.image_id} not found"
        case SubjectExists():
            return 400, 43, "Subject already exists"
        case BadName():
            return 400, 26, str(error)
        case AlreadyKnown():
            return 400, 0, f"This face is enrolled as {error.name} already"
        case KeptOut():
            return 400, 0, f"This face is kept out as {error.label}"
        case Unlike():
            return 400, 0, f"This face is not like the other pictures of {error.name}"
        case BadEmbedding() | UnknownService():
            return 400, 0, WENT_WRONG
        case NotAlike():  # there is no force=true here
            return 400, 0, f"{error.one} and {error.other} do not look like one person"
        case NameTaken() | InputError():
            return 400, 0, str(error)
        case TooManyAttempts() | Overloaded():
            return 429, 0, str(error)
        case AccessError():
            return 403, 0, str(error)
    return 500, 41, _synchronising(str(error))


def _synchronising(detail: str) -> str:
    return f"Error during synchronization between servers: {detail}"
