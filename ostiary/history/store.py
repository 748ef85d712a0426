"""The events in one SQLite file, with their pictures; several processes share it. Bounded by age and by bytes.

For whoever builds on it:

- `events(query, limit, before=..., after=...)` answers a `Page`: the latest first, `older` and `newer` to go on from.
- `event(id)` answers a `Recorded`, `picture(id, "face")` or `"frame"` a JPEG or None.
- `passes(start, end, person=None)` yields every `Passed` in the order of time, `walk(query)` every `Recorded`.
- `counts(query, edges)` counts events between moments, for charts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import merge
from itertools import pairwise
from pathlib import Path
from typing import Literal

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, select, tuple_, update

from ostiary.database import Database
from ostiary.errors import UnknownEvent
from ostiary.history import corrections, rows
from ostiary.history.tables import EVENTS, METADATA, PICTURES
from ostiary.history.values import Correction, Count, Entry, Erased, Extent, Kind, Page, Passed, Place, Query, Recorded
from ostiary.vault import Again, PlainVault, Vault, at

LIMIT = 50
"""Events on a page, unless another number is asked for."""

_DAY_S = 86400.0
_CHUNK = 500
_PASSES_AT_ONCE = 5000
_DELETED_AT_ONCE = 2000
_RESEALED_AT_ONCE = 50  # pictures of up to whole frames, held in memory
_PRUNED_TO = 0.95  # of the limit, so that not every event costs a deletion

_ORDER = tuple_(EVENTS.c.at, EVENTS.c.seq)


class HistoryStore:
    """Keeps nothing longer than `days`, and at most about `most_mb` megabytes: the oldest goes first.

    All methods raise DatabaseUnavailable where the file cannot be opened, read or written.
    """

    def __init__(self, path: Path, *, most_mb: float = 1000.0, days: float = 90.0, vault: Vault | None = None):
        self.database = Database(path, METADATA, durable=False)
        self._most_bytes, self._days, self._vault = most_mb * 1e6, days, vault or PlainVault()

    def add(self, entries: Sequence[Entry]) -> None:
        """Keeps all of them, or none. Those whose id is there already are passed over."""
        with self.database.writing() as on:
            for start in range(0, len(entries), _CHUNK):
                self._add(on, entries[start : start + _CHUNK])

    def events(self, query: Query | None = None, limit: int = LIMIT, *, before: Place | None = None, after: Place | None = None) -> Page:
        """At most `limit` events, the latest first: those just `before` a place, just `after` it, or the latest of all."""
        with self.database.reading() as on:
            found = _page(on, query or Query(), limit + 1, before, after)
            last_seq = on.execute(select(func.max(EVENTS.c.seq))).scalar() or 0
        more, found = len(found) > limit, found[:limit]
        if after is not None:
            found = found[::-1]
        first, last = (found[0].place, found[-1].place) if found else (None, None)
        older = last if (more if after is None else True) else None
        newer = first if (before is not None if after is None else more) else None
        return Page(tuple(found), older, newer, last_seq)

    def event(self, event_id: str) -> Recorded:
        """Raises UnknownEvent."""
        with self.database.reading() as on:
            row = on.execute(rows.selected().where(EVENTS.c.id == event_id)).first()
        if row is None:
            raise UnknownEvent(event_id)
        return rows.recorded(row)

    def picture(self, event_id: str, which: Literal["face", "frame"]) -> bytes | None:
        """The JPEG, None where none was kept. Raises UnknownEvent and VaultError."""
        chosen = PICTURES.c.face if which == "face" else PICTURES.c.frame
        with self.database.reading() as on:
            row = on.execute(select(chosen).select_from(EVENTS.outerjoin(PICTURES)).where(EVENTS.c.id == event_id)).first()
        if row is None:
            raise UnknownEvent(event_id)
        return None if row[0] is None else self._vault.open(row[0])

    def passes(self, start: float, end: float, person: str | None = None) -> Iterator[Passed]:
        """Every PASS from `start` up to, not including, `end`, in the order of time; those that were corrected are of whom it was."""
        with self.database.reading() as on:
            corrected = corrections.passes(on)
        right = (passed for passed in self._passes(start, end, person) if passed.event_id not in corrected)
        put_right = [replace(passed, person=was) for was, passed in corrected.values() if was is not None and person in (None, was)]
        within = sorted((passed for passed in put_right if start <= passed.at < end), key=lambda passed: passed.at)
        return merge(right, within, key=lambda passed: passed.at)

    def _passes(self, start: float, end: float, person: str | None) -> Iterator[Passed]:
        """The same, as it was decided."""
        place: Place | None = Place(start, 0)
        asked = select(EVENTS.c.seq, EVENTS.c.person, EVENTS.c.camera, EVENTS.c.at, EVENTS.c.id).limit(_PASSES_AT_ONCE)
        asked = asked.where(*rows.conditions(Query(start, end, person, kinds=(Kind.PASS,)))).order_by(EVENTS.c.at, EVENTS.c.seq)
        while place is not None:
            with self.database.reading() as on:
                found = on.execute(asked.where(*_after(place))).all()
            for row in found:
                if row.person is not None:  # nobody's any more: forgotten
                    yield Passed(row.person, row.camera or "", row.at, row.id)
            place = Place(found[-1].at, found[-1].seq) if len(found) == _PASSES_AT_ONCE else None

    def walk(self, query: Query | None = None) -> Iterator[Recorded]:
        """Every event that the query asks for, in the order of time, a part at a time: as many as there may be."""
        place: Place | None = Place(0.0, 0)
        while place is not None:
            with self.database.reading() as on:
                found = _page(on, query or Query(), _CHUNK, None, place)
            yield from found
            place = found[-1].place if len(found) == _CHUNK else None

    def counts(self, query: Query, edges: Sequence[float]) -> list[Count]:
        """How many events of each kind there are from each of the rising edges to the next; none is told where there are none.

        Each is counted along an index, which takes a fraction of the time of grouping them.
        """
        found = []
        within = (EVENTS.c.at >= bindparam("since"), EVENTS.c.at < bindparam("until"))
        with self.database.reading() as on:
            for kind in query.kinds or Kind:
                statement = select(func.count()).select_from(EVENTS).where(*rows.conditions(replace(query, kinds=(kind,))), *within)
                for since, until in pairwise(edges):
                    count = on.execute(statement, {"since": since, "until": until}).scalar_one()
                    if count:
                        found.append(Count(since, kind, count))
        return sorted(found, key=lambda count: (count.start, count.kind))

    def extent(self) -> Extent:
        with self.database.reading() as on:
            events, first_at = on.execute(select(func.count(), func.min(EVENTS.c.at))).one()
        return Extent(events, self.database.used_bytes(), self.database.file_bytes(), first_at)

    def delete(self, event_id: str) -> None:
        """Raises UnknownEvent."""
        with self.database.writing() as on:
            if not on.execute(delete(EVENTS).where(EVENTS.c.id == event_id)).rowcount:
                raise UnknownEvent(event_id)
            corrections.drop(on, event_id)
        self.database.settle()

    def correct(self, event_id: str, said: Correction) -> None:
        """Says of a decision that it was wrong; its event may be yet to come."""
        with self.database.writing() as on:
            corrections.keep(on, event_id, said)

    def uncorrect(self, event_id: str) -> None:
        """As if nothing had been said of it."""
        with self.database.writing() as on:
            corrections.drop(on, event_id)

    def forget_person(self, name: str) -> Erased:
        """Takes the person's name and pictures from all events; that somebody came stays. Tells how much there was."""
        if not self.database.path.exists():  # looking makes none
            return Erased()
        with self.database.writing() as on:
            own = [seq for (seq,) in on.execute(select(EVENTS.c.seq).where(EVENTS.c.person == name))]
            pictures = 0
            for start in range(0, len(own), _CHUNK):
                some = own[start : start + _CHUNK]
                pictures += on.execute(delete(PICTURES).where(PICTURES.c.event.in_(some))).rowcount
                on.execute(update(EVENTS).where(EVENTS.c.seq.in_(some)).values(person=None, words=None))
                _update_sought(on, some)
            mentions = _scrub(on, name) + corrections.forget_person(on, name)
        if own or mentions:
            self.database.settle()
        return Erased(events=len(own), pictures=pictures, mentions=mentions)

    def reseal(self, again: Again) -> int:
        """Passes every picture through `again`, a part at a time; how many had to be changed."""
        changed, last = 0, 0
        while True:
            with self.database.writing() as on:
                some = on.execute(select(PICTURES).where(PICTURES.c.event > last).order_by(PICTURES.c.event).limit(_RESEALED_AT_ONCE)).all()
                for row in some:
                    with at(f"the pictures of event {row.event} in history.db"):
                        new = {kind: again(data) for kind, data in (("face", row.face), ("frame", row.frame)) if data is not None}
                    wanted = {kind: data for kind, data in new.items() if data is not None}
                    if wanted:
                        on.execute(update(PICTURES).where(PICTURES.c.event == row.event).values(**wanted))
                    changed += len(wanted)
            if not some:
                break
            last = some[-1].event
        if changed:
            self.database.settle()
        return changed

    def rename_person(self, old: str, new: str) -> None:
        """Who was `old` is `new`, in the past too."""
        if not self.database.path.exists():
            return
        with self.database.writing() as on:
            own = [seq for (seq,) in on.execute(select(EVENTS.c.seq).where(EVENTS.c.person == old))]
            on.execute(update(EVENTS).where(EVENTS.c.runner_up == old).values(runner_up=new))
            corrections.rename_person(on, old, new)
            for start in range(0, len(own), _CHUNK):
                some = own[start : start + _CHUNK]
                on.execute(update(EVENTS).where(EVENTS.c.seq.in_(some)).values(person=new))
                _update_sought(on, some)

    def people(self) -> set[str]:
        """Everybody whom an event names."""
        with self.database.reading() as on:
            return {name for (name,) in on.execute(select(EVENTS.c.person).distinct()) if name is not None}

    def prune(self, now: float) -> int:
        """Deletes what is too old, and the oldest where it is too much. Returns how many events went."""
        gone = self._prune_old(now - self._days * _DAY_S)
        used = self.database.used_bytes()
        while used > self._most_bytes:
            if not (went := self._prune_share(1 - _PRUNED_TO * self._most_bytes / used)):
                break
            gone, used = gone + went, self.database.used_bytes()
        if gone:
            self.database.settle()
        return gone

    def close(self) -> None:
        self.database.close()

    def _add(self, on: Connection, entries: Sequence[Entry]) -> None:
        wanted = {entry.event.id: entry for entry in entries}
        for (known,) in on.execute(select(EVENTS.c.id).where(EVENTS.c.id.in_(wanted))):
            del wanted[known]
        if not wanted:
            return
        on.execute(insert(EVENTS), [rows.values(entry.event) for entry in wanted.values()])
        with_pictures = {key: entry.pictures for key, entry in wanted.items() if entry.pictures.face or entry.pictures.frame}
        if with_pictures:
            numbers = on.execute(select(EVENTS.c.seq, EVENTS.c.id).where(EVENTS.c.id.in_(with_pictures))).all()
            on.execute(
                insert(PICTURES),
                [
                    {"event": seq, "face": self._sealed(with_pictures[key].face), "frame": self._sealed(with_pictures[key].frame)}
                    for seq, key in numbers
                ],
            )

    def _sealed(self, picture: bytes | None) -> bytes | None:
        return None if picture is None else self._vault.seal(picture)

    def _prune_old(self, before: float) -> int:
        gone = 0
        while True:
            with self.database.writing() as on:
                corrections.prune(on, before)
                old = select(EVENTS.c.seq).where(EVENTS.c.at < before).limit(_DELETED_AT_ONCE)
                went = on.execute(delete(EVENTS).where(EVENTS.c.seq.in_(old))).rowcount
            gone += went
            if went < _DELETED_AT_ONCE:
                return gone

    def _prune_share(self, share: float) -> int:
        """The oldest events, so many that about that share of the bytes goes; at most so many at once that nobody waits long."""
        with self.database.writing() as on:
            count = on.execute(select(func.count()).select_from(EVENTS)).scalar_one()
            number = min(_DELETED_AT_ONCE, max(1, int(count * share)))
            oldest = select(EVENTS.c.seq).order_by(EVENTS.c.at, EVENTS.c.seq).limit(number)
            return on.execute(delete(EVENTS).where(EVENTS.c.seq.in_(oldest))).rowcount


