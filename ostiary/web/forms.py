"""What a form brings, field by field, with errors that say what to send."""

from __future__ import annotations

from typing import IO

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from ostiary import knobs
from ostiary.bulk import MEGABYTE
from ostiary.errors import BadField, BadName, MissingField
from ostiary.settings import LimitSettings
from ostiary.web.limits import too_large

_FORMS = {"multipart/form-data", "application/x-www-form-urlencoded", ""}


def require_form() -> None:
    if request.mimetype not in _FORMS:
        raise UnsupportedMediaType("send a form, multipart/form-data, as browsers and curl -F do")


def name() -> str:
    value = request.form.get("name")
    if value is None:
        raise MissingField("name", "send the person's name")
    if "\ufffd" in value:  # what stands for bytes that are no UTF-8; nobody is called that
        raise BadName("it is not UTF-8")
    return value


def flag(field: str) -> bool:
    value = request.form.get(field, "").strip()
    try:
        return knobs.flag(value) if value else False
    except ValueError as error:
        raise BadField(field, str(error)) from None


def picture(limits: LimitSettings) -> bytes:
    data = upload("image", "katya.jpg").read(int(limits.max_upload_mb * MEGABYTE) + 1)
    if len(data) > limits.max_upload_mb * MEGABYTE:
        raise too_large(request.path, limits)
    return data


def upload(field: str, example: str) -> IO[bytes]:
    """The uploaded file, lying in memory or in a temporary file, as large as it may be."""
    file = request.files.get(field)
    if file is None or not file.filename:  # a browser's empty file field has no file name
        raise MissingField(field, f"send it as a file, for example with curl -F {field}=@{example}")
    return file.stream
