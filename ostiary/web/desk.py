"""What the house's owner sees to from the dashboard: settings, cameras, machine, proof."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint

from ostiary.calibrations import Calibrations
from ostiary.cameras import Cameras
from ostiary.settings_file import SettingsFile
from ostiary.system import System
from ostiary.web import cameras, proof, settings, system


@dataclass(frozen=True)
class Desk:
    """The built things; `proofs` is the folder where the commands that measure leave their results."""

    file: SettingsFile
    cameras: Cameras
    system: System
    calibrations: Calibrations
    proofs: Path

    def blueprints(self) -> Iterator[Blueprint]:
        yield settings.blueprint(self.file)
        yield cameras.blueprint(self.cameras)
        yield system.blueprint(self.system)
        yield proof.blueprint(self.proofs, self.calibrations)
