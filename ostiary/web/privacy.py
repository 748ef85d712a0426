"""Forgetting people wholly; the whole house as one file, and back. For whoever may answer for it."""

from __future__ import annotations

import time
from collections import Counter
from tempfile import TemporaryFile
from typing import IO, Annotated, Any, Protocol

from flask import Blueprint, jsonify, send_file
from flask.typing import ResponseReturnValue
from pydantic import Field
from spectree.model_adapter.pydantic_adapter import BaseFile

from ostiary.backup import Manifest
from ostiary.errors import OutOfScope
from ostiary.scopes import Scope
from ostiary.web import forms
from ostiary.web.audit import about, audited
from ostiary.web.auth import asking, needs
from ostiary.web.describe import Model, described
from ostiary.web.limits import RESTORE_PATH

TAR = "application/x-tar"


class Forgetter(Protocol):
    """What this room needs of the engine. What returned is nowhere on disk any more."""

    def forget(self, name: str) -> Counter[str]: ...


class Backups(Protocol):
    """What this room needs to have the house packed, and put back wholly or not at all."""

    def back_up(self, file: IO[bytes]) -> Manifest: ...

    def restore(self, file: IO[bytes]) -> Manifest: ...


class RestoreForm(Model, json_schema_extra={"required": ["backup"]}):
    backup: Annotated[Any, BaseFile] = Field(None, description="a file that GET /backup or 'ostiary backup' made")


class Restored(Model):
    success: bool = True
    at: int = Field(description="when the backup was made, in ms since 1970")
    files: int
    restart: bool = Field(
        description="whether the programs should be started anew: people are known at once, the rest may be held in memory"
    )


class Forgotten(Model):
    success: bool = True
    erased: dict[str, int] = Field(description="how much there was, by kind: examples, photos, events, visitors, ...")


def blueprint(engine: Forgetter, backups: Backups | None = None) -> Blueprint:
    privacy = Blueprint("privacy", __name__)

    @privacy.post("/people/<path:name>/forget")
    @needs(Scope.ADMIN)
    @audited("person.forget")
    @described("people", answer=Forgotten, errors=("bad_name", "unknown_name"))
    def forget(name: str) -> ResponseReturnValue:
        """Erases all that is known of a person. A record without the name stays: when, who asked, how much there was."""
        erased = engine.forget(name)
        about("", ", ".join(f"{count} {kind}" for kind, count in sorted(erased.items()) if count))  # and not the name
        return jsonify({"success": True, "erased": dict(erased)})

    if backups is None:
        return privacy

    @privacy.get("/backup")
    @needs(Scope.ADMIN)
    @audited("backup.take")
    @described("system", media=TAR)
    def backup() -> ResponseReturnValue:
        """Everything about people as one file, of this moment. The key, the settings and the models are not inside."""
        file = TemporaryFile()  # noqa: SIM115 - closed, and so gone, when it was sent
        try:
            backups.back_up(file)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        name = time.strftime("ostiary-%Y-%m-%d-%H%M.tar")
        response = send_file(file, TAR, as_attachment=True, download_name=name)
        response.headers["Cache-Control"] = "no-store"
        return response

    @privacy.post(RESTORE_PATH)
    @needs(Scope.ADMIN)
    @audited("backup.restore")
    @described("system", form=RestoreForm, answer=Restored, errors=("bad_backup", "too_large", "locked"))
    def restore() -> ResponseReturnValue:
        """Puts the house back to what a backup holds, all of it or nothing. Only an owner may."""
        principal = asking()
        if not principal.owns:
            raise OutOfScope(principal.name, "owner")
        manifest = backups.restore(forms.upload("backup", "ostiary.tar"))
        return jsonify({"success": True, "at": round(manifest.made_at * 1000), "files": len(manifest.files), "restart": True})

    return privacy
