"""Every setting with its meaning, range and origin; and changes of `ostiary.toml`, in force from the next start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import Field

from ostiary.errors import BadField, OwnersOnly, SettingOverridden, SettingsError
from ostiary.scopes import Scope
from ostiary.settings import Origin, Shown, all_knobs, differing, effective
from ostiary.settings_file import SettingsFile, Wish
from ostiary.web.audit import about, audited
from ostiary.web.auth import asking, needs
from ostiary.web.describe import Model, described

Answer = TypeVar("Answer")


class SettingTold(Model):
    """One setting. `value` is what is in force, as text; that of a secret is masked."""

    name: str
    group: str = Field(description="the part of the house that it belongs to")
    value: str
    default: str
    meaning: str
    origin: str = Field(description="where the value came from: default, ostiary.toml, .env or environment")
    kind: str = Field(description="text, path, list, flag, choice, number or whole")
    choices: list[str]
    low: float | None
    high: float | None
    unit: str
    auto: bool = Field(description="whether `auto` may be given in place of a value")
    secret: bool = Field(description="can be set here, never read")
    owners: bool = Field(description="whether only an owner may change it")
    changeable: bool = Field(description="false where .env or the environment has the last word, or it is not for whoever asks")
    restart: bool = Field(description="whether a change waits for the next start")
    pending: bool = Field(description="whether the next start will change it")
    next: str = Field(description="the value after the next start, as text")


class SettingsTold(Model):
    settings: list[SettingTold]
    file: str = Field(description="where changes are written")
    problem: str | None = Field(description="why the next start would fail, in words")


class Changes(Model):
    changes: dict[str, str | bool | int | float | list[str] | None] = Field(
        description="new values by name; null, like an empty text, goes back to the default", min_length=1
    )


class Changed(Model):
    success: bool
    pending: list[str] = Field(description="settings that the next start will change")


def blueprint(file: SettingsFile) -> Blueprint:
    routes = Blueprint("settings", __name__)

    @routes.get("/settings")
    @needs(Scope.ADMIN)
    @described("settings", answer=SettingsTold)
    def listed() -> ResponseReturnValue:
        """Every setting in force, and what the next start will change."""
        after, problem = file.loaded, None
        try:
            after = file.read()
        except SettingsError as error:
            problem = str(error)
        pending = differing(file.loaded, after)
        settings = [_told(now, then, pending) for now, then in zip(effective(file.loaded), effective(after), strict=True)]
        return jsonify({"settings": settings, "file": str(file.path), "problem": problem})

    @routes.put("/settings")
    @needs(Scope.ADMIN)
    @audited("settings.change")
    @described("settings", json=Changes, answer=Changed, errors=("setting_overridden", "owners_only", "unsupported_type"))
    def change() -> ResponseReturnValue:
        """Writes changes to ostiary.toml: all of them, or, where one cannot be used, none."""
        changes = request.context.json.changes  # type: ignore[attr-defined]
        _check_owner(changes)
        with_words(lambda: file.change(changes))
        about(", ".join(sorted(changes)), _noted(changes))
        return jsonify({"success": True, "pending": sorted(file.pending())})

    return routes


def _check_owner(changes: Mapping[str, Wish]) -> None:
    """Raises OwnersOnly. Whoever sets API_KEY knows it, and would be an owner after the next start."""
    theirs = [name for name, declared in all_knobs() if declared.metadata["owners"] and name in changes]
    if theirs and not asking().owns:
        raise OwnersOnly(f"change {', '.join(theirs)}")


def with_words(change: Callable[[], Answer]) -> Answer:
    """Runs a change or a trial of settings; what cannot be used is the sender's to mend. Raises BadField and SettingOverridden."""
    try:
        return change()
    except SettingOverridden:
        raise
    except SettingsError as error:
        raise BadField(error.knob, error.problem) from None


def _noted(changes: Mapping[str, Wish]) -> str:
    """What the record keeps: names and values, of secrets the names alone."""
    secret = {name for name, declared in all_knobs() if declared.metadata["secret"] or declared.metadata["masked"]}
    return ", ".join(f"{name}={'********' if name in secret else wish}" for name, wish in sorted(changes.items()))[:500]


def _told(now: Shown, then: Shown, pending: set[str]) -> dict[str, Any]:
    told = asdict(now)
    allowed = told.pop("allowed")
    changeable = then.origin in (Origin.DEFAULT, Origin.FILE) and (asking().owns or not now.owners)
    return {**told, **allowed, "changeable": changeable, "restart": True, "pending": now.name in pending, "next": then.value}
