"""What time it is where the door stands: zones by name, local texts to moments and back.

A moment is seconds since 1970, as everywhere; only here and where people read does it become a date and an hour.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from ostiary.errors import BadField

_SYSTEM = Path("/etc/localtime")
_EARLIEST = -86400.0
"""Nothing here is older than 1970; its first hour is the day before in some zones."""


def zone(name: str) -> tzinfo:
    """An IANA zone such as Europe/Berlin; empty: the system's. Raises ValueError, as a knob's parser does."""
    if not name:
        return _system_zone()
    try:
        return ZoneInfo(name)
    except (OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError
        raise ValueError(f"expected a time zone such as Europe/Berlin, not {name!r}") from None
    except KeyError:
        raise ValueError(f"expected a time zone such as Europe/Berlin; {name!r} is not in this system's tables (tzdata)") from None


def zone_name(text: str) -> str:
    """`text`, where it names a zone: the parser of TIME_ZONE."""
    zone(text)
    return text


def local(at: float, where: tzinfo) -> datetime:
    return datetime.fromtimestamp(at, where)


def moment(text: str, where: tzinfo, *, field: str, end_of_day: bool = False) -> float:
    """The moment that a person or a program wrote: `2026-03-29T08:00`, with an offset where the hour is ambiguous, or a date.

    A date alone is the beginning of that local day, with `end_of_day` its end. Raises BadField for `field`.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    try:
        at = day_start(day + timedelta(days=end_of_day), where) if day else _placed(datetime.fromisoformat(text), where, field).timestamp()
    except (ValueError, OverflowError):
        raise BadField(field, "expected a date such as 2026-03-29, or a time such as 2026-03-29T08:00 (+02:00 may follow)") from None
    if at < _EARLIEST:
        raise BadField(field, "that is too long ago")
    return at


def day_start(day: date, where: tzinfo, begins: time = time()) -> float:
    """The moment at which a local day begins. Where clocks go back it is the first such hour, where they leap the moment of the leap."""
    begun = datetime.combine(day, begins, where)
    if not _exists(begun):  # as the clocks before the leap would have had it, which is some way into the leap: go back to it
        return _leap(begun, where)
    return begun.timestamp()


def _placed(written: datetime, where: tzinfo, field: str) -> datetime:
    if written.tzinfo is not None:
        return written
    placed = written.replace(tzinfo=where)
    if not _exists(placed):
        raise BadField(field, f"the clocks leapt over {written:%H:%M} on that day")
    return placed


def _exists(when: datetime) -> bool:
    return when.astimezone(UTC).astimezone(when.tzinfo).replace(tzinfo=None) == when.replace(tzinfo=None)


def _leap(skipped: datetime, where: tzinfo) -> float:
    """The moment of the leap that `skipped`, a local time which never was, lies in."""
    before, after = skipped.utcoffset(), skipped.replace(fold=1).utcoffset()
    assert before is not None
    assert after is not None
    low, high = skipped.timestamp() - (after - before).total_seconds(), skipped.timestamp()
    while high - low > 0.5:
        middle = (low + high) / 2
        low, high = (middle, high) if local(middle, where).utcoffset() == before else (low, middle)
    return float(round(high))


def _system_zone() -> tzinfo:
    """The zone of this machine with its summer time, or where its table cannot be read the offset of now."""
    try:
        with _SYSTEM.open("rb") as table:
            return ZoneInfo.from_file(table, key=_system_name())
    except (OSError, ValueError):
        return datetime.now().astimezone().tzinfo or UTC


def _system_name() -> str:
    _, found, name = str(_SYSTEM.resolve()).partition("/zoneinfo/")
    return name if found else "local"
