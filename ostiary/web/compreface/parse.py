"""What clients send, read as leniently as CompreFace does: options in the query or the form, pictures as files or base64."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from ostiary.compreface.seeing import Wish, plugins_of
from ostiary.web.compreface.checks import is_uuid
from ostiary.web.compreface.problems import EMPTY_SUBJECT, Refused, invalid, wrong

MOST_EMBEDDINGS = 1000
LONGEST_SUBJECT, LONGEST_STORED_SUBJECT = 50, 255
_EXTENSIONS = {"jpg", "jpeg", "png", "bmp", "gif", "tif", "tiff", "ico", "webp"}
_TRUE, _FALSE = {"true", "on", "yes", "1"}, {"false", "off", "no", "0"}
_PAGE, _MOST_ON_A_PAGE = 20, 2000
_INT = re.compile(r"[+-]?[0-9]{1,10}")
_MOST_INT = 2**31 - 1
_TOO_FEW = "prediction_count should be equal or greater than 1; "
_SPECIAL = re.compile(r"[;/\\]")
_MULTIPART = "multipart/form-data"

# The JavaScript SDK joins options with a second "?"; in these, none belongs.
_WITHOUT_QUESTION_MARK = ("limit", "det_prob_threshold", "prediction_count", "status", "face_plugins", "detect_faces")

T = TypeVar("T")


class Given:
    """The options of the current request by name; of what is given more than once, all, with commas between."""

    def __init__(self) -> None:
        options: dict[str, list[str]] = {}
        for name, value in [*request.args.items(multi=True), *request.form.items(multi=True)]:
            for one_name, one in _parted(name, value):
                options.setdefault(one_name, []).append(one)
        self._options = {name: ",".join(values) for name, values in options.items()}

    def text(self, name: str) -> str | None:
        return self._options.get(name)

    def integer(self, name: str, default: int) -> int:
        value = self._options.get(name, "").strip()
        if not value:
            return default
        if not _INT.fullmatch(value) or abs(int(value)) > _MOST_INT:
            raise _wrong_type(name)
        return int(value)

    def number(self, name: str) -> float | None:
        value = self._options.get(name, "").strip()
        try:
            found = float(value) if value else None
        except ValueError:
            raise _wrong_type(name) from None
        if found is not None and math.isnan(found):
            raise _wrong_type(name)
        return found

    def flag(self, name: str, default: bool) -> bool:
        value = self._options.get(name, "").strip().lower()
        if value and value not in _TRUE | _FALSE:
            raise _wrong_type(name)
        return value in _TRUE if value else default


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked of a picture. `count` is of candidates for each face."""

    wish: Wish
    status: bool = False
    count: int = 1
    embedding: bool = False  # to be told

    @classmethod
    def of(cls, given: Given, *, encode: bool = False, recognising: bool = False) -> Options:
        plugins, embedding = plugins_of(given.text("face_plugins") or "")
        wish = Wish(
            given.integer("limit", 0),
            given.number("det_prob_threshold"),
            plugins,
            encode or embedding,
            given.flag("detect_faces", True) if recognising else True,
        )
        return cls(wish, given.flag("status", False), given.integer("prediction_count", 1) if recognising else 1, embedding)

    def require_valid(self) -> None:
        problems = ["Limit should be equal or greater than 0; "] if self.wish.limit < 0 else []
        if self.count < 1:
            problems.append(_TOO_FEW)
        if problems:
            raise invalid("".join(problems))


def count(given: Given) -> int:
    wanted = given.integer("prediction_count", 1)
    if wanted < 1:
        raise invalid(_TOO_FEW)
    return wanted


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


def pictures(names: Sequence[str], most_bytes: int, bind: Callable[[Given], T]) -> tuple[list[Sent], T]:
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


def is_form_or_json() -> bool:
    return request.mimetype == _MULTIPART or request.is_json


def subject_option(given: Given) -> str:
    subject = given.text("subject")
    if subject is None:
        raise Refused(400, 33, "Required parameter subject is missing")
    return subject


