"""The composition root: with `assembly/`, the only place that turns settings into objects, for one process or for three.

The threads, by name: `main` (waits and watches over the others), `hub` (asyncio), `api` (and waitress's pool), `gallery`
(follows the file), `history` (writes events), `history-sink` (tells it who came), `camera-watch` (and which cameras are lost),
`schedule` (follows people's dates), `housekeeping` (forgets who expired), `visitors` (keeps who came unknown), `capture-NAME`
for each camera (daemons: a dead camera can hold a read for ever), `pipeline`,
`spoofs` (keeps pictures of who tried), `stream` (draws and encodes), `publisher`, `webhook-N` for each receiver, `status`, `window`, and the demo's `gate`;
beside the API `telemetry` (samples the machine), `calibrate` (looks after that command) and, while a source is tried, `camera-trial` (a daemon).
What a role does not need is not imported: the hub's process holds no OpenCV.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from ostiary.assembly.house import House, Hung
from ostiary.assembly.stores import prepared
from ostiary.errors import SourceError
from ostiary.launch import Launch
from ostiary.settings import Settings

log = logging.getLogger(__name__)


def run(
    roles: set[str],
    settings: Settings,
    stop: threading.Event,
    *,
    tell: Callable[[str], None],
    demo_if_no_camera: bool = False,
    launch: Launch | None = None,
) -> None:
    """Runs `roles` (of ws, detect, api) until `stop`. `tell` reports to a supervisor such as systemd. Raises OstiaryError and Hung.

    Without `launch` the settings cannot be changed, nor the program started anew, from the dashboard.
    """
    if demo_if_no_camera and "VIDEO_SOURCE" not in settings.given and not _camera_is_there(settings):
        log.warning("no camera was named (VIDEO_SOURCE) and none is there: playing the demo")
        settings = replace(settings, camera=replace(settings.camera, video_source="demo"))
    with ExitStack() as stack:
        house = House(prepared(with_own_publisher(roles, settings)), stop, stack, launch)
        _open(house, roles)
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


def _open(house: House, roles: set[str]) -> None:
    if "ws" in roles:
        from ostiary.assembly.hub import open_hub

        open_hub(house)
    if "api" in roles:
        from ostiary.assembly.api import open_api

        open_api(house)
    if "detect" in roles:
        from ostiary.assembly.detector import open_detector

        open_detector(house)
    log.info("ready%s; Ctrl-C stops", f": open {house.page}" if house.page else "")


def _camera_is_there(settings: Settings) -> bool:
    from ostiary.stream.source import open_source

    try:
        open_source(settings.camera.video_source).close()
    except SourceError:
        return False
    return True
