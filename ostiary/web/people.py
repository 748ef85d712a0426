"""Who is enrolled: register, unregister, list."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Protocol

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from ostiary.bulk import enrol, read_pictures
from ostiary.domain import Enrolment
from ostiary.gallery.names import clean_name
from ostiary.scopes import Scope
from ostiary.settings import LimitSettings
from ostiary.web import forms
from ostiary.web.auth import needs
from ostiary.web.limits import ZIP_PATH


class Enroller(Protocol):
    """What this room needs of the engine. What returned is on disk."""

    def register(self, name: str, image: bytes, *, replace: bool = False, force: bool = False) -> Enrolment: ...

    def unregister(self, name: str) -> int: ...

    def names(self) -> list[str]: ...


def blueprint(engine: Enroller, limits: LimitSettings) -> Blueprint:
    people = Blueprint("people", __name__)

    @people.before_request
    def brings_a_form() -> None:
        if request.method == "POST":
            forms.require_form()

    @people.post("/register")
    @needs(Scope.ENROL)
    def register() -> ResponseReturnValue:
        enrolment = engine.register(forms.name(), forms.picture(limits), replace=forms.flag("replace"), force=forms.flag("force"))
        return jsonify(_told(enrolment))

    @people.post(ZIP_PATH)
    @needs(Scope.ENROL)
    def register_faces() -> ResponseReturnValue:
        taken = enrol(read_pictures(forms.upload("zip", "people.zip"), limits), engine.register)
        failed = [{"file": one.file, "error": one.error.code, "message": str(one.error)} for one in taken.refused]
        doubtful = [{"file": file, "message": doubt} for file, doubt in taken.doubtful]
        return jsonify({"success": True, "registered": taken.registered, "failed": failed, "doubtful": doubtful})

    @people.post("/unregister")
    @needs(Scope.ENROL)
    def unregister() -> ResponseReturnValue:
        name = clean_name(forms.name())
        return jsonify({"success": True, "name": name, "removed": engine.unregister(name)})

    @people.get("/faces")
    @needs(Scope.READ)
    def faces() -> ResponseReturnValue:
        return jsonify(engine.names())

    return people


def _told(enrolment: Enrolment) -> dict[str, Any]:
    pictures = "one picture" if enrolment.faces == 1 else f"{enrolment.faces} pictures"
    better = "".join(f"; better still: {hint}" for hint in enrolment.quality.hints)
    but = f", but {enrolment.doubt}" if enrolment.doubt else ""
    return {
        "success": True,
        "name": enrolment.name,
        "face_id": enrolment.face_id,
        "faces": enrolment.faces,
        "quality": asdict(enrolment.quality),
        "doubt": enrolment.doubt,
        "message": f"{enrolment.name} is enrolled with {pictures}{better}{but}",
    }
