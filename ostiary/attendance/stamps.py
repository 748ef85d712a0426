"""From sightings and corrections to each person's stamps: double reads made one, what was struck out left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ostiary.attendance.days import Days
from ostiary.attendance.values import Act, Correction, Rules, Sighted, Stamp, Way


def stamps_of(sighted: Iterable[Sighted], corrections: Sequence[Correction], rules: Rules, days: Days) -> dict[str, list[Stamp]]:
    """Everybody's stamps, in the order of time, as `sighted` must be. Of its many reads only the stamps are held."""
    struck = _by_person(corrections, Act.STRIKE)
    read: dict[str, list[Stamp]] = {}
    for one in sighted:
        way = rules.way(one.camera)
        if way is not None and not any(c.at <= one.at <= c.until for c in struck.get(one.person, ())):
            _take_in(read.setdefault(one.person, []), Stamp(way, one.at, one.at, one.camera), rules, days)
    for person, added in _by_person(corrections, Act.ADD).items():
        read.setdefault(person, []).extend(Stamp(c.way, c.at, c.at, "", 1, c.id) for c in added if c.way is not None)
    return {person: _settled(sorted(stamps, key=_order), days) for person, stamps in read.items() if stamps}


def _by_person(corrections: Sequence[Correction], act: Act) -> dict[str, list[Correction]]:
    found: dict[str, list[Correction]] = {}
    for correction in corrections:
        if correction.act is act and correction.undone_at is None:
            found.setdefault(correction.person, []).append(correction)
    return found


def _take_in(stamps: list[Stamp], stamp: Stamp, rules: Rules, days: Days) -> None:
    """Adds a read, or lengthens the stamp before it that it is but a double of."""
    last = stamps[-1] if stamps else None
    # Who sits in view all night is there on both days: without ways, a stamp ends with the day.
    apart = stamp.way is Way.SEEN and last is not None and days.of(last.at) != days.of(stamp.at)
    if last is None or last.way is not stamp.way or stamp.at - last.until > rules.gap_s or apart:
        stamps.append(stamp)
    else:
        stamps[-1] = replace(last, until=stamp.at, reads=last.reads + 1)


def _settled(stamps: list[Stamp], days: Days) -> list[Stamp]:
    """Where on one day a coming follows a coming, or a going a going, and somebody has said when it was, what was said counts."""
    kept: list[Stamp] = []
    for stamp in stamps:
        last = kept[-1] if kept else None
        if last is None or not _about_the_same(last, stamp, days):
            kept.append(stamp)
        elif last.correction is None or (stamp.correction is not None and stamp.way is Way.OUT):
            kept[-1] = stamp
    return kept


def _about_the_same(one: Stamp, other: Stamp, days: Days) -> bool:
    said = one.correction is not None or other.correction is not None
    return said and one.way is other.way and days.of(one.at) == days.of(other.at)


def _order(stamp: Stamp) -> tuple[float, bool]:
    return stamp.at, stamp.way is Way.OUT
