"""The composition root: the only place that turns settings into objects, for one process or for three.

The threads, by name: `main` (waits and watches over the others), `hub` (asyncio), `api` (and waitress's pool), `gallery`
(follows the file), `visitors` (keeps who came unknown), `capture-NAME` for each camera (daemons: a dead camera can hold a read for ever), `pipeline`,
`spoofs` (keeps pictures of who tried), `stream` (draws and encodes), `publisher`, `webhook-N` for each receiver, `status`, `window`, and the demo's `gate`.
What a role does not need is not imported: the hub's process holds no OpenCV.
"""

from __future__ import annotations

import base64
import logging
import secrets
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ostiary import folders, service
from ostiary.errors import ModelError, SettingsError, SourceError, VisitorsUnavailable
from ostiary.service import Watch
from ostiary.settings import CameraSettings, Settings

if TYPE_CHECKING:
    from ostiary.domain import Sighting, Sink
    from ostiary.engine import FaceEngine
    from ostiary.lookout import Lookout
    from ostiary.sinks.journal import Journal
    from ostiary.stream.capture import Capture
    from ostiary.stream.frames import NewestFrames
    from ostiary.visitors.reception import Reception
    from ostiary.visitors.store import VisitorStore

log = logging.getLogger(__name__)

HANGS_S = 20.0
"""A thread that has not finished its turn for so long hangs; the process ends, for whoever supervises it to start anew."""
CAMERA_HANGS_S = 90.0
"""The same for cameras: they time out by themselves and wait between attempts, but a driver can hold a read for ever."""

VISITOR_JPEG_QUALITY = 90
"""Of the pictures kept of visitors, who may be encoded from them again once they are named."""


class Hung(Exception):
    """A thread hangs; only a new process helps."""


def run(
    roles: set[str], settings: Settings, stop: threading.Event, *, tell: Callable[[str], None], demo_if_no_camera: bool = False
) -> None:
    """Runs `roles` (of ws, detect, api) until `stop`. `tell` reports to a supervisor such as systemd. Raises OstiaryError and Hung."""
    if demo_if_no_camera and "VIDEO_SOURCE" not in settings.given and not _camera_is_there(settings):
        log.warning("no camera was named (VIDEO_SOURCE) and none is there: playing the demo")
        settings = replace(settings, camera=replace(settings.camera, video_source="demo"))
    with ExitStack() as stack:
        house = _House(prepared(with_own_publisher(roles, settings)), stop, stack)
        house.open(roles)
        tell("READY=1")
        try:
            house.watch(tell)
        except Hung:
            stack.pop_all()  # what hangs can be neither closed nor joined, and would keep the process from ending
            raise


def with_own_publisher(roles: set[str], settings: Settings) -> Settings:
    """Where the detector publishes to a hub in its own process, nobody else need: a token is drawn that only the two know.

    A PASS on the stream is then this detector's own, whoever may read there. WS_PUBLISH_TOKEN lets in others.
    """
    alone = {"ws", "detect"} <= roles and not settings.stream.publish_token and settings.publishes_to_own_hub
    return replace(settings, stream=replace(settings.stream, publish_token=secrets.token_urlsafe(32))) if alone else settings


def prepared(settings: Settings) -> Settings:
    """`settings` with private folders; the demo's people live in a gallery of their own, never in the owner's."""
    folders.private(settings.data.data_dir, "DATA_DIR")
    if is_demo(settings.camera):
        demo = settings.data.data_dir / "demo"
        settings = replace(settings, gallery=replace(settings.gallery, faces_dir=demo / "faces", db_path_given=None))
    folders.private(settings.gallery.faces_dir, "FACES_DIR")
    return settings


def is_demo(camera: CameraSettings) -> bool:
    """Raises SettingsError where the demo is one of several sources: its people must not meet a real gallery."""
    from ostiary.stream.source import parse_sources

    specs = [spec for _, spec in parse_sources(camera.video_source)]
    if "demo" in specs and len(specs) > 1:
        raise SettingsError("VIDEO_SOURCE", "demo", "the demo plays alone: name it, or cameras")
    return specs == ["demo"]


