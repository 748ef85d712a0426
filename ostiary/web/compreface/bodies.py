"""JSON bodies: subjects, ids and embeddings."""

from __future__ import annotations

import json
import re
import threading
from typing import Any

import numpy as np
from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from ostiary.web.careful import require_few_parts
from ostiary.web.compreface.parse import image_id
from ostiary.web.compreface.problems import Refused, invalid, wrong

MOST_EMBEDDINGS = 1000
_MOST_NUMBERS = 600 * MOST_EMBEDDINGS  # no encoder makes more of a face
LONGEST_SUBJECT = 50
READING = threading.BoundedSemaphore(2)
"""Held by whoever makes something of a body, which takes several times its memory: others leave theirs on the disk."""

_SPECIAL = re.compile(r"[;/\\]")


def subject_in_body() -> str:
    subject = json_object().get("subject")
    if isinstance(subject, int | float) and not isinstance(subject, bool):
        subject = json.dumps(subject)
    if subject is not None and not isinstance(subject, str):
        raise malformed()
    if subject is None or not subject.strip():
        raise invalid("Subject name cannot be empty")
    if len(subject) > LONGEST_SUBJECT:
        raise invalid("Subject name size must be between 1 and 50")
    if _SPECIAL.search(subject):
        raise Refused(400, 36, r"The name cannot contain the following special characters: ';', '/', '\'")
    if not subject.isascii() and any("\ud800" <= letter <= "\udfff" for letter in subject):  # halves of letters, as JSON can write them
        raise malformed()
    return subject


def image_ids() -> list[str]:
    content = _json()
    if not isinstance(content, list) or not all(isinstance(one, str) for one in content):
        raise malformed()
    return [image_id(one) for one in content]


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
        raise malformed()
    return content


def _json() -> Any:
    if not request.is_json:
        raise UnsupportedMediaType("send JSON, with the header Content-Type: application/json")
    try:
        with READING:
            sent = request.get_data(cache=False)
            require_few_parts(sent, _MOST_NUMBERS)
            return json.loads(sent, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise malformed() from None


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON's")


def _required(content: dict[str, Any], name: str) -> list[Any]:
    value = content.get(name)
    if value is None or value == []:
        raise empty(name)
    if not isinstance(value, list):
        raise malformed()
    return value


def _row(value: object) -> np.ndarray:
    if not isinstance(value, list) or not all(isinstance(one, int | float) and not isinstance(one, bool) for one in value):
        raise malformed()
    try:
        return np.array(value, float)
    except OverflowError:
        raise wrong() from None


def empty(name: str) -> Refused:
    return Refused(400, 5, f"Field {name} cannot be empty")


def malformed() -> Refused:
    return wrong("the JSON body is missing or malformed")
