"""Who is in a picture: asked, answered, and forgotten."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any, Protocol

import numpy as np
from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import Field

from ostiary.domain import Attributes, Recognition
from ostiary.scopes import Scope
from ostiary.settings import LimitSettings
from ostiary.web import forms
from ostiary.web.audit import audited
from ostiary.web.auth import needs
from ostiary.web.describe import Model, described
from ostiary.web.people import PICTURE_ERRORS, QualityTold, Upload

Point = tuple[float, float]


class Recogniser(Protocol):
    """What this room needs of the engine."""

    def recognize(self, image: bytes, attributes: Iterable[str] = ()) -> list[Recognition]: ...


class RecognizeForm(Model, json_schema_extra={"required": ["image"]}):
    image: Upload = Field(None, description="a picture, with any number of faces")
    attributes: str = Field(
        "",
        description="what to tell of each face's looks, separated by commas: age, gender, expression, mask, pose, eyes_open, "
        "landmarks5, landmarks68, landmarks468",
    )


class GuessTold(Model):
    label: str
    probability: float = Field(description="0 to 1")


class PoseTold(Model):
    """Degrees."""

    yaw: float = Field(description="> 0: looks to image right")
    pitch: float = Field(description="> 0: looks up")
    roll: float = Field(description="> 0: turned clockwise")


class AttributesTold(Model):
    """What was asked for, and no more. Age, gender and expression are guesses about looks."""

    age: float | None = Field(None, description="years")
    gender: GuessTold | None = None
    expression: GuessTold | None = None
    mask: GuessTold | None = None
    pose: PoseTold | None = None
    eyes_open: Point | None = Field(None, description="gap between the lids by the eye's width: the eye on image left, the other")
    landmarks5: list[Point] | None = Field(None, description="x, y in the picture's pixels")
    landmarks68: list[Point] | None = Field(None, description="x, y in the picture's pixels")
    landmarks468: list[tuple[float, float, float]] | None = Field(None, description="x, y in the picture's pixels, and depth")


class FaceTold(Model):
    """One face and who it is taken for. A distance is in the encoder's own unit: smaller is more alike."""

    box: tuple[int, int, int, int] = Field(description="x1, y1, x2, y2 in the picture's pixels")
    name: str | None = Field(description="null unless somebody is near enough, and clearly nearer than anybody else")
    distance: float | None = Field(description="to the nearest person, whoever it is; null where the face cannot be judged")
    runner_up: str | None
    runner_up_distance: float | None
    reason: str | None = Field(description="why nobody is named: unknown, ambiguous, low_quality")
    quality: QualityTold
    attributes: AttributesTold | None = None


class Recognized(Model):
    success: bool = True
    faces: list[FaceTold] = Field(description="the largest first")
    took_ms: float = Field(description="milliseconds that it took here")


def blueprint(engine: Recogniser, limits: LimitSettings) -> Blueprint:
    routes = Blueprint("recognise", __name__)

    @routes.before_request
    def brings_a_form() -> None:
        forms.require_form()

    @routes.post("/recognize")
    @needs(Scope.RECOGNISE)
    @audited("")
    @described("people", form=RecognizeForm, answer=Recognized, errors=PICTURE_ERRORS)
    def recognize() -> ResponseReturnValue:
        """Tells who is in a picture, by one look: no quorum, no check for a living face. Nothing is kept and no gate is told."""
        wanted = [name.strip() for name in request.form.get("attributes", "").split(",") if name.strip()]
        picture, began = forms.picture(limits), time.perf_counter()
        found = engine.recognize(picture, wanted)
        took_ms = 1000 * (time.perf_counter() - began)
        return jsonify({"success": True, "faces": [_face(one) for one in found], "took_ms": round(took_ms, 1)})

    return routes


def _face(found: Recognition) -> dict[str, Any]:
    return {
        "box": found.box,
        "name": found.name,
        "distance": _rounded(found.distance),
        "runner_up": found.runner_up,
        "runner_up_distance": _rounded(found.runner_up_distance),
        "reason": found.reason.value if found.reason else None,
        "quality": asdict(found.quality),
        **({"attributes": _looks(found.attributes)} if found.attributes else {}),
    }


def _looks(attributes: Attributes) -> dict[str, Any]:
    told = {field.name: getattr(attributes, field.name) for field in fields(attributes)}
    return {name: _plain(value) for name, value in told.items() if value is not None}


def _plain(value: Any) -> Any:
    match value:
        case np.ndarray():
            return [[round(float(number), 1) for number in point] for point in value]
        case float():
            return round(value, 1)
        case tuple():
            return [round(float(number), 3) for number in value]
    return asdict(value)


def _rounded(distance: float | None) -> float | None:
    return None if distance is None else round(distance, 4)
