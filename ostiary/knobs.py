"""How one setting is declared, read from text and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from datetime import time
from pathlib import Path
from typing import Any, Literal

from ostiary.errors import SettingsError

Parse = Callable[[str], Any]

Kind = Literal["text", "path", "list", "flag", "choice", "number", "whole"]


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a setting takes, for forms and for people; `auto` may be given in place of a value."""

    kind: Kind = "text"
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    unit: str = ""
    auto: bool = False


@dataclass(frozen=True, slots=True)
class Bounded:
    """A parser that can tell what it takes."""

    parse: Parse
    allowed: Allowed

    def __call__(self, value: str) -> Any:
        return self.parse(value)


def knob(
    name: str,
    default: Any,
    help: str,
    parse: Parse,
    *,
    secret: bool = False,
    masked: Callable[[str], str] | None = None,
    owners: bool = False,
) -> Any:
    """A dataclass field that is the setting `name`. `parse` takes text and raises ValueError saying what is allowed.

    A `secret` is never shown; of what is `masked`, that much is. What is the `owners`' decides who may ask, where faces lie
    or what is kept of changes: administrators change it neither.
    """
    metadata = {"knob": name, "help": help, "parse": parse, "secret": secret, "masked": masked, "owners": owners}
    return field(default=default, repr=not secret and masked is None, metadata=metadata)


def knobs_of(slice_type: type) -> dict[str, Field[Any]]:
    """The knobs that a slice declares, by upper-case name."""
    return {f.metadata["knob"]: f for f in fields(slice_type) if "knob" in f.metadata}


def read_slice(slice_type: type, values: Mapping[str, str]) -> Any:
    """A slice made of `values`; what is not given keeps its default."""
    given = {}
    for name, declared in knobs_of(slice_type).items():
        text = values.get(name, "").strip()
        if text:
            given[declared.name] = parse_knob(declared, text)
    return slice_type(**given)


def parse_knob(declared: Field[Any], text: str) -> Any:
    try:
        return declared.metadata["parse"](text)
    except ValueError as error:
        shown = "********" if declared.metadata["secret"] else text
        raise SettingsError(declared.metadata["knob"], shown, str(error)) from None


def allowed_by(parse: Parse) -> Allowed:
    """What `parse` takes, as far as it can tell."""
    return parse.allowed if isinstance(parse, Bounded) else Allowed(_KINDS.get(parse, "text"))


def text(value: str) -> str:
    return value


def path(value: str) -> Path:
    return Path(value).expanduser()


def words(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def flag(value: str) -> bool:
    lowered = value.lower()
    if lowered in {"1", "true", "yes", "on"}:
        return True
    if lowered in {"0", "false", "no", "off"}:
        return False
    raise ValueError("expected true or false")


def choice(*allowed: str) -> Parse:
    def parse(value: str) -> str:
        if value.lower() not in allowed:
            raise ValueError(f"expected one of {', '.join(allowed)}")
        return value.lower()

    return Bounded(parse, Allowed("choice", choices=allowed))


def number(low: float, high: float, unit: str = "") -> Parse:
    def parse(value: str) -> float:
        wanted = f"expected a number from {low:g} to {high:g}{' ' + unit if unit else ''}"
        try:
            parsed = float(value)
        except ValueError:
            raise ValueError(wanted) from None
        if not low <= parsed <= high:  # also refuses nan
            raise ValueError(wanted)
        return parsed

    return Bounded(parse, Allowed("number", low=low, high=high, unit=unit))


def whole(low: int, high: int, unit: str = "") -> Parse:
    in_range = number(low, high, unit)

    def parse(value: str) -> int:
        parsed = in_range(value)
        if parsed != int(parsed):
            raise ValueError(f"expected a whole number from {low} to {high}{' ' + unit if unit else ''}")
        return int(parsed)

    return Bounded(parse, Allowed("whole", low=low, high=high, unit=unit))


def clock(value: str) -> time:
    """An hour of the day, to the minute."""
    try:
        parsed = time.fromisoformat(value)
    except ValueError:
        raise ValueError("expected an hour such as 04:00") from None
    if parsed != time(parsed.hour, parsed.minute):
        raise ValueError("expected an hour such as 04:00, without seconds and offset")
    return parsed


def auto_or(parse: Parse) -> Parse:
    """`auto` is None, everything else goes to `parse`."""
    return Bounded(lambda value: None if value.lower() == "auto" else parse(value), replace(allowed_by(parse), auto=True))


_KINDS: dict[Parse, Kind] = {path: "path", words: "list", flag: "flag"}
