"""How surely the door tells people apart here: the last calibration and the last proof, with their curves."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from pydantic import Field
from werkzeug.exceptions import NotFound

from ostiary.calibrations import Calibrations
from ostiary.scopes import Scope
from ostiary.web.audit import audited
from ostiary.web.auth import needs
from ostiary.web.describe import Done, Model, described


class NearTold(Model):
    one: str
    other: str
    distance: float


class PhotoTold(Model):
    person: str
    number: int = Field(description="1 is the oldest example")
    face_id: str
    problem: str


class CalibrationTold(Model):
    """What `ostiary calibrate` found out last."""

    at: int = Field(description="ms since 1970")
    encoder_id: str
    people: int
    examples: int
    threshold: float = Field(description="in force at the time")
    margin: float = Field(description="in force at the time")
    fpir_target: float
    closest: NearTold | None
    duplicates: list[NearTold] = Field(description="so near that both may be one person, enrolled twice")
    look_alikes: list[NearTold] = Field(description="whom only the margin keeps apart")
    odd: list[PhotoTold] = Field(description="photos that do not fit the others of their person")
    better: list[PhotoTold] = Field(description="the best photos of people of whom none is good")
    strangers: int
    closest_stranger: NearTold | None
    residents_seen: list[NearTold] = Field(description="strangers who probably are somebody enrolled")
    suggested_threshold: float
    suggested_margin: float
    built_in: float = Field(description="the threshold that TH_ACCEPT=auto means for so many people")
    by_size: list[tuple[int, float]] = Field(description="threshold by number of people")
    kept: int = Field(description="of `tried` photos, each left out in turn, so many would be let in")
    tried: int


class ShareTold(Model):
    count: int
    of: int


class QuorumTold(Model):
    frames: int
    strangers_are: str
    refused: ShareTold
    mistaken: ShareTold
    strangers_let_in: ShareTold


class ProveTold(Model):
    """What `ostiary prove` measured last on labelled pictures."""

    at: int = Field(description="ms since 1970")
    encoder: str
    people: int
    threshold: float
    margin: float
    files: int
    quorums: list[QuorumTold]


class FinishedTold(Model):
    status: int = Field(description="0: fine, 1: something is wrong with the gallery, else it failed")
    words: str


class ProofTold(Model):
    calibration: CalibrationTold | None
    prove: ProveTold | None
    charts: list[str] = Field(description="names of pictures at /proof/charts/NAME.svg")
    running: bool = Field(description="whether a calibration is under way")
    finished: FinishedTold | None = Field(description="how the last one that was started here ended")


def blueprint(folder: Path, calibrations: Calibrations) -> Blueprint:
    """`folder` is where the commands leave their results."""
    routes = Blueprint("proof", __name__)

    @routes.get("/proof")
    @needs(Scope.READ)
    @described("proof", answer=ProofTold)
    def told() -> ResponseReturnValue:
        """The last results of `ostiary calibrate` and `ostiary prove`."""
        finished = calibrations.finished
        answer = ProofTold(
            calibration=_read(folder / "calibration.json", CalibrationTold),
            prove=_read(folder / "report.json", ProveTold),
            charts=sorted(file.stem for file in folder.glob("*.svg")),
            running=calibrations.running,
            finished=FinishedTold.model_validate(finished) if finished else None,
        )
        return jsonify(answer.model_dump())

    @routes.get("/proof/charts/<name>.svg")
    @needs(Scope.READ)
    @described("proof", media="image/svg+xml", errors=("not_found",))
    def chart(name: str) -> ResponseReturnValue:
        """A curve, drawn."""
        file = folder / f"{name}.svg"
        if not re.fullmatch(r"[\w-]{1,40}", name) or not file.is_file():
            raise NotFound("there is no such chart")
        return Response(file.read_bytes(), mimetype="image/svg+xml")

    @routes.post("/proof/calibrate")
    @needs(Scope.ADMIN)
    @audited("proof.calibrate")
    @described("proof", answer=Done, errors=("already_running",))
    def calibrate() -> ResponseReturnValue:
        """Starts `ostiary calibrate` beside the door; GET /proof tells when it is done."""
        calibrations.start()
        return jsonify({"success": True})

    return routes


def _read(file: Path, model: type[Model]) -> Any:
    """What a command left there; None where nothing was, or nothing that can be read."""
    try:
        content = {**json.loads(file.read_bytes()), "at": round(file.stat().st_mtime * 1000)}
        return model.model_validate(content)
    except (OSError, ValueError, TypeError):  # a ValidationError is a ValueError
        return None
