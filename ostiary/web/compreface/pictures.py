"""Pictures as clients send them: files of a form, or base64 in JSON."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from ostiary.web.compreface.bodies import READING, empty, json_object, malformed
from ostiary.web.compreface.parse import Given
from ostiary.web.compreface.problems import Refused, wrong

_EXTENSIONS = {"jpg", "jpeg", "png", "bmp", "gif", "tif", "tiff", "ico", "webp"}
_MULTIPART = "multipart/form-data"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sent:
    """A picture as it came: a file's bytes, or base64."""

    data: bytes | str
    name: str = ""

    def opened(self) -> bytes:
        """The bytes, where they are offered as a picture."""
        if isinstance(self.data, str):
            return _decoded(self.data)
        _, dot, extension = self.name.rpartition(".")
        if not dot or extension.lower() not in _EXTENSIONS:
            raise Refused(400, 21, f"File [{self.name}] has an unavailable extension")
        return self.data


def is_form_or_json() -> bool:
    return request.mimetype == _MULTIPART or request.is_json


def brought(names: Sequence[str], most_bytes: int, bind: Callable[[Given], T]) -> tuple[list[Sent], T]:
    """The pictures of a form or of a JSON body, and the options, each looked at in the order that CompreFace has for it."""
    if request.mimetype == _MULTIPART:
        _require_boundary()
        sent = [_file(name, most_bytes) for name in names]
        return sent, bind(Given())
    if not request.is_json:
        raise UnsupportedMediaType("send a form, multipart/form-data, or JSON")
    bound = bind(Given())
    content = json_object()
    return [_base64(content, name) for name in names], bound


def _require_boundary() -> None:
    if not request.mimetype_params.get("boundary"):
        raise wrong()


def _file(name: str, most_bytes: int) -> Sent:
    file = request.files.get(name)
    if file is None:
        raise Refused(400, 34, f"Required part {name} is missing")
    data = file.stream.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise wrong()
    return Sent(data, file.filename or "")


_FIELD = {"file": "content", "source_image": "sourceImageBase64", "target_image": "targetImageBase64"}
"""How CompreFace calls the members of its bodies where one is missing."""


def _base64(content: dict[str, Any], name: str) -> Sent:
    value = content.get(name)
    if value is None:
        raise empty(_FIELD[name])
    if not isinstance(value, str):
        raise malformed()
    return Sent(value)


_STANDARD = bytes.maketrans(b"-_", b"+/")


def _decoded(text: str) -> bytes:
    """Of either alphabet; spaces and line breaks do not count."""
    with READING:
        try:
            return binascii.a2b_base64(text, strict_mode=True)  # as nearly all write it: without a copy
        except ValueError:
            pass
        try:
            plain = text.encode("ascii").translate(_STANDARD, b" \t\r\n\v\f").rstrip(b"=")
            return binascii.a2b_base64(plain + b"=" * (-len(plain) % 4), strict_mode=True)
        except ValueError:
            raise Refused(400, 21, "Provided value is not Base64") from None
