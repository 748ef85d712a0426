"""Who is told what the pipeline saw: each sink with its thread."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ostiary.assembly.access import publishing_token, trust
from ostiary.assembly.history import open_history_sink
from ostiary.assembly.house import House
from ostiary.assembly.stores import spoof_pictures, visitor_store
from ostiary.errors import VisitorsUnavailable
from ostiary.settings import Settings
from ostiary.track_ids import TrackIds

if TYPE_CHECKING:
    from ostiary.domain import Sink
    from ostiary.hub.client import Publisher
    from ostiary.lookout import Lookout
    from ostiary.sinks.journal import Journal

log = logging.getLogger(__name__)

VISITOR_JPEG_QUALITY = 90
"""Of the pictures kept of visitors, who may be encoded from them again once they are named."""


def open_publisher(house: House, settings: Settings) -> Publisher | None:
    """The connection to the hub, where the stream is wanted."""
    if not settings.stream.enable:
        return None
    from ostiary.hub.client import Publisher

    stream = settings.stream
    publisher = house.stack.enter_context(Publisher(stream.url, publishing_token(settings), trust=trust(settings)))
    house.spawn(publisher, "publisher")
    house.losses["to the broadcast server"] = lambda: publisher.dropped
    return publisher


def open_sinks(house: House, settings: Settings, lookout: Lookout, journal: Journal, publisher: Publisher | None) -> list[Sink]:
    """All of them, as `settings` ask: which are the demo's where that plays."""
    from ostiary.sinks.pass_log import PassLog

    sinks: list[Sink] = [PassLog(), *_webhooks(house, settings, journal)]
    if settings.camera.show_window:
        sinks.append(_window(house))
    if settings.liveness.mode != "off":
        sinks.append(_spoof_log(house))
    if publisher:
        sinks.append(_stream(house, settings, publisher))
    ids = TrackIds()
    if settings.visitors.enable:
        sinks.append(_visitors(house, lookout, ids))
    if settings.history.enable:
        sinks.append(open_history_sink(house, house.history, ids))
    return sinks


def open_status_report(house: House, publisher: Publisher) -> None:
    """Publishes now and then what `house.status` tells."""
    from ostiary.sinks.status import StatusReport

    house.spawn(StatusReport(publisher.publish, house.status, house.stop), "status")


def _stream(house: House, settings: Settings, publisher: Publisher) -> Sink:
    from ostiary.sinks.stream import StreamSink

    sink = StreamSink(publisher.publish, settings.stream, settings.camera.draw, frames_wanted=lambda: publisher.frames_wanted)
    house.spawn(sink, "stream")
    house.losses["pictures to draw"] = lambda: sink.skipped
    return sink


def _visitors(house: House, lookout: Lookout, ids: TrackIds) -> Sink:
    from ostiary.vision.image import encode_jpeg
    from ostiary.visitors.sink import VisitorsSink

    engine, store = house.engine, visitor_store(house.settings)
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
        ids=ids,
    )
    house.spawn_patient(sink, "visitors")
    house.troubles.append(lambda: sink.problem)
    house.stack.callback(sink.close)
    return sink


def _spoof_log(house: House) -> Sink:
    from ostiary.sinks.spoof_log import SpoofLog

    spoofs = SpoofLog(spoof_pictures(house.settings))
    house.spawn_patient(spoofs, "spoofs")
    return spoofs


def _window(house: House) -> Sink:
    from ostiary.sinks.draw import draw
    from ostiary.sinks.window import WindowSink, require_windows

    require_windows()
    window = WindowSink(draw)
    house.spawn(window, "window")
    return window


def _webhooks(house: House, settings: Settings, journal: Journal) -> list[Sink]:
    from ostiary.sinks.webhook import open_webhooks

    sinks = open_webhooks(settings.webhook, journal)
    for number, sink in enumerate(sinks, start=1):
        house.spawn(sink, f"webhook-{number}")
        house.stack.callback(sink.close)
    return list(sinks)