def _page(on: Connection, query: Query, limit: int, before: Place | None, after: Place | None) -> list[Recorded]:
    """The latest first; with `after`, the earliest after that place first."""
    statement = rows.selected().where(*rows.conditions(query)).limit(limit)
    # What is new is found by its number; sorting it by an index on the time would mean to go through all that is old.
    at: ColumnElement[float] = EVENTS.c.at if query.since is None else func.coalesce(EVENTS.c.at, 0.0)
    if after is not None:
        statement = statement.where(*_after(after)).order_by(at, EVENTS.c.seq)
    else:
        if before is not None:
            statement = statement.where(EVENTS.c.at <= before.at, tuple_(before.at, before.seq) > _ORDER)
        statement = statement.order_by(at.desc(), EVENTS.c.seq.desc())
    return [rows.recorded(row) for row in on.execute(statement)]


def _after(place: Place) -> tuple[ColumnElement[bool], ...]:
    """The first condition says nothing new, but is one that an index can serve."""
    return EVENTS.c.at >= place.at, tuple_(place.at, place.seq) < _ORDER


def _scrub(on: Connection, name: str) -> int:
    """Takes a name out of what other events say: as a runner-up, also as `not NAME`, and in words."""
    in_words = (EVENTS.c.kind == Kind.GALLERY.value) & EVENTS.c.words.contains(name, autoescape=True)
    in_rival = EVENTS.c.runner_up.in_([name, f"not {name}"])
    mentioning = [seq for (seq,) in on.execute(select(EVENTS.c.seq).where(in_words | in_rival))]
    on.execute(update(EVENTS).where(in_words).values(words=None))
    on.execute(update(EVENTS).where(in_rival).values(runner_up=None))
    for start in range(0, len(mentioning), _CHUNK):
        _update_sought(on, mentioning[start : start + _CHUNK])
    return len(mentioning)


def _update_sought(on: Connection, some: Sequence[int]) -> None:
    """Makes the text that is searched again, from what the events now say."""
    for row in on.execute(rows.selected().where(EVENTS.c.seq.in_(some))).all():
        event = rows.recorded(row).event
        on.execute(update(EVENTS).where(EVENTS.c.seq == row.seq).values(sought=rows.sought(event)))
