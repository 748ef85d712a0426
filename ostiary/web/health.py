"""Whether all is well: one word for anybody, the details for whoever may ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from pydantic import Field

from ostiary.web.auth import Access, everybody, is_allowed
from ostiary.web.describe import Model, described

Report = Callable[[], Mapping[str, Any]]
"""More to tell, by name; what stands under `problems`, a list of texts, makes the answer a 503."""


class HealthTold(Model):
    """One word for anybody; whoever may read is told more, by name, than is listed here."""

    status: str = Field(description="ok or problem")
    problems: list[str] | None = Field(None, description="what is wrong, in words; only for whoever may read")


class Watched(Protocol):
    """What this room needs of the engine."""

    @property
    def gallery_problem(self) -> str | None: ...

    @property
    def model_problem(self) -> str | None: ...

    def names(self) -> list[str]: ...


def blueprint(engine: Watched, access: Access, report: Report | None) -> Blueprint:
    health = Blueprint("health", __name__)

    def answer(problems: list[str], details: Mapping[str, Any]) -> ResponseReturnValue:
        told: dict[str, Any] = {"status": "problem" if problems else "ok"}
        if is_allowed(access):
            told |= {**details, "problems": problems}
        return jsonify(told), 503 if problems else 200

    @health.get("/healthz")
    @everybody
    @described("health", answer=HealthTold, others={503: HealthTold}, common=False)
    def healthz() -> ResponseReturnValue:
        """Whether all is well: 200, or 503 with what is not. Whoever may read is told how cameras, webhooks and pipeline do."""
        details = dict(report()) if report else {}
        problems = [*_listed(engine.gallery_problem), *details.pop("problems", ())]
        return answer(problems, details)

    @health.get("/readyz")
    @everybody
    @described("health", answer=HealthTold, others={503: HealthTold}, common=False)
    def readyz() -> ResponseReturnValue:
        """Whether gallery and models are there, so that faces can be enrolled and recognised."""
        return answer([*_listed(engine.gallery_problem), *_listed(engine.model_problem)], {})

    return health


def _listed(problem: str | None) -> list[str]:
    return [problem] if problem else []
