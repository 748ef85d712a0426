"""All settings: declared once, read once, frozen, handed out in slices.

Order: defaults < `ostiary.toml` < `.env` < environment. Nothing else in the project reads the environment.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, replace
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from dotenv import dotenv_values

from ostiary.errors import SettingsError
from ostiary.knobs import Allowed, allowed_by, knobs_of, read_slice
from ostiary.net import is_loopback
from ostiary.slices import (
    AccessSettings,
    ApiSettings,
    AttendanceSettings,
    CameraSettings,
    ClockSettings,
    CompreFaceSettings,
    DataSettings,
    DecisionSettings,
    GallerySettings,
    HistorySettings,
    HubSettings,
    LimitSettings,
    LivenessSettings,
    LogSettings,
    PrivacySettings,
    RecordSettings,
    StreamSettings,
    VisionSettings,
    VisitorSettings,
    WebhookSettings,
)

TOML = "ostiary.toml"


class Origin(StrEnum):
    """Where a value came from; the later overrides the earlier."""

    DEFAULT = "default"
    FILE = TOML
    DOTENV = ".env"
    ENVIRONMENT = "environment"


@dataclass(frozen=True)
class Settings:
    vision: VisionSettings = field(default_factory=VisionSettings)
    decision: DecisionSettings = field(default_factory=DecisionSettings)
    liveness: LivenessSettings = field(default_factory=LivenessSettings)
    camera: CameraSettings = field(default_factory=CameraSettings)
    webhook: WebhookSettings = field(default_factory=WebhookSettings)
    stream: StreamSettings = field(default_factory=StreamSettings)
    hub: HubSettings = field(default_factory=HubSettings)
    api: ApiSettings = field(default_factory=ApiSettings)
    access: AccessSettings = field(default_factory=AccessSettings)
    gallery: GallerySettings = field(default_factory=GallerySettings)
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    visitors: VisitorSettings = field(default_factory=VisitorSettings)
    clock: ClockSettings = field(default_factory=ClockSettings)
    records: RecordSettings = field(default_factory=RecordSettings)
    attendance: AttendanceSettings = field(default_factory=AttendanceSettings)
    history: HistorySettings = field(default_factory=HistorySettings)
    compreface: CompreFaceSettings = field(default_factory=CompreFaceSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    data: DataSettings = field(default_factory=DataSettings)
    log: LogSettings = field(default_factory=LogSettings)
    origins: Mapping[str, Origin] = field(default_factory=dict, compare=False)
    """Where each knob that was set somewhere got its value."""

    @property
    def given(self) -> frozenset[str]:
        """Names of the knobs that were set somewhere, so that a default can be told from a wish."""
        return frozenset(self.origins)

    @property
    def publishes_to_own_hub(self) -> bool:
        """Whether WS_URL surely is the hub of these settings; another name of this machine is not taken for it."""
        try:
            parts = urlsplit(self.stream.url)
            host, port = parts.hostname or "", parts.port or 80
        except ValueError:
            return False
        scheme = "wss" if self.access.tls_cert else "ws"
        return parts.scheme == scheme and port == self.hub.port and (is_loopback(host) or host == self.hub.host.lower())


_SLICES: dict[str, type] = {name: kind for name, kind in get_type_hints(Settings).items() if name != "origins"}


def load(environ: Mapping[str, str], folder: Path | str = ".", *, toml: str | None = None) -> Settings:
    """The settings of `environ` over `folder`'s `.env` and `ostiary.toml`, or `toml` in its place. Raises SettingsError naming the knob."""
    values: dict[str, str] = {}
    origins: dict[str, Origin] = {}
    for origin, found in _read(environ, Path(folder), toml).items():
        values |= found
        origins |= dict.fromkeys(found, origin)
    origins = {name: origins[name] for name, _ in all_knobs() if values.get(name, "").strip()}
    settings = Settings(**{name: read_slice(kind, values) for name, kind in _SLICES.items()}, origins=origins)
    _check_quorum(settings)
    _check_ways(settings.attendance)
    return settings if "WS_URL" in origins else replace(settings, stream=replace(settings.stream, url=_own_stream(settings)))


