"""Options of a request, read as leniently as CompreFace does: from the query or the form, with what makes no sense told in its order."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from flask import request

from ostiary.compreface.seeing import Wish, plugins_of
from ostiary.web.compreface.checks import is_uuid
from ostiary.web.compreface.problems import EMPTY_SUBJECT, Refused, invalid, wrong

LONGEST_STORED_SUBJECT = 255
_TRUE, _FALSE = {"true", "on", "yes", "1"}, {"false", "off", "no", "0"}
_PAGE, _MOST_ON_A_PAGE = 20, 2000
_INT = re.compile(r"[+-]?[0-9]{1,10}")
_MOST_INT = 2**31 - 1
_TOO_FEW = "prediction_count should be equal or greater than 1; "

# The JavaScript SDK joins options with a second "?"; in these, none belongs.
_WITHOUT_QUESTION_MARK = ("limit", "det_prob_threshold", "prediction_count", "status", "face_plugins", "detect_faces")


class Given:
    """The options of the current request by name; of texts that are given more than once, all, with commas between."""

    def __init__(self) -> None:
        self._options: dict[str, list[str]] = {}
        for name, value in [*request.args.items(multi=True), *request.form.items(multi=True)]:
            for one_name, one in _parted(name, value):
                self._options.setdefault(one_name, []).append(one)

    def text(self, name: str) -> str | None:
        return ",".join(self._options[name]) if name in self._options else None

    def integer(self, name: str, default: int) -> int:
        value = self._first(name)
        if not value:
            return default
        if not _INT.fullmatch(value) or abs(int(value)) > _MOST_INT:
            raise _wrong_type(name)
        return int(value)

    def number(self, name: str) -> float | None:
        value = self._first(name)
        try:
            found = float(value) if value else None
        except ValueError:
            raise _wrong_type(name) from None
        if found is not None and math.isnan(found):
            raise _wrong_type(name)
        return found

    def flag(self, name: str, default: bool) -> bool:
        value = self._first(name).lower()
        if value and value not in _TRUE | _FALSE:
            raise _wrong_type(name)
        return value in _TRUE if value else default

    def _first(self, name: str) -> str:
        return self._options.get(name, [""])[0].strip()


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


def page(given: Given) -> tuple[int, int]:
    """Number and size; what makes no sense is the default."""
    number, size = _lenient(given.text("page")), _lenient(given.text("size"))
    return max(0, number or 0), min(size, _MOST_ON_A_PAGE) if size and size > 0 else _PAGE


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


def image_id(text: str) -> str:
    if not is_uuid(text):
        raise wrong("the image id is no UUID")
    return text.lower()


def _parted(name: str, value: str) -> list[tuple[str, str]]:
    if name not in _WITHOUT_QUESTION_MARK or "?" not in value:
        return [(name, value)]
    value, *others = value.split("?")
    return [(name, value), *((other.partition("=")[0], other.partition("=")[2]) for other in others)]


def _lenient(text: str | None) -> int | None:
    return int(text) if text and _INT.fullmatch(text) else None


def _wrong_type(name: str) -> Refused:
    return wrong(f"the option {name} has a value of the wrong type")
