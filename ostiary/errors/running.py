"""What keeps a program from running as it was asked to."""

from __future__ import annotations

from pathlib import Path

from ostiary.errors.base import OstiaryError


class SettingsError(OstiaryError):
    code = "bad_setting"

    def __init__(self, knob: str, value: object, problem: str):
        super().__init__(knob, value, problem)
        self.knob, self.value, self.problem = knob, value, problem

    def __str__(self) -> str:
        return f"{self.knob}={self.value!r}: {self.problem}"


class SettingOverridden(SettingsError):
    code = "setting_overridden"

    def __init__(self, knob: str, origin: str):
        super().__init__(knob, "", origin)
        self.origin = origin

    def __str__(self) -> str:
        place = "the environment" if self.origin == "environment" else self.origin
        return f"{self.knob} is set in {place}, which overrides ostiary.toml: change it there, and start the program again"


class WouldNotStart(OstiaryError):
    code = "would_not_start"

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"the next start would fail: {self.problem}"


class ImportFailed(OstiaryError):
    code = "import_failed"

    def __init__(self, place: object, problem: str):
        super().__init__(place, problem)
        self.place, self.problem = place, problem

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


class MissingExtra(OstiaryError):
    code = "missing_extra"

    def __init__(self, extra: str, needed_for: str):
        super().__init__(extra, needed_for)
        self.extra, self.needed_for = extra, needed_for

    def __str__(self) -> str:
        return (
            f"{self.needed_for} needs an optional part: pip install 'ostiary[{self.extra}]' (in a checkout: make setup EXTRAS={self.extra})"
        )


class ModelError(OstiaryError):
    code = "bad_model"

    def __init__(self, model: str, problem: str):
        super().__init__(model, problem)
        self.model, self.problem = model, problem

    def __str__(self) -> str:
        return f"model {self.model}: {self.problem}"


class AddressError(OstiaryError):
    code = "bad_address"

    def __init__(self, host: str, port: int, problem: str):
        super().__init__(host, port, problem)
        self.host, self.port, self.problem = host, port, problem

    def __str__(self) -> str:
        return f"{self.host}:{self.port}: {self.problem}"


class DatabaseUnavailable(OstiaryError):
    code = "not_ready"

    def __init__(self, path: Path, problem: str):
        super().__init__(path, problem)
        self.path, self.problem = path, problem

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


class AlreadyRunning(OstiaryError):
    code = "already_running"

    def __init__(self, what: str):
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"{self.what} is under way already: wait until it is done"


class Overloaded(OstiaryError):
    code = "too_many_requests"

    def __str__(self) -> str:
        return "too many requests wait already: try again in a moment"
