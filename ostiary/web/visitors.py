"""Who came unknown, what was decided lately, and the owner's say about both."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import Field
from werkzeug.exceptions import NotFound

from ostiary.errors import BadField, MissingField
from ostiary.scopes import Scope
from ostiary.visitors.reception import Reception
from ostiary.visitors.values import Change, RecordedDecision, Visitor
from ostiary.web import forms
from ostiary.web.audit import about, audited
from ostiary.web.auth import needs
from ostiary.web.describe import Done, Model, described

_LISTED = 200
_LEARNING = ("bad_name", "already_known_as", "kept_out", "conflict")


class VisitorsQuery(Model):
    ignored: str = Field("", description="1: also those who are to be ignored")


class VisitorTold(Model):
    """Somebody unknown. Times are seconds since 1970."""

    id: int
    label: str
    seen: int = Field(description="how often")
    first_seen: float
    last_seen: float
    camera: str
    ignored: bool


class DecisionTold(Model):
    """A decision that can still be corrected. `timestamp` is in seconds since 1970."""

    event_id: str
    timestamp: float
    camera: str
    status: str
    reason: str | None
    name: str | None
    distance: float | None
    visitor: int | None
    corrected_by: int | None = Field(description="the change that did")


class ChangeTold(Model):
    """Something that was said of visitors or decisions. Times are seconds since 1970; `undone_at` is null while it is in force."""

    id: int
    kind: str = Field(description="name, merge, ignore, correct")
    visitor: int | None
    undone_at: float | None
    timestamp: float
    event_id: str | None
    name: str | None
    message: str


class ChangedTold(Model):
    success: bool
    change: ChangeTold
    message: str


class NameVisitorForm(Model, json_schema_extra={"required": ["name"]}):
    name: str = ""
    force: str = Field("", description="true: even where the face is known under another name")


class MergeVisitorForm(Model, json_schema_extra={"required": ["into"]}):
    into: str = Field("", description="the number of another visitor")


class CorrectForm(Model, json_schema_extra={"required": ["event_id"]}):
    event_id: str = ""
    name: str = Field("", description="who it was; left out: not who the decision said")
    force: str = Field("", description="true: even where the face is known under another name")


def blueprint(reception: Reception) -> Blueprint:
    visitors = Blueprint("visitors", __name__)
    store = reception.store

    @visitors.before_request
    def brings_a_form() -> None:
        if request.method == "POST":
            forms.require_form()

    @visitors.get("/visitors")
    @needs(Scope.READ)
    @described("visitors", query=VisitorsQuery, answer=list[VisitorTold])
    def listed() -> ResponseReturnValue:
        """Who came and is not known, the latest first."""
        return jsonify([visitor_told(visitor) for visitor in store.visitors(ignored=request.args.get("ignored") == "1")])

    @visitors.get("/visitors/<int:visitor>/face.jpg")
    @needs(Scope.READ)
    @described("visitors", media="image/jpeg", errors=("unknown_visitor",))
    def face(visitor: int) -> ResponseReturnValue:
        """The best picture of a visitor."""
        return _picture(store.visitor_picture(visitor))

    @visitors.post("/visitors/<int:visitor>/name")
    @needs(Scope.ENROL)
    @audited("visitor.name")
    @described("visitors", form=NameVisitorForm, answer=ChangedTold, errors=("unknown_visitor", *_LEARNING))
    def name(visitor: int) -> ResponseReturnValue:
        """The visitor is somebody: enrolled from now on, or enrolled already. Can be undone."""
        return _changed(reception.name(visitor, forms.name(), force=forms.flag("force")))

    @visitors.post("/visitors/<int:visitor>/merge")
    @needs(Scope.ENROL)
    @audited("visitor.merge")
    @described("visitors", form=MergeVisitorForm, answer=ChangedTold, errors=("unknown_visitor", "conflict"))
    def merge(visitor: int) -> ResponseReturnValue:
        """Two visitors are one person. Can be undone."""
        return _changed(reception.merge(visitor, _number("into")))

    @visitors.post("/visitors/<int:visitor>/ignore")
    @needs(Scope.ENROL)
    @audited("visitor.ignore")
    @described("visitors", answer=ChangedTold, errors=("unknown_visitor", "conflict"))
    def ignore(visitor: int) -> ResponseReturnValue:
        """The visitor is to be nobody, for ever: whoever looks like them is unknown. Can be undone."""
        return _changed(reception.ignore(visitor))

    @visitors.post("/visitors/<int:visitor>/forget")
    @needs(Scope.ENROL)
    @audited("visitor.forget")
    @described("visitors", answer=Done, errors=("unknown_visitor", "conflict"))
    def forget(visitor: int) -> ResponseReturnValue:
        """Nothing is left of the visitor. Cannot be undone."""
        reception.forget(visitor)
        return jsonify({"success": True})

    @visitors.get("/corrections")
    @needs(Scope.READ)
    @described("visitors", answer=list[ChangeTold])
    def changes() -> ResponseReturnValue:
        """What was said of visitors and decisions, the latest first."""
        return jsonify([change_told(change) for change in store.changes(_LISTED)])

    @visitors.post("/corrections")
    @needs(Scope.ENROL)
    @audited("event.correct")
    @described("visitors", form=CorrectForm, answer=ChangedTold, errors=("unknown_decision", *_LEARNING))
    def correct() -> ResponseReturnValue:
        """A decision was wrong: it was somebody else, or just not that person. Can be undone."""
        decision = request.form.get("event_id")
        if not decision:
            raise MissingField("event_id", "send the decision's event_id, as GET /corrections/decisions lists it")
        name = forms.name() if request.form.get("name") else None
        return _changed(reception.correct(decision, name, force=forms.flag("force")))

    @visitors.post("/corrections/<int:change>/undo")
    @needs(Scope.ENROL)
    @audited("change.undo")
    @described("visitors", answer=ChangedTold, errors=("unknown_change", "conflict"))
    def undo(change: int) -> ResponseReturnValue:
        """As if the change had never been made."""
        return _changed(reception.undo(change))

    @visitors.get("/corrections/decisions")
    @needs(Scope.READ)
    @described("visitors", answer=list[DecisionTold])
    def decisions() -> ResponseReturnValue:
        """The latest decisions that can still be corrected."""
        return jsonify([decision_told(decision) for decision in store.decisions(_LISTED)])

    @visitors.get("/corrections/decisions/<decision>/face.jpg")
    @needs(Scope.READ)
    @described("visitors", media="image/jpeg", errors=("unknown_decision",))
    def decided_face(decision: str) -> ResponseReturnValue:
        """The face that was decided on."""
        return _picture(store.decision_picture(decision))

    return visitors


def visitor_told(visitor: Visitor) -> dict[str, Any]:
    return {
        "id": visitor.id,
        "label": visitor.label,
        "seen": visitor.seen,
        "first_seen": round(visitor.first_at, 3),
        "last_seen": round(visitor.last_at, 3),
        "camera": visitor.camera,
        "ignored": visitor.ignored,
    }


def decision_told(decision: RecordedDecision) -> dict[str, Any]:
    return {
        "event_id": decision.id,
        "timestamp": round(decision.at, 3),
        "camera": decision.camera,
        "status": decision.status.value,
        "reason": decision.reason.value if decision.reason else None,
        "name": decision.person,
        "distance": None if decision.distance is None else round(decision.distance, 4),
        "visitor": decision.visitor,
        "corrected_by": decision.corrected_by,
    }


def change_told(change: Change) -> dict[str, Any]:
    told = {member: value for member, value in asdict(change).items() if member not in {"at", "decision", "person", "words"}}
    return {**told, "timestamp": round(change.at, 3), "event_id": change.decision, "name": change.person, "message": change.words}


def _changed(change: Change) -> Response:
    about(f"change {change.id}", change.words)
    return jsonify({"success": True, "change": change_told(change), "message": change.words})


def _picture(data: bytes | None) -> Response:
    if data is None:
        raise NotFound("no picture was kept")
    return Response(data, mimetype="image/jpeg", headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})


def _number(field: str) -> int:
    value = request.form.get(field)
    if value is None:
        raise MissingField(field, "send the number of a visitor")
    if not value.isascii() or not value.isdigit() or len(value) > 15:
        raise BadField(field, "expected the number of a visitor")
    return int(value)