def require_subject(subject: str) -> str:
    """One that is not blank, and can be kept."""
    if not subject.strip():
        raise invalid(EMPTY_SUBJECT)
    if len(subject) > LONGEST_STORED_SUBJECT:
        raise wrong()
    return subject


def subject_in_body() -> str:
    subject = json_object().get("subject")
    if isinstance(subject, int | float) and not isinstance(subject, bool):
        subject = json.dumps(subject)
    if subject is not None and not isinstance(subject, str):
        raise _malformed()
    if subject is None or not subject.strip():
        raise invalid("Subject name cannot be empty")
    if len(subject) > LONGEST_SUBJECT:
        raise invalid("Subject name size must be between 1 and 50")
    if _SPECIAL.search(subject):
        raise Refused(400, 36, r"The name cannot contain the following special characters: ';', '/', '\'")
    if not subject.isascii() and any("\ud800" <= letter <= "\udfff" for letter in subject):  # halves of letters, as JSON can write them
        raise _malformed()
    return subject


def image_id(text: str) -> str:
    if not is_uuid(text):
        raise wrong("the image id is no UUID")
    return text.lower()


def image_ids() -> list[str]:
    content = _json()
    if not isinstance(content, list) or not all(isinstance(one, str) for one in content):
        raise _malformed()
    return [image_id(one) for one in content]


def page(given: Given) -> tuple[int, int]:
    """Number and size; what makes no sense is the default."""
    number, size = _lenient(given.text("page")), _lenient(given.text("size"))
    return max(0, number or 0), min(size, _MOST_ON_A_PAGE) if size and size > 0 else _PAGE


def embedding(content: dict[str, Any], name: str) -> np.ndarray:
    return _row(_required(content, name))


def embeddings(content: dict[str, Any], name: str) -> list[np.ndarray]:
    rows = _required(content, name)
    if len(rows) > MOST_EMBEDDINGS:
        raise wrong(f"at most {MOST_EMBEDDINGS} embeddings can be sent at once")
    return [_row(row) for row in rows]


def json_object() -> dict[str, Any]:
    content = _json()
    if not isinstance(content, dict):
        raise _malformed()
    return content


def _json() -> Any:
    if not request.is_json:
        raise UnsupportedMediaType("send JSON, with the header Content-Type: application/json")
    try:
        return json.loads(request.get_data(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise _malformed() from None


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON's")


def _parted(name: str, value: str) -> list[tuple[str, str]]:
    if name not in _WITHOUT_QUESTION_MARK or "?" not in value:
        return [(name, value)]
    value, *others = value.split("?")
    return [(name, value), *((other.partition("=")[0], other.partition("=")[2]) for other in others)]


def _lenient(text: str | None) -> int | None:
    return int(text) if text and _INT.fullmatch(text) else None


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
        raise _empty(_FIELD[name])
    if not isinstance(value, str):
        raise _malformed()
    return Sent(value)


def _decoded(text: str) -> bytes:
    """Of either alphabet; spaces and line breaks do not count."""
    plain = "".join(text.split()).translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Refused(400, 21, "Provided value is not Base64") from None


def _required(content: dict[str, Any], name: str) -> list[Any]:
    value = content.get(name)
    if value is None or value == []:
        raise _empty(name)
    if not isinstance(value, list):
        raise _malformed()
    return value


def _row(value: object) -> np.ndarray:
    if not isinstance(value, list) or not all(isinstance(one, int | float) and not isinstance(one, bool) for one in value):
        raise _malformed()
    try:
        return np.array(value, float)
    except OverflowError:
        raise wrong() from None


def _empty(name: str) -> Refused:
    return Refused(400, 5, f"Field {name} cannot be empty")


def _wrong_type(name: str) -> Refused:
    return wrong(f"the option {name} has a value of the wrong type")


def _malformed() -> Refused:
    return wrong("the JSON body is missing or malformed")
