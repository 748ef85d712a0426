"""Forgetting people wholly, for whoever may answer for it."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from pydantic import Field

from ostiary.scopes import Scope
from ostiary.web.audit import about, audited
from ostiary.web.auth import needs
from ostiary.web.describe import Model, described


class Forgetter(Protocol):
    """What this room needs of the engine. What returned is nowhere on disk any more."""

    def forget(self, name: str) -> Counter[str]: ...


class Forgotten(Model):
    success: bool = True
    erased: dict[str, int] = Field(description="how much there was, by kind: examples, photos, events, visitors, ...")


def blueprint(engine: Forgetter) -> Blueprint:
    privacy = Blueprint("privacy", __name__)

    @privacy.post("/people/<name>/forget")
    @needs(Scope.ADMIN)
    @audited("person.forget")
    @described("people", answer=Forgotten, errors=("bad_name", "unknown_name"))
    def forget(name: str) -> ResponseReturnValue:
        """Erases all that is known of a person. A record without the name stays: when, who asked, how much there was."""
        erased = engine.forget(name)
        about("", ", ".join(f"{count} {kind}" for kind, count in sorted(erased.items()) if count))  # and not the name
        return jsonify({"success": True, "erased": dict(erased)})

    return privacy