def open_engine(settings: Settings) -> FaceEngine:
    """The engine for a single command, with the folders that it needs."""
    return _engine(prepared(settings))


def _engine(settings: Settings) -> FaceEngine:
    """An engine that, when it forgets somebody, has everybody else forget them too."""
    from ostiary.engine import FaceEngine

    engine = FaceEngine.from_settings(settings)
    engine.when_forgotten.append(visitor_store(settings).forget_person)
    return engine


def visitor_store(settings: Settings) -> VisitorStore:
    """Who came unknown; in the demo, a store of its own."""
    from ostiary.visitors.store import VisitorStore

    folder = settings.data.data_dir / "demo" if is_demo(settings.camera) else settings.data.data_dir
    return VisitorStore(folder / "visitors", settings.visitors.most, settings.visitors.days)


def open_reception(settings: Settings) -> Reception:
    from ostiary.visitors.reception import Reception

    return Reception(visitor_store(settings), open_engine(settings))


class _House:
    """The objects of one process. Everything opened is closed by `stack`, in reverse."""

    def __init__(self, settings: Settings, stop: threading.Event, stack: ExitStack):
        self._settings, self._stop, self._stack = settings, stop, stack
        self._watch = Watch()
        self._engine: FaceEngine | None = None
        self._status: Callable[[], dict[str, Any]] = dict
        self._page: str | None = None

    def open(self, roles: set[str]) -> None:
        if "ws" in roles:
            self._open_hub()
        if "api" in roles:
            self._open_api()
        if "detect" in roles:
            self._open_detector()
        log.info("ready%s; Ctrl-C stops", f": open {self._page}" if self._page else "")

    def watch(self, tell: Callable[[str], None]) -> None:
        """Until `stop`: raises Hung as soon as a thread hangs or has died."""
        while not self._stop.wait(1):
            if (hung := self._watch.look()) and not self._stop.is_set():
                raise Hung(", ".join(hung))
            tell("WATCHDOG=1")

    def _spawn(self, worker: service.Service, name: str) -> None:
        self._watch.add(service.spawn(self._stack, worker, self._stop, name), HANGS_S)

    def _serve(self, run_until_stop: Callable[[], None], name: str) -> None:
        """A thread whose one turn lasts until the end."""
        self._watch.add(service.spawn(self._stack, _Serving(run_until_stop), self._stop, name))

    def _the_engine(self) -> FaceEngine:
        """The one engine of this process, following the gallery's file."""
        if self._engine is None:
            self._engine = _engine(self._settings)  # the folders were prepared by `run`
            self._engine.watcher.refresh()
            self._spawn(self._engine.watcher, "gallery")
            self._stack.callback(self._engine.watcher.close)
        return self._engine

    def _open_hub(self) -> None:
        from ostiary.hub.server import Hub

        hub = Hub(self._settings.hub, self._settings.stream)
        hub.open()
        publishers_left = threading.Event()  # the hub closes last, so that nobody of this house loses it
        self._serve(lambda: hub.run(publishers_left), "hub")
        self._stack.callback(publishers_left.set)

    def _open_api(self) -> None:
        from ostiary.visitors.reception import Reception
        from ostiary.web.app import create_app
        from ostiary.web.page import StreamAddress
        from ostiary.web.server import serve

        settings = self._settings
        stream = StreamAddress(settings.hub.port, settings.stream.token) if settings.stream.enable else None
        engine = self._the_engine()
        reception = Reception(visitor_store(settings), engine)
        app = create_app(engine, settings.api, settings.limits, stream_page=stream, health_report=self._health, reception=reception)
        server = serve(app, settings.api, settings.limits)
        self._serve(server.run, "api")
        self._stack.callback(server.close)
        host = f"[{settings.api.host}]" if ":" in settings.api.host else settings.api.host
        self._page = f"http://{host}:{server.port}/"

    def _health(self) -> dict[str, Any]:
        """What the API may tell of the rest of this process; empty where there is no detector in it."""
        return {member: value for member, value in self._status().items() if member != "type"}

    def _open_detector(self) -> None:
        from ostiary.lookout import Lookout
        from ostiary.sinks.journal import Journal
        from ostiary.sinks.pass_log import PassLog
        from ostiary.stream.alive import LiveRules
        from ostiary.stream.cooldown import Cooldowns, system_clock
        from ostiary.stream.decide import Rules
        from ostiary.stream.frames import NewestFrames
        from ostiary.stream.pipeline import Pipeline, PipelineOptions, Stages
        from ostiary.wire import status_message

        settings, engine = self._settings, self._the_engine()
        if is_demo(settings.camera):
            settings = self._open_demo(settings, engine)
        lookout = Lookout(engine)
        data, decision = settings.data.data_dir, settings.decision
        cooldowns = Cooldowns(data / "cooldowns.json", decision.cooldown_s, system_clock())
        cooldowns.load()
        journal = Journal(data / "webhooks.log")
        journal.open()
        live = LiveRules(settings.liveness.mode, settings.liveness.threshold, settings.liveness.challenge)
        _require_landmarks(settings, engine.encoder_name)
        rules = Rules(decision.confirm_frames, decision.confirm_window_s, live)
        examine, blind = _open_liveness(settings)
        examine = _open_challenge(settings, examine)
        stages = Stages(lookout.detect, lookout.probe, lookout.gallery, lookout.rule, cooldowns.spend, examine)
        options = PipelineOptions(rules, settings.camera.max_frame_age_s, settings.camera.max_fps, settings.camera.motion_gate)
        frames = NewestFrames()
        sinks: list[Sink] = [PassLog(), *self._open_webhooks(settings, journal), *self._open_window(settings)]
        if settings.liveness.mode != "off":
            sinks.append(self._open_spoof_log(data))
        captures = self._open_captures(settings, frames)
        pipeline = Pipeline(frames, stages, sinks, options)

        def status() -> dict[str, Any]:
            problems = [problem for problem in (lookout.problem, blind) if problem]
            cameras = [capture.status() for capture in captures]
            return {
                **status_message(cameras, journal.summary(), asdict(pipeline.status)),
                "problems": problems,
                "warnings": pipeline.warnings(),
            }

        self._status = status
        if settings.stream.enable:
            sinks.append(self._open_stream(settings))
        if settings.visitors.enable:
            sinks.append(self._open_visitors(settings, engine, lookout))
        self._spawn(pipeline, "pipeline")

    def _open_demo(self, settings: Settings, engine: FaceEngine) -> Settings:
        """Enrols the demo's resident and sets up a gate to look at: the demo never opens a real one."""
        from ostiary.demo_gate import DemoGate
        from ostiary.stream.demo import ENROLLED, portraits

        name, portrait = ENROLLED
        if name not in engine.gallery:
            engine.register(name, portraits(_portraits_dir(settings))[portrait])
        if settings.webhook.urls:
            log.warning("the demo opens only a gate of its own: WEBHOOK_URL is not used")
        gate = DemoGate("whsec_" + base64.b64encode(secrets.token_bytes(24)).decode())
        gate.start(self._stack)
        return replace(settings, webhook=replace(settings.webhook, urls=(gate.url,), secret=gate.secret))

    def _open_captures(self, settings: Settings, frames: NewestFrames) -> list[Capture]:
        from ostiary.stream.capture import Capture
        from ostiary.stream.source import SourceOptions, open_source, parse_sources

        camera = settings.camera
        options = SourceOptions(camera.freeze_timeout_s, _portraits_dir(settings))
        captures = []
        for name, spec in parse_sources(camera.video_source):
            capture = Capture(
                name,
                spec,
                frames,
                self._stop,
                open_source=lambda spec: open_source(spec, options),
                freeze_timeout_s=camera.freeze_timeout_s,
            )
            self._stack.callback(capture.close)
            self._watch.add(service.spawn(self._stack, capture, self._stop, f"capture-{name}", daemon=True), CAMERA_HANGS_S)
            captures.append(capture)
        return captures

    def _open_stream(self, settings: Settings) -> Sink:
        from ostiary.hub.client import Publisher
        from ostiary.sinks.status import StatusReport
        from ostiary.sinks.stream import StreamSink

        stream = settings.stream
        publisher = self._stack.enter_context(Publisher(stream.url, stream.publish_token or stream.token))
        sink = StreamSink(publisher.publish, stream, settings.camera.draw, frames_wanted=lambda: publisher.frames_wanted)
        self._spawn(publisher, "publisher")
        self._spawn(sink, "stream")
        self._spawn(StatusReport(publisher.publish, self._status, self._stop), "status")
        return sink

    def _open_visitors(self, settings: Settings, engine: FaceEngine, lookout: Lookout) -> Sink:
        from ostiary.vision.image import encode_jpeg
        from ostiary.visitors.sink import VisitorsSink

        store = visitor_store(settings)
        try:
            if not engine.gallery_problem:
                store.keep_only(engine.gallery.names)  # who was forgotten by a program that did not tell
        except VisitorsUnavailable as error:
            log.error("visitors are not kept: %s", error)  # the door works without
        sink = VisitorsSink(
            store,
            encoder_id=lambda: lookout.encoder_id,
            is_known=lambda name: name in engine.watcher.gallery,
            encode_picture=lambda picture: encode_jpeg(picture, VISITOR_JPEG_QUALITY),
        )
        self._spawn(sink, "visitors")
        self._stack.callback(sink.close)
        return sink

    def _open_spoof_log(self, data_dir: Path) -> Sink:
        from ostiary.sinks.spoof_log import SpoofLog

        spoofs = SpoofLog(data_dir / "spoofs")
        self._spawn(spoofs, "spoofs")
        return spoofs

    def _open_window(self, settings: Settings) -> list[Sink]:
        if not settings.camera.show_window:
            return []
        from ostiary.sinks.draw import draw
        from ostiary.sinks.window import WindowSink, require_windows

        require_windows()
        window = WindowSink(draw)
        self._spawn(window, "window")
        return [window]

    def _open_webhooks(self, settings: Settings, journal: Journal) -> list[Sink]:
        from ostiary.sinks.webhook import open_webhooks

        sinks = open_webhooks(settings.webhook, journal)
        for number, sink in enumerate(sinks, start=1):
            self._spawn(sink, f"webhook-{number}")
            self._stack.callback(sink.close)
        return list(sinks)


