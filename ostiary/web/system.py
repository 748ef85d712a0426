"""How machine and door are doing, now and over the last day; and starting anew."""

from __future__ import annotations

from typing import Any, Literal

from flask import Blueprint, Response, after_this_request, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import Field

from ostiary.scopes import Scope
from ostiary.system import System
from ostiary.telemetry import MEASURES, Sample
from ostiary.web.audit import audited
from ostiary.web.auth import needs
from ostiary.web.describe import Done, Model, described


class Measures(Model):
    """One sample; null is what this machine cannot tell."""

    load: float | None = Field(description="processes that wanted a core, over the last minute")
    cpu: float | None = Field(description="share of all cores that was busy, 0 to 1")
    temperature_c: float | None = Field(description="of the hottest sensor")
    memory: float | None = Field(description="share of the machine's memory in use, 0 to 1")
    process_memory: float | None = Field(description="bytes of this program")
    disk_free: float | None = Field(description="bytes where the data lies")
    fps: float | None = Field(description="frames a second of all cameras together")
    latency_ms: float | None = Field(description="from capture to decision, of the last frame")


class Series(Model):
    """Samples by measure, oldest first; `at` in ms since 1970."""

    at: list[int]
    load: list[float | None]
    cpu: list[float | None]
    temperature_c: list[float | None]
    memory: list[float | None]
    process_memory: list[float | None]
    disk_free: list[float | None]
    fps: list[float | None]
    latency_ms: list[float | None]


class SpanQuery(Model):
    span: Literal["hour", "day"] = Field("hour", description="hour: every ten seconds; day: means of minutes")


class PipelineTold(Model):
    """Frames since the start."""

    processed: int = Field(description="searched for faces")
    rested: int = Field(description="not searched, since nothing moved")
    skipped: int = Field(description="passed over to keep MAX_FPS")
    stale: int = Field(description="too old when their turn came")
    passes: int


class WebhooksTold(Model):
    """Webhooks since the start."""

    delivered: int
    expired: int
    failed: int


class LossTold(Model):
    """Since the start; a reader that is slow loses what is old, never holds up a camera."""

    name: str
    lost: int


class StoredTold(Model):
    name: str
    size: int = Field(description="bytes")


class MachineTold(Model):
    model: str
    cores: int | None
    memory: int | None = Field(description="bytes")
    disk: int | None = Field(description="bytes where the data lies")
    uptime_s: float | None


class SystemTold(Model):
    machine: MachineTold
    now: Measures
    started_at: int = Field(description="when this program was, ms since 1970; another value after it was started anew")
    roles: list[str] = Field(description="what runs in this process, of api, detect and ws")
    versions: dict[str, str]
    pipeline: PipelineTold | None = Field(description="null where another process looks through the cameras")
    webhooks: WebhooksTold | None
    problems: list[str]
    warnings: list[str]
    losses: list[LossTold]
    stored: list[StoredTold]
    backup: bool = Field(description="whether the house can be backed up here: the demo cannot")


class ModelTold(Model):
    name: str
    state: str = Field(description="ready: its SHA-256 is right; available: at hand, converted at first use; missing: fetched at first use")
    licence: str
    origin: str
    size: int = Field(description="bytes")


def blueprint(system: System) -> Blueprint:
    routes = Blueprint("system", __name__)

    @routes.get("/system")
    @needs(Scope.READ)
    @described("system", answer=SystemTold)
    def now() -> ResponseReturnValue:
        """How machine and program are doing now."""
        return jsonify(_told(system))

    @routes.get("/system/samples")
    @needs(Scope.READ)
    @described("system", query=SpanQuery, answer=Series)
    def samples() -> ResponseReturnValue:
        """How they did before: an hour or a day, as far as this program has been running."""
        day = request.context.query.span == "day"  # type: ignore[attr-defined]
        return jsonify(_series(system.telemetry.day() if day else system.telemetry.recent()))

    @routes.get("/system/models")
    @needs(Scope.READ)
    @described("system", answer=list[ModelTold])
    def models() -> ResponseReturnValue:
        """The networks' files; each is read whole to check it."""
        return jsonify([ModelTold.model_validate(model).model_dump() for model in system.models()])

    @routes.post("/system/restart")
    @needs(Scope.ADMIN)
    @audited("system.restart")
    @described("system", answer=Done, errors=("would_not_start",))
    def restart() -> ResponseReturnValue:
        """Starts this program anew once the answer is sent; `started_at` of GET /system tells when it is back.

        Refused where it would fail, for then nobody could mend the settings from here.
        """
        system.require_startable()

        @after_this_request
        def then(response: Response) -> Response:
            response.call_on_close(system.restart)
            return response

        return jsonify({"success": True})

    return routes


def _told(system: System) -> dict[str, Any]:
    vitals, disk, detector = system.machine.look(), system.disk(), system.detector()
    return {
        "machine": {
            "model": system.machine.model(),
            "cores": system.cores,
            "memory": vitals.memory,
            "disk": disk.size if disk else None,
            "uptime_s": vitals.uptime_s,
        },
        "now": Measures.model_validate(system.now()).model_dump(),
        "started_at": round(system.started_at * 1000),
        "roles": sorted(system.roles),
        "versions": system.versions(),
        "pipeline": detector.get("pipeline") or None,
        "webhooks": detector.get("webhooks") or None,
        "problems": list(detector.get("problems", ())),
        "warnings": list(detector.get("warnings", ())),
        "losses": [LossTold.model_validate(loss).model_dump() for loss in system.losses()],
        "backup": "privacy.backup" in current_app.view_functions,
        "stored": [StoredTold.model_validate(stored).model_dump() for stored in system.stored()],
    }


def _series(samples: list[Sample]) -> dict[str, list[Any]]:
    columns = {name: [_rounded(getattr(sample, name)) for sample in samples] for name in MEASURES}
    return {"at": [round(sample.at * 1000) for sample in samples], **columns}


def _rounded(value: float | None) -> float | None:
    """Four digits are enough to draw."""
    return None if value is None else float(f"{value:.4g}")
