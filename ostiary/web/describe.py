"""What a route takes and answers, said once: the same models check requests and answers and make `/openapi.json`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from spectree import Response, SecurityScheme, SpecTree
from spectree.models import InType, SecureType, SecuritySchemeData

from ostiary import __version__
from ostiary.errors import BadField, MissingField
from ostiary.web.problems import STATUS

View = TypeVar("View", bound=Callable[..., Any])

COMMON = ("unauthorized", "forbidden", "out_of_scope", "too_many_requests", "not_ready")
"""Errors that every route which needs a scope may answer."""


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


def _refuse(request: Any, response: Any, error: Any, instance: Any, adapter: Any) -> None:
    """Turns the first thing wrong with a request into one of our errors."""
    if not isinstance(error, ValidationError):
        return
    first = error.errors(include_url=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    if first["type"] == "missing":
        raise MissingField(field, "it is required")
    raise BadField(field, first["msg"])


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
    path="openapi",
    before=_refuse,
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
    errors: Iterable[str] = (),
    common: bool = True,
) -> Callable[[View], View]:
    """Checks and documents a view. Its docstring is the documentation; `errors` are codes of `problems.STATUS`.

    `answer` is a model or `list[model]`; None for what is not JSON. What passed the check is in
    `request.context.query`, `.json` and `.form`.
    """
    told: dict[int, list[str]] = {}
    for code in [*errors, *(COMMON if common else ())]:
        told.setdefault(STATUS[code], []).append(code)
    told.setdefault(400, []).extend(code for code in ("missing_field", "bad_field") if code not in told.get(400, ()))
    codes: dict[str, Any] = {f"HTTP_{status}": (Problem, ", ".join(names)) for status, names in sorted(told.items())}
    response = Response(HTTP_200=answer, **codes) if answer is not None else Response("HTTP_200", **codes)
    return spec.validate(query=query, json=json, form=form, resp=response, tags=[tag])
