"""Whether all is well: one word for anybody, the details for whoever may ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from ostiary.web.auth import Access, everybody, is_allowed

Report = Callable[[], Mapping[str, Any]]
"""More to tell, by name; what stands under `problems`, a list of texts, makes the answer a 503."""


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
    def healthz() -> ResponseReturnValue:
        details = dict(report()) if report else {}
        problems = [*_listed(engine.gallery_problem), *details.pop("problems", ())]
        return answer(problems, details)

    @health.get("/readyz")
    @everybody
    def readyz() -> ResponseReturnValue:
        return answer([*_listed(engine.gallery_problem), *_listed(engine.model_problem)], {})

    return health


def _listed(problem: str | None) -> list[str]:
    return [problem] if problem else []
