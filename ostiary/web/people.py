"""Who is enrolled: register, unregister, list, and how good a picture would be."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Protocol

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import Field
from spectree.model_adapter.pydantic_adapter import BaseFile

from ostiary.album import Checked
from ostiary.bulk import enrol, read_pictures
from ostiary.domain import Enrolment
from ostiary.gallery.names import clean_name
from ostiary.scopes import Scope
from ostiary.settings import LimitSettings
from ostiary.web import forms
from ostiary.web.audit import about, audited
from ostiary.web.auth import needs
from ostiary.web.describe import Model, described
from ostiary.web.limits import ZIP_PATH

PICTURE_ERRORS = ("bad_image", "too_large", "unsupported_type")
FACE_ERRORS = ("no_face", "many_faces", "low_quality", "already_known_as", "not_like_the_others", "kept_out")

Upload = Annotated[Any, BaseFile]


class Enroller(Protocol):
    """What this room needs of the engine. What returned is on disk."""

    def register(self, name: str, image: bytes, *, replace: bool = False, force: bool = False) -> Enrolment: ...

    def unregister(self, name: str) -> int: ...

    def names(self) -> list[str]: ...


class Pictures(Protocol):
    """What this room needs of the album."""

    def note(self, enrolment: Enrolment) -> None: ...

    def check(self, image: bytes) -> Checked: ...


class QualityTold(Model):
    """How well a face can be judged."""

    usable: bool
    problem: str | None
    score: float = Field(description="0 (useless) to 1 (perfect)")
    eyes_px: float = Field(description="pixels between the eyes")
    sharpness: float = Field(description="0 to 1")
    brightness: float = Field(description="0 to 255")
    yaw: float = Field(description="degrees, > 0: looks to image right")
    problems: list[str] = Field(description="all that must be put right, in words")
    hints: list[str] = Field(description="what would make a usable face better still, in words")


# Of the forms, `forms` says what is missing: its errors know what to send instead.
class RegisterForm(Model, json_schema_extra={"required": ["name", "image"]}):
    name: str = ""
    image: Upload = Field(None, description="a picture with one clear face")
    replace: str = Field("", description="true: instead of the person's earlier pictures")
    force: str = Field("", description="true: even where the face is known under another name")


class Registered(Model):
    success: bool
    name: str
    face_id: str
    faces: int = Field(description="the person's examples now")
    quality: QualityTold
    doubt: str | None = Field(description="what speaks against the picture being of that person, in words")
    message: str


class ZipForm(Model, json_schema_extra={"required": ["zip"]}):
    zip: Upload = Field(None, description="pictures as katya.jpg or katya/any.jpg")


class Failed(Model):
    file: str
    error: str
    message: str


class Doubtful(Model):
    """A picture that was enrolled all the same."""

    file: str
    message: str


class ZipTold(Model):
    success: bool
    registered: int
    failed: list[Failed]
    doubtful: list[Doubtful]


class NameForm(Model, json_schema_extra={"required": ["name"]}):
    name: str = ""


class Unregistered(Model):
    success: bool
    name: str
    removed: int


class CheckForm(Model, json_schema_extra={"required": ["image"]}):
    image: Upload = Field(None)


class CheckTold(Model):
    """What enrolling the picture would come to; `box` (x1, y1, x2, y2 in its pixels) and `quality` are those of the largest face."""

    success: bool = True
    faces: int
    good: bool = Field(description="nothing could be better")
    usable: bool = Field(description="it could be enrolled")
    advice: str = Field(description="what to do, in words")
    box: tuple[int, int, int, int] | None
    quality: QualityTold | None


def blueprint(engine: Enroller, limits: LimitSettings, pictures: Pictures | None = None) -> Blueprint:
    people = Blueprint("people", __name__)

    @people.before_request
    def brings_a_form() -> None:
        if request.method == "POST":
            forms.require_form()

    @people.post("/register")
    @needs(Scope.ENROL)
    @audited("person.enrol")
    @described("people", form=RegisterForm, answer=Registered, errors=("bad_name", *PICTURE_ERRORS, *FACE_ERRORS))
    def register() -> ResponseReturnValue:
        """Enrols the one face of a picture as one more example of a person, new or known. What was answered with success is on disk."""
        enrolment = engine.register(forms.name(), forms.picture(limits), replace=forms.flag("replace"), force=forms.flag("force"))
        about(enrolment.name, f"example {enrolment.faces}")
        if pictures:
            pictures.note(enrolment)
        return jsonify(_told(enrolment))

    @people.post(ZIP_PATH)
    @needs(Scope.ENROL)
    @audited("person.enrol_zip")
    @described("people", form=ZipForm, answer=ZipTold, errors=("bad_zip", "too_large"))
    def register_faces() -> ResponseReturnValue:
        """Enrols the pictures of a ZIP, one after the other: one that cannot be used is told of, and the rest follows."""
        taken = enrol(read_pictures(forms.upload("zip", "people.zip"), limits), engine.register)
        about("a ZIP", f"{taken.registered} registered, {len(taken.refused)} not")
        failed = [{"file": one.file, "error": one.error.code, "message": str(one.error)} for one in taken.refused]
        doubtful = [{"file": file, "message": doubt} for file, doubt in taken.doubtful]
        return jsonify({"success": True, "registered": taken.registered, "failed": failed, "doubtful": doubtful})

    @people.post("/unregister")
    @needs(Scope.ENROL)
    @audited("person.forget")
    @described("people", form=NameForm, answer=Unregistered, errors=("bad_name", "unknown_name"))
    def unregister() -> ResponseReturnValue:
        """Forgets a person: encodings, photos, and whatever else is known of them."""
        name = clean_name(forms.name())
        removed = engine.unregister(name)
        about("a person", f"{removed} examples")  # not whom: they are forgotten
        return jsonify({"success": True, "name": name, "removed": removed})

    @people.get("/faces")
    @needs(Scope.READ)
    @described("people", answer=list[str])
    def faces() -> ResponseReturnValue:
        """The names of all who are enrolled."""
        return jsonify(engine.names())

    if pictures:

        @people.post("/check")
        @needs(Scope.ENROL)
        @audited("")
        @described("people", form=CheckForm, answer=CheckTold, errors=PICTURE_ERRORS)
        def check() -> ResponseReturnValue:
            """How good a picture would be to enrol somebody with. Nothing is kept: it is made for a camera's live hints."""
            return jsonify(_checked(pictures.check(forms.picture(limits))))

    return people


def _told(enrolment: Enrolment) -> dict[str, Any]:
    pictures = "one picture" if enrolment.faces == 1 else f"{enrolment.faces} pictures"
    better = "".join(f"; better still: {hint}" for hint in enrolment.quality.hints)
    doubt = f", but {enrolment.doubt}" if enrolment.doubt else ""
    return {
        "success": True,
        "name": enrolment.name,
        "face_id": enrolment.face_id,
        "faces": enrolment.faces,
        "quality": asdict(enrolment.quality),
        "doubt": enrolment.doubt,
        "message": f"{enrolment.name} is enrolled with {pictures}{better}{doubt}",
    }


def _checked(found: Checked) -> dict[str, Any]:
    usable = found.faces == 1 and found.quality is not None and found.quality.usable
    return {"success": True, "usable": usable, **asdict(found)}
