"""The cameras: how each does, a trial of a new one, and which there are from the next start on."""

from __future__ import annotations

import base64

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import Field

from ostiary.cameras import Camera, Cameras, masked
from ostiary.errors import MissingField
from ostiary.scopes import Scope
from ostiary.web.audit import about, audited
from ostiary.web.auth import needs
from ostiary.web.describe import Done, Model, described
from ostiary.web.settings import with_words

_NAME = r"^[\w-]{1,32}$"
_SOURCE = Field(description="camera index, rtsp:// or http:// address, file, folder or demo", min_length=1, max_length=2000)


class CameraTold(Model):
    """One camera. Its counters are null where this process does not run it."""

    name: str
    source: str = Field(description="without user name and password")
    state: str | None = Field(description="connecting, live, lost or ended; null where this process does not run it")
    problem: str | None = Field(description="why it is lost, and what to do")
    fps: float | None
    frames: int | None
    dropped: int | None = Field(description="frames that came while an older one was still being looked at")
    repeated: int | None = Field(description="frames that were the same picture as the one before")
    reconnects: int | None
    last_frame_at: int | None = Field(description="ms since 1970")
    pending: str | None = Field(description="what the next start does: added, removed, changed")


class CamerasTold(Model):
    cameras: list[CameraTold]
    overridden: str | None = Field(description="where VIDEO_SOURCE is set, if not in ostiary.toml: it can be changed only there")


class CameraBody(Model):
    name: str = Field(pattern=_NAME)
    source: str = _SOURCE


class CameraChange(Model):
    """What is left out stays as it is."""

    name: str | None = Field(None, pattern=_NAME)
    source: str | None = Field(None, min_length=1, max_length=2000)


class TrialBody(Model):
    """Either a source that is not in use yet, or the name of a camera."""

    source: str | None = Field(None, min_length=1, max_length=2000)
    name: str | None = Field(None, pattern=_NAME)


class TrialTold(Model):
    width: int
    height: int
    fps: float | None = Field(description="pictures a second; null where only one came")
    jpeg: str = Field(description="one picture, base64, at most 640 across")


_CHANGES = ("bad_source", "setting_overridden", "unsupported_type")


def blueprint(cameras: Cameras) -> Blueprint:
    routes = Blueprint("cameras", __name__)

    @routes.get("/cameras")
    @needs(Scope.READ)
    @described("cameras", answer=CamerasTold)
    def listed() -> ResponseReturnValue:
        """Every camera: those at work, and those that the next start brings."""
        return jsonify({"cameras": [_told(camera) for camera in cameras.listed()], "overridden": cameras.overridden})

    @routes.post("/cameras")
    @needs(Scope.ADMIN)
    @audited("camera.add")
    @described("cameras", json=CameraBody, answer=Done, errors=_CHANGES)
    def add() -> ResponseReturnValue:
        """Adds a camera, at work from the next start on. The first one takes the place of the demo."""
        body: CameraBody = request.context.json  # type: ignore[attr-defined]
        with_words(lambda: cameras.add(body.name, body.source))
        about(body.name, _noted(body.source))
        return jsonify({"success": True})

    @routes.post("/cameras/test")
    @needs(Scope.ADMIN)
    @audited("camera.test")
    @described("cameras", json=TrialBody, answer=TrialTold, errors=(*_CHANGES, "unknown_camera"))
    def test() -> ResponseReturnValue:
        """Opens a source for a moment and answers what it delivers, or why not; up to 20 s, two at a time."""
        body: TrialBody = request.context.json  # type: ignore[attr-defined]
        if not body.source and not body.name:
            raise MissingField("source", "send a source, or the name of a camera")
        trial = with_words(lambda: cameras.try_source(body.source) if body.source else cameras.try_camera(body.name or ""))
        about(body.name or _noted(body.source or ""))
        fps = None if trial.fps is None else round(trial.fps, 1)
        return jsonify({"width": trial.width, "height": trial.height, "fps": fps, "jpeg": base64.b64encode(trial.jpeg).decode()})

    @routes.patch("/cameras/<name>")
    @needs(Scope.ADMIN)
    @audited("camera.change")
    @described("cameras", json=CameraChange, answer=Done, errors=(*_CHANGES, "unknown_camera"))
    def change(name: str) -> ResponseReturnValue:
        """Renames a camera, or gives it another source, from the next start on."""
        body: CameraChange = request.context.json  # type: ignore[attr-defined]
        with_words(lambda: cameras.change(name, new_name=body.name, source=body.source))
        about(name, f"now {body.name or name}" + (f", {_noted(body.source)}" if body.source else ""))
        return jsonify({"success": True})

    @routes.delete("/cameras/<name>")
    @needs(Scope.ADMIN)
    @audited("camera.remove")
    @described("cameras", answer=Done, errors=("setting_overridden", "unknown_camera"))
    def remove(name: str) -> ResponseReturnValue:
        """Removes a camera, from the next start on."""
        with_words(lambda: cameras.remove(name))
        return jsonify({"success": True})

    return routes


def _noted(source: str) -> str:
    """A source as the record keeps it: one, whose password may hold a comma."""
    return masked(source.replace(",", "%2C"))


def _told(camera: Camera) -> dict[str, object]:
    status = camera.status
    at = status.last_frame_at if status else None
    return {
        "name": camera.name,
        "source": camera.source,
        "state": status.state if status else None,
        "problem": status.problem if status else None,
        "fps": round(status.fps, 1) if status else None,
        "frames": status.frames if status else None,
        "dropped": status.dropped if status else None,
        "repeated": status.repeated if status else None,
        "reconnects": status.reconnects if status else None,
        "last_frame_at": None if at is None else round(at * 1000),
        "pending": camera.pending,
    }
