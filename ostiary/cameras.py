"""The cameras as one list: what the settings name, how each does, and changes of VIDEO_SOURCE for the next start."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ostiary.errors import SettingOverridden, SettingsError, SourceError, UnknownCamera
from ostiary.settings import Origin
from ostiary.settings_file import SettingsFile
from ostiary.stream.capture import CameraStatus
from ostiary.stream.source import kind_of, masked, parse_sources
from ostiary.stream.trial import Trial, Trials

__all__ = ["Camera", "Cameras", "masked"]

KNOB = "VIDEO_SOURCE"


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera. `status` is None where this process does not run it: not yet, or another program does.

    `pending` says what the next start changes about it: added, removed, changed, or nothing.
    """

    name: str
    source: str
    status: CameraStatus | None
    pending: str | None


class Cameras:
    """Changes and trials for the dashboard. `folders` are those whose files may be named from afar."""

    def __init__(
        self, file: SettingsFile, statuses: Callable[[], Sequence[CameraStatus]], trials: Trials, folders: Iterable[Path], playing: str
    ):
        self._file, self._statuses, self._trials = file, statuses, trials
        self._folders = tuple(folder.resolve() for folder in folders)
        self._now = dict(parse_sources(playing))

    @property
    def overridden(self) -> str | None:
        """Where VIDEO_SOURCE is set, if the file cannot change it."""
        origin = self._file.loaded.origins.get(KNOB, Origin.DEFAULT)
        return str(origin) if origin in (Origin.DOTENV, Origin.ENVIRONMENT) else None

    def listed(self) -> list[Camera]:
        """Those at work, then those that the next start adds."""
        try:
            after = self._after()
        except SettingsError:  # the file broke since the start, as the settings' own page tells: these are at work all the same
            after = self._now
        statuses = {status.name: status for status in self._statuses()}
        listed = [Camera(name, masked(spec), statuses.get(name), _pending(spec, after.get(name))) for name, spec in self._now.items()]
        return listed + [Camera(name, masked(spec), None, "added") for name, spec in after.items() if name not in self._now]

    def add(self, name: str, source: str) -> None:
        """Raises SettingsError, SettingOverridden and SourceError, as the other changes do."""
        after = self._named()
        if name in after:
            raise SettingsError(KNOB, name, f"there is a camera called {name} already")
        self._write({**({} if list(after.values()) == ["demo"] else after), name: self._checked(source)})

    def change(self, name: str, *, new_name: str | None = None, source: str | None = None) -> None:
        """Also raises UnknownCamera."""
        after = self._named()
        if name not in after:
            raise UnknownCamera(name)
        new_name = new_name or name
        if new_name != name and new_name in after:
            raise SettingsError(KNOB, new_name, f"there is a camera called {new_name} already")
        spec = after[name] if source is None else self._checked(source)
        self._write({new_name if old == name else old: spec if old == name else other for old, other in after.items()})

    def remove(self, name: str) -> None:
        after = self._named()
        if name not in after:
            raise UnknownCamera(name)
        self._write({other: spec for other, spec in after.items() if other != name})

    def try_source(self, source: str) -> Trial:
        """Raises SourceError saying why there is no picture."""
        spec = self._checked(source)
        if kind_of(spec) == "camera" and spec in self._now.values():
            name = next(name for name, other in self._now.items() if other == spec)
            raise SourceError(spec, f"the door itself is using it, as {name}: see the live view")
        return self._trials.run(spec)

    def try_camera(self, name: str) -> Trial:
        spec = {**self._now, **self._after()}.get(name)
        if spec is None:
            raise UnknownCamera(name)
        return self.try_source(spec)

    def _after(self) -> dict[str, str]:
        """What the next start would run, unless it is what is played for want of a camera."""
        after = self._file.read()
        return dict(parse_sources(after.camera.video_source)) if KNOB in after.origins else dict(self._now)

    def _named(self) -> dict[str, str]:
        """Those that somebody named; the default is nobody's wish."""
        after = self._file.read()
        return dict(parse_sources(after.camera.video_source)) if KNOB in after.origins else {}

    def _checked(self, source: str) -> str:
        """`source` as VIDEO_SOURCE writes it. Files are looked for only where the program's own are."""
        source = source.strip()
        if not source or any(ord(character) < 32 for character in source):
            raise SettingsError(KNOB, masked(source), "expected a camera index, an address, a file or a folder")
        kind = kind_of(source)
        if "," in source and kind in {"path", "file", "camera"}:
            raise SettingsError(KNOB, source, "a comma cannot be part of a path here")
        if kind in {"path", "file"}:
            path = Path(source.removeprefix("file://")).expanduser().resolve()
            if not any(path.is_relative_to(folder) for folder in self._folders):
                places = " or ".join(map(str, self._folders))
                raise SourceError(
                    source, f"from the dashboard only files below {places} can be named; others in {KNOB} on the machine itself"
                )
        return source.replace(",", "%2C")

    def _write(self, sources: dict[str, str]) -> None:
        if self.overridden:
            raise SettingOverridden(KNOB, self.overridden)
        for name in sources:
            if not re.fullmatch(r"[\w-]{1,32}", name):
                raise SettingsError(KNOB, name, "a camera's name is 1 to 32 letters, digits, _ and -")
        self._file.change({KNOB: ",".join(spec if spec == "demo" == name else f"{name}={spec}" for name, spec in sources.items())})


def _pending(now: str, after: str | None) -> str | None:
    if after is None:
        return "removed"
    return None if after == now else "changed"
