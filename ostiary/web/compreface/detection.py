"""Which faces are in a picture: what a detection service's key opens."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from ostiary.compreface.keeper import Keeper
from ostiary.compreface.seeing import Seeing
from ostiary.compreface.values import Kind
from ostiary.settings import LimitSettings
from ostiary.web.audit import audited
from ostiary.web.auth import admits
from ostiary.web.compreface import models, pictures, told
from ostiary.web.compreface.checks import keyholder
from ostiary.web.compreface.parse import Options
from ostiary.web.describe import documented
from ostiary.web.limits import most_file_bytes


def install(routes: Blueprint, keeper: Keeper, seeing: Seeing, limits: LimitSettings) -> None:
    @routes.post("/detection/detect")
    @admits(keyholder(keeper.register, Kind.DETECTION))
    @audited("")
    @documented(
        "compreface detection",
        query=models.FacesQuery,
        form=models.FileForm,
        json=models.FileBody,
        answer=models.DetectedTold,
        problem=models.CompreFaceProblem,
    )
    def detect() -> ResponseReturnValue:
        """The faces of a picture, and what each looks like."""
        [sent], options = pictures.brought(["file"], most_file_bytes(limits), Options.of)
        options.require_valid()
        seen = seeing.look(sent.opened(), options.wish)
        return jsonify(told.result([told.face(face, options, exact=True) for face in seen.faces], seen, options))