def _check_quorum(settings: Settings) -> None:
    """Raises SettingsError where so few frames are looked at that nobody could ever pass; frames come up to 25 % late."""
    decision, fps = settings.decision, settings.camera.max_fps
    if 1.25 * (decision.confirm_frames - 1) / fps > decision.confirm_window_s:
        few = f"CONFIRM_FRAMES={decision.confirm_frames} frames are not seen within CONFIRM_WINDOW={decision.confirm_window_s:g} s"
        raise SettingsError("MAX_FPS", f"{fps:g}", f"{few}, and nobody could pass: raise MAX_FPS or CONFIRM_WINDOW")


def _check_ways(attendance: AttendanceSettings) -> None:
    """Raises SettingsError where one cannot tell coming from going."""
    if bool(attendance.cameras_in) != bool(attendance.cameras_out):
        missing = "ATTENDANCE_OUT" if attendance.cameras_in else "ATTENDANCE_IN"
        raise SettingsError(missing, "", "ATTENDANCE_IN and ATTENDANCE_OUT are set together, or neither of them")
    if both := set(attendance.cameras_in) & set(attendance.cameras_out):
        raise SettingsError("ATTENDANCE_OUT", ",".join(attendance.cameras_out), f"{', '.join(sorted(both))} stands in ATTENDANCE_IN too")


def _own_stream(settings: Settings) -> str:
    """Where this machine's own hub is found."""
    hub, scheme = settings.hub, "wss" if settings.access.tls_cert else "ws"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(hub.host, hub.host)
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{hub.port}/ws/face-stream"


def all_knobs() -> Iterator[tuple[str, Field[Any]]]:
    """Every knob by name, in the order of declaration."""
    for kind in _SLICES.values():
        yield from knobs_of(kind).items()


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting as people may see it: secrets are masked, `group` is the slice that it belongs to.

    What is the `owners`' only they change.
    """

    name: str
    group: str
    value: str
    default: str
    meaning: str
    origin: Origin
    allowed: Allowed
    secret: bool
    owners: bool


def effective(settings: Settings) -> Iterator[Shown]:
    """Every knob in force, in the order of declaration."""
    for group, kind in _SLICES.items():
        values = getattr(settings, group)
        for name, declared in knobs_of(kind).items():
            told = declared.metadata
            yield Shown(
                name,
                group,
                _shown(getattr(values, declared.name), declared),
                _shown(declared.default, declared),
                told["help"],
                settings.origins.get(name, Origin.DEFAULT),
                allowed_by(told["parse"]),
                told["secret"],
                told["owners"],
            )


def _shown(value: Any, declared: Field[Any]) -> str:
    if declared.metadata["secret"] and value != declared.default:
        return "********"
    if mask := declared.metadata["masked"]:
        return str(mask(value))
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if value is None:
        return "" if declared.metadata["knob"] in {"DB_PATH", "KEY_FILE", "TLS_CERT", "TLS_KEY"} else "auto"
    return f"{value:g}" if isinstance(value, float) else str(value)


def differing(one: Settings, other: Settings) -> set[str]:
    """Names of the knobs that have another value in `other`."""
    values = ((name, f.name, group) for group, kind in _SLICES.items() for name, f in knobs_of(kind).items())
    return {name for name, member, group in values if getattr(getattr(one, group), member) != getattr(getattr(other, group), member)}


def _read(environ: Mapping[str, str], folder: Path, toml: str | None) -> dict[Origin, Mapping[str, str]]:
    """What each place says, from the weakest to the strongest."""
    file = folder / TOML
    return {
        Origin.FILE: _values(read_toml(file) if toml is None else toml, file, dict(all_knobs())),
        Origin.DOTENV: _read_dotenv(folder / ".env"),
        Origin.ENVIRONMENT: environ,
    }


def _read_dotenv(file: Path) -> dict[str, str]:
    return {name: value for name, value in dotenv_values(file).items() if value is not None}


def read_toml(file: Path) -> str:
    """Its text, empty where there is no such file. Raises SettingsError."""
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(str(file), "", f"cannot be read: {error}") from None


def _values(text: str, file: Path, known: Mapping[str, Any]) -> dict[str, str]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(str(file), "", f"cannot be read: {error}") from None
    values = {}
    for name, value in content.items():
        if name not in known:
            raise SettingsError(name, value, f"{file} names a setting that does not exist; 'python settings.py' lists all")
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            values[name] = ",".join(value)
        elif isinstance(value, str | int | float):
            values[name] = str(value)
        else:
            raise SettingsError(name, value, "expected a text, a number, true, false or a list of texts")
    return values
