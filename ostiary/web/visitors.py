"""Who came unknown, what was decided lately, and the owner's say about both."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from ostiary.errors import BadField, MissingField
from ostiary.scopes import Scope
from ostiary.visitors.reception import Reception
from ostiary.visitors.values import Change, RecordedDecision, Visitor
from ostiary.web import forms
from ostiary.web.auth import needs

_LISTED = 200


def blueprint(reception: Reception) -> Blueprint:
    visitors = Blueprint("visitors", __name__)
    store = reception.store

    @visitors.before_request
    def brings_a_form() -> None:
        if request.method == "POST":
            forms.require_form()

    @visitors.get("/visitors")
    @needs(Scope.READ)
    def listed() -> ResponseReturnValue:
        return jsonify([visitor_told(visitor) for visitor in store.visitors(ignored=request.args.get("ignored") == "1")])

    @visitors.get("/visitors/<int:visitor>/face.jpg")
    @needs(Scope.READ)
    def face(visitor: int) -> ResponseReturnValue:
        return _picture(store.visitor_picture(visitor))

    @visitors.post("/visitors/<int:visitor>/name")
    @needs(Scope.ENROL)
    def name(visitor: int) -> ResponseReturnValue:
        return _changed(reception.name(visitor, forms.name(), force=forms.flag("force")))

    @visitors.post("/visitors/<int:visitor>/merge")
    @needs(Scope.ENROL)
    def merge(visitor: int) -> ResponseReturnValue:
        return _changed(reception.merge(visitor, _number("into")))

    @visitors.post("/visitors/<int:visitor>/ignore")
    @needs(Scope.ENROL)
    def ignore(visitor: int) -> ResponseReturnValue:
        return _changed(reception.ignore(visitor))

    @visitors.post("/visitors/<int:visitor>/forget")
    @needs(Scope.ENROL)
    def forget(visitor: int) -> ResponseReturnValue:
        reception.forget(visitor)
        return jsonify({"success": True})

    @visitors.get("/corrections")
    @needs(Scope.READ)
    def changes() -> ResponseReturnValue:
        return jsonify([change_told(change) for change in store.changes(_LISTED)])

    @visitors.post("/corrections")
    @needs(Scope.ENROL)
    def correct() -> ResponseReturnValue:
        decision = request.form.get("event_id")
        if not decision:
            raise MissingField("event_id", "send the decision's event_id, as GET /corrections/decisions lists it")
        name = forms.name() if request.form.get("name") else None
        return _changed(reception.correct(decision, name, force=forms.flag("force")))

    @visitors.post("/corrections/<int:change>/undo")
    @needs(Scope.ENROL)
    def undo(change: int) -> ResponseReturnValue:
        return _changed(reception.undo(change))

    @visitors.get("/corrections/decisions")
    @needs(Scope.READ)
    def decisions() -> ResponseReturnValue:
        return jsonify([decision_told(decision) for decision in store.decisions(_LISTED)])

    @visitors.get("/corrections/decisions/<decision>/face.jpg")
    @needs(Scope.READ)
    def decided_face(decision: str) -> ResponseReturnValue:
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