def _require_landmarks(settings: Settings, encoder: str) -> None:
    """Raises SettingsError where a challenge could not be followed, so that nobody would pass."""
    from ostiary.vision.eyes import detector_for

    if settings.liveness.challenge != "none" and detector_for(settings.vision, encoder) != "yunet":
        raise SettingsError("CHALLENGE", settings.liveness.challenge, "needs DETECTOR=yunet: the others find no eyes, nose and mouth")


def _open_liveness(settings: Settings) -> tuple[Callable[..., list[Sighting]], str | None]:
    """The stage that LIVENESS asks for, and what is wrong with it: `warn` goes on without its weights, `enforce` raises ModelError."""
    from ostiary.stream.alive import Examine, unexamined
    from ostiary.vision.liveness import open_liveness

    if settings.liveness.mode == "off":
        return unexamined, None
    try:
        return Examine(open_liveness(settings.data.models_dir, settings.vision.provider, settings.vision.threads)), None
    except ModelError as error:
        if settings.liveness.mode == "enforce":
            raise
        problem = f"LIVENESS=warn sees only what moves as a flat thing: {error}"
        log.error("%s", problem)
        return Examine(None), problem


def _open_challenge(settings: Settings, examine: Callable[..., list[Sighting]]) -> Callable[..., list[Sighting]]:
    """`examine`, and what the challenge needs beside it. Raises ModelError where that cannot be had: nobody could pass."""
    if settings.liveness.challenge != "blink":
        return examine
    from ostiary.stream.blink import WithEyes
    from ostiary.vision.eyelids import open_eyelids

    return WithEyes(examine, open_eyelids(settings.data.models_dir, settings.vision.provider, settings.vision.threads))


class _Serving:
    """Something that serves until the end, as a service of one long turn."""

    def __init__(self, run_until_stop: Callable[[], None]):
        self.step = run_until_stop


def _camera_is_there(settings: Settings) -> bool:
    from ostiary.stream.source import open_source

    try:
        open_source(settings.camera.video_source).close()
    except SourceError:
        return False
    return True


def _portraits_dir(settings: Settings) -> Path:
    return settings.data.data_dir / "demo" / "portraits"
