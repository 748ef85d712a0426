"""`ostiary.toml` as something that can be changed: checked as a whole before it is written, comments and order kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import tomlkit

from ostiary import durable
from ostiary.errors import SettingOverridden, SettingsError, WouldNotStart
from ostiary.knobs import allowed_by, parse_knob
from ostiary.net import MASK
from ostiary.settings import TOML, Origin, Settings, all_knobs, differing, load, read_toml

Wish = str | bool | int | float | list[str] | None
"""A value as a form or JSON brings it; None, like an empty text, takes the setting out of the file."""


class SettingsFile:
    """The file in `folder`, below `environ`. `loaded` is what the program was started with.

    `rehearse` raises SettingsError where a program that is started with these settings would fail.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str], loaded: Settings, rehearse: Callable[[Settings], object] = lambda _: None):
        self.loaded = loaded
        self._folder, self._environ, self._rehearse = folder, environ, rehearse
        self._changing = threading.Lock()

    @property
    def path(self) -> Path:
        return (self._folder / TOML).resolve()

    def read(self) -> Settings:
        """What a program that is started now would run with. Raises SettingsError."""
        return load(self._environ, self._folder)

    def require_startable(self) -> None:
        """Raises WouldNotStart."""
        try:
            self._rehearse(self.read())
        except SettingsError as error:
            raise WouldNotStart(str(error)) from None

    def pending(self) -> set[str]:
        """Names of the settings that have another value after the next start. Raises SettingsError."""
        return differing(self.loaded, self.read())

    def change(self, wishes: Mapping[str, Wish]) -> Settings:
        """Writes `wishes` and returns what the next start will run with. All is written or nothing.

        Raises SettingsError naming the setting, SettingOverridden where `.env` or the environment has the last word,
        and OSError where the file cannot be written.
        """
        with self._changing:
            text = _changed(read_toml(self.path), wishes)
            after = load(self._environ, self._folder, toml=text)
            self._rehearse(after)
            for name, wish in wishes.items():
                _require_effect(name, wish, after)
            durable.replace_whole(self.path, text.encode())
            return after


def _changed(text: str, wishes: Mapping[str, Wish]) -> str:
    try:
        document = tomlkit.parse(text)
    except tomlkit.exceptions.TOMLKitError as error:
        raise SettingsError(TOML, "", f"cannot be read: {error}") from None
    known = dict(all_knobs())
    for name, wish in wishes.items():
        if name not in known:
            raise SettingsError(name, "", "there is no such setting")
        value = _as_text(wish)
        if any(ord(character) < 32 or 0xD800 <= ord(character) < 0xE000 for character in value):
            raise SettingsError(name, "", "control characters cannot be part of a setting")
        if MASK in value:
            raise SettingsError(name, "", "the stars hide what is set: give the whole value anew")
        if value:
            document[name] = _as_toml(known[name], value)
        else:
            document.pop(name, None)
    return tomlkit.dumps(document)


def _as_text(wish: Wish) -> str:
    if isinstance(wish, list):
        return ",".join(wish).strip()
    return "" if wish is None else str(wish).strip()


def _as_toml(declared: Any, text: str) -> Any:
    """`text` in the shape that a person would write it in. Raises SettingsError where it cannot be used."""
    value = parse_knob(declared, text)
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool | int | float):
        return value
    return text.lower() if allowed_by(declared.metadata["parse"]).kind == "choice" else text


def _require_effect(name: str, wish: Wish, after: Settings) -> None:
    origin = after.origins.get(name, Origin.DEFAULT)
    if origin in (Origin.DOTENV, Origin.ENVIRONMENT):
        raise SettingOverridden(name, origin)
    if _as_text(wish) and origin is Origin.DEFAULT:  # an empty text in a stronger place hides the file's
        raise SettingOverridden(name, Origin.ENVIRONMENT)
