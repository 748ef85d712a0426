"""The camera daemon: cameras, pipeline, sinks, and in the demo the gate that they open."""

from __future__ import annotations

import base64
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from ostiary.assembly.history import follow_outside
from ostiary.assembly.house import House
from ostiary.assembly.ledger import open_schedule
from ostiary.assembly.liveness import open_challenge, open_liveness_stage, require_landmarks
from ostiary.assembly.sinks import open_publisher, open_sinks, open_status_report
from ostiary.assembly.stores import is_demo, portraits_dir
from ostiary.settings import Settings

if TYPE_CHECKING:
    from ostiary.engine import FaceEngine
    from ostiary.lookout import Lookout
    from ostiary.records.watcher import Schedule
    from ostiary.sinks.journal import Journal
    from ostiary.stream.capture import Capture
    from ostiary.stream.frames import NewestFrames
    from ostiary.stream.pipeline import Pipeline, PipelineOptions, Stages

log = logging.getLogger(__name__)


def open_detector(house: House) -> None:
    from ostiary.lookout import Lookout
    from ostiary.sinks.journal import Journal
    from ostiary.stream.frames import NewestFrames
    from ostiary.stream.pipeline import Pipeline

    settings, engine = house.settings, house.engine
    if is_demo(settings.camera):
        settings = _open_demo(house, settings, engine)
    require_landmarks(settings, engine.encoder_name)
    lookout = Lookout(engine)
    journal = Journal(settings.data.data_dir / "webhooks.log", is_known=lambda name: name in engine.watcher.gallery)
    journal.open()
    schedule = open_schedule(house)
    stages, blind = _stages(settings, lookout, schedule)
    publisher = open_publisher(house, settings)
    sinks = open_sinks(house, settings, lookout, journal, publisher)
    frames = NewestFrames()
    captures = _open_captures(house, settings, frames)
    if settings.history.enable:
        follow_outside(house, house.history, captures, journal)
    pipeline = Pipeline(frames, stages, sinks, _options(settings))
    house.status = _status(
        captures,
        journal,
        pipeline,
        lambda: len(engine.watcher.gallery.names),
        lambda: [problem for problem in (lookout.problem, schedule.problem, blind) if problem],
        house.warnings,
    )
    house.cameras = lambda: [capture.status() for capture in captures]
    if publisher:
        open_status_report(house, publisher)
    house.spawn(pipeline, "pipeline")


def _stages(settings: Settings, lookout: Lookout, schedule: Schedule) -> tuple[Stages, str | None]:
    """What a frame passes, and what is wrong with the liveness stage among it."""
    from ostiary.stream.cooldown import Cooldowns, system_clock
    from ostiary.stream.pipeline import Stages

    cooldowns = Cooldowns(settings.data.data_dir / "cooldowns.json", settings.decision.cooldown_s, system_clock())
    cooldowns.load()
    examine, blind = open_liveness_stage(settings)
    examine = open_challenge(settings, examine)
    return Stages(lookout.detect, lookout.probe, lookout.gallery, lookout.rule, cooldowns.spend, examine, schedule.objections), blind


def _options(settings: Settings) -> PipelineOptions:
    from ostiary.stream.alive import LiveRules
    from ostiary.stream.decide import Rules
    from ostiary.stream.pipeline import PipelineOptions

    decision, liveness, camera = settings.decision, settings.liveness, settings.camera
    live = LiveRules(liveness.mode, liveness.threshold, liveness.challenge)
    rules = Rules(decision.confirm_frames, decision.confirm_window_s, live)
    return PipelineOptions(rules, camera.max_frame_age_s, camera.max_fps, camera.motion_gate)


def _open_captures(house: House, settings: Settings, frames: NewestFrames) -> list[Capture]:
    from ostiary.stream.capture import Capture
    from ostiary.stream.source import SourceOptions, open_source, parse_sources

    camera = settings.camera
    options = SourceOptions(camera.freeze_timeout_s, portraits_dir(settings))
    captures = []
    for name, spec in parse_sources(camera.video_source):
        capture = Capture(
            name,
            spec,
            frames,
            house.stop,
            open_source=lambda spec: open_source(spec, options),
            freeze_timeout_s=camera.freeze_timeout_s,
        )
        house.stack.callback(capture.close)
        house.spawn_camera(capture, f"capture-{name}")
        captures.append(capture)
    return captures


def _status(
    captures: Sequence[Capture],
    journal: Journal,
    pipeline: Pipeline,
    enrolled: Callable[[], int],
    problems: Callable[[], list[str]],
    warnings: Callable[[], list[str]],
) -> Callable[[], dict[str, Any]]:
    """What the detector tells of itself, whenever it is asked."""
    from ostiary.wire import status_message

    def status() -> dict[str, Any]:
        cameras = [capture.status() for capture in captures]
        told = status_message(cameras, journal.summary(), asdict(pipeline.status))
        return {**told, "enrolled": enrolled(), "problems": problems(), "warnings": [*pipeline.warnings(), *warnings()]}

    return status


def _open_demo(house: House, settings: Settings, engine: FaceEngine) -> Settings:
    """Enrols the demo's resident and sets up a gate to look at: the demo never opens a real one."""
    from ostiary.demo_gate import DemoGate
    from ostiary.stream.demo import ENROLLED, portraits

    name, portrait = ENROLLED
    if name not in engine.gallery:
        engine.register(name, portraits(portraits_dir(settings))[portrait])
    if settings.webhook.urls:
        log.warning("the demo opens only a gate of its own: WEBHOOK_URL is not used")
    gate = DemoGate("whsec_" + base64.b64encode(secrets.token_bytes(24)).decode())
    gate.start(house.stack)
    return replace(settings, webhook=replace(settings.webhook, urls=(gate.url,), secret=gate.secret))
