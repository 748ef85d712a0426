"""What a route takes and answers, said once: the same models check requests and answers and make `/openapi.json`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, TypeVar

from flask import g
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from spectree import Response, SecurityScheme, SpecTree
from spectree.models import InType, SecureType, SecuritySchemeData
from werkzeug.exceptions import UnsupportedMediaType

from ostiary import __version__
from ostiary.errors import BadField, InputError, MissingField
from ostiary.web.problems import STATUS

View = TypeVar("View", bound=Callable[..., Any])

COMMON = ("unauthorized", "forbidden", "out_of_scope", "too_many_requests", "not_ready")
"""Errors that every route which needs a scope may answer."""


FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_BRINGS_A_BODY = ("POST", "PUT", "PATCH")

JSON = "application/json"


class Model(BaseModel):
    """Base of all models of requests and answers. Answers may hold more members than are declared."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)


class Problem(Model):
    """Every error's body."""

    success: bool = Field(description="always false")
    error: str = Field(description="stable, for machines")
    message: str = Field(description="what to do about it, for people")


class Done(Model):
    """A change that happened, with nothing more to tell."""

    success: bool = True


def _check(json: type[BaseModel] | None, form: type[BaseModel] | None) -> Callable[..., None]:
    """What happens once a request was compared with the models, and before the view sees it."""

    def check(request: Any, response: Any, error: Any, instance: Any, adapter: Any) -> None:
        if request.method in _BRINGS_A_BODY:
            sent = request.mimetype
            if form and not json and sent and sent not in FORMS:
                raise UnsupportedMediaType("send a form, multipart/form-data, as browsers and curl -F do")
            if json and not form and sent and not request.is_json:
                raise UnsupportedMediaType("send JSON, with the header Content-Type: application/json")
            if form and not json and not sent:
                request.context = request.context._replace(form=_parsed(form, {}))
        if isinstance(error, ValidationError):
            raise _worded(error)

    return check


def _parsed(model: type[BaseModel], sent: dict[str, Any]) -> BaseModel:
    try:
        return model.model_validate(sent)
    except ValidationError as error:
        raise _worded(error) from None


def _worded(error: ValidationError) -> InputError:
    """The first thing wrong, as one of our errors."""
    first = error.errors(include_url=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    return MissingField(field, "it is required") if first["type"] == "missing" else BadField(field, first["msg"])


def _wrong_answer(request: Any, response: Any, error: Any, instance: Any, adapter: Any) -> None:
    """An answer that is not as described is a fault of ours: it is logged and told as such."""
    if error is not None:
        raise RuntimeError(f"{request.method} {request.path} would have answered what is not described: {error}")


spec = SpecTree(
    "flask",
    title="Ostiary",
    version=f"v{__version__}",
    mode="strict",
    annotations=False,
    naming_strategy=lambda model: model.__name__,
    nested_naming_strategy=lambda parent, child: child,
    after=_wrong_answer,
    validation_error_status=400,
    security_schemes=[
        SecurityScheme(name="key", data=SecuritySchemeData(type=SecureType.API_KEY, name="x-api-key", field_in=InType.HEADER)),
        SecurityScheme(name="bearer", data=SecuritySchemeData(type=SecureType.HTTP, scheme="bearer")),
    ],
    security=[{"key": []}, {"bearer": []}],
)


def described(
    tag: str,
    *,
    query: type[BaseModel] | None = None,
    json: type[BaseModel] | None = None,
    form: type[BaseModel] | None = None,
    answer: Any = None,
    media: str = JSON,
    errors: Iterable[str] = (),
    others: Mapping[int, Any] = {},
    common: bool = True,
) -> Callable[[View], View]:
    """Checks and documents a view. Its docstring is the documentation; `errors` are codes of `problems.STATUS`.

    `answer` is a model or `list[model]`; None for what is not JSON, such as a picture, whose `media` type is told. What
    passed the check is in `request.context.query`, `.json` and `.form`. `others` are models by status of answers that are
    neither a 200 nor one of our errors. `common` is False where no scope is needed.
    """
    told: dict[int, list[str]] = {}
    for code in [*errors, *(COMMON if common else ())]:
        told.setdefault(STATUS[code], []).append(code)
    told.setdefault(400, []).extend(code for code in ("missing_field", "bad_field") if code not in told.get(400, ()))
    codes: dict[str, Any] = {f"HTTP_{status}": (Problem, ", ".join(names)) for status, names in sorted(told.items())}
    codes |= {f"HTTP_{status}": model for status, model in others.items()}
    response = Response(HTTP_200=answer, **codes) if answer is not None else Response("HTTP_200", **codes)
    checked = spec.validate(query=query, json=json, form=form, resp=response, tags=[tag], before=_check(json, form))

    def describe(view: View) -> View:
        described_view = checked(view) if media == JSON else _past(checked, view)
        described_view.media = media
        return described_view

    return describe


def documented(
    tag: str,
    *,
    query: type[BaseModel] | None = None,
    json: type[BaseModel] | None = None,
    form: type[BaseModel] | None = None,
    answer: Any = None,
    status: int = 200,
    media: str = JSON,
    problem: type[BaseModel] = Problem,
) -> Callable[[View], View]:
    """Documents a view as `described` does, which checks by itself what it is sent; `problem` is what it answers to what is wrong."""
    told: dict[str, Any] = {f"HTTP_{code}": problem for code in (400, 404, 413, 429, 500)}
    response = Response(**told, **{f"HTTP_{status}": answer}) if answer is not None else Response(f"HTTP_{status}", **told)

    def document(view: View) -> View:
        documented_view = spec.validate(query=query, json=json, form=form, resp=response, tags=[tag], skip_validation=True)(view)
        documented_view.media = media
        return documented_view

    return document


def _past(checked: Callable[..., Any], view: Callable[..., Any]) -> Any:
    """`view` with what it is sent checked, and what it answers passed by: the check would hold all of a stream in memory."""

    @wraps(view)
    def aside(*args: Any, **named: Any) -> str:
        g.answer = view(*args, **named)
        return ""

    described_view = checked(aside)

    @wraps(described_view)
    def answer(*args: Any, **named: Any) -> Any:
        described_view(*args, **named)
        return g.pop("answer")

    return answer
