"""The owner's desk: settings, cameras, machine and proof, for the dashboard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ostiary.assembly.house import House
from ostiary.assembly.rehearsal import rehearse
from ostiary.assembly.stores import own_data, portraits_dir

if TYPE_CHECKING:
    from ostiary.settings_file import SettingsFile
    from ostiary.system import System
    from ostiary.web.auth import Access
    from ostiary.web.desk import Desk


def open_desk(house: House, access: Access) -> Desk | None:
    """None where the program was started in a way that cannot be repeated, as tests do."""
    if house.launch is None:
        return None
    from ostiary.calibrations import Calibrations
    from ostiary.cameras import Cameras
    from ostiary.settings_file import SettingsFile
    from ostiary.stream.source import SourceOptions
    from ostiary.stream.trial import Trials
    from ostiary.web.desk import Desk

    settings, launch = house.settings, house.launch
    file = SettingsFile(
        Path(), launch.environ, launch.loaded, lambda after: rehearse(after, launch.loaded, access, house.engine.encoder_name)
    )
    trials = Trials(SourceOptions(settings.camera.freeze_timeout_s, portraits_dir(settings)))
    playing = settings.camera.video_source
    cameras = Cameras(file, lambda: house.cameras(), trials, [Path(), settings.data.data_dir], playing)
    environ = {**launch.environ, "VIDEO_SOURCE": "demo"} if playing == "demo" else launch.environ
    calibrations = Calibrations(environ, house.stop)
    house.stack.callback(calibrations.close)
    house.spawn(calibrations, "calibrate")
    return Desk(file, cameras, _system(house, file), calibrations, own_data(settings) / "proof")


def _system(house: House, file: SettingsFile) -> System:
    from ostiary.machine import Machine, disk_of
    from ostiary.system import System
    from ostiary.telemetry import Doing, Telemetry
    from ostiary.vision.weights import catalogue

    assert house.launch is not None
    settings, machine = house.settings, Machine()

    def doing() -> Doing:
        cameras, latency_s = house.cameras(), house.status().get("pipeline", {}).get("latency_s")
        fps = sum(camera.fps for camera in cameras) if cameras else None
        return Doing(fps, None if latency_s is None else 1000 * latency_s)

    def told() -> dict[str, Any]:
        gallery = house.engine.gallery_problem
        return {**house.health(), "problems": [*([gallery] if gallery else []), *house.health().get("problems", ())]}

    telemetry = Telemetry(machine, lambda: disk_of(settings.data.data_dir), doing, house.stop)
    house.spawn(telemetry, "telemetry")
    return System(
        telemetry,
        machine,
        {"DATA_DIR": settings.data.data_dir, "FACES_DIR": settings.gallery.faces_dir},
        house.launch.roles,
        told,
        house.losses,
        lambda: catalogue(settings.data.models_dir),
        file.require_startable,
        house.launch.restart,
    )
