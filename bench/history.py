"""The history: adding and asking at a million events, and the bytes written for an hour of quiet and of busy doors.

Bytes are those that the process gave to the system to write (`wchar`): what a memory card sees is at most that.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ostiary.history.recorder import Recorder
from ostiary.history.spans import edges
from ostiary.history.store import HistoryStore
from ostiary.history.values import Entry, Event, Grounds, Kind, Pictures, Place, Query
from ostiary.local_time import zone

EVENTS = 1_000_000
AT_ONCE = 5000
ROUNDS = 7
FACE = random.Random(1).randbytes(8000)
NOW = 1_767_225_600.0
SPACING_S = 7.0
DAY_S = 86400.0


def measure() -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:  # on a disk: /tmp may be memory
        return {**_at_a_million(Path(folder)), **_written(Path(folder))}


def _at_a_million(folder: Path) -> dict[str, float]:
    store = HistoryStore(folder / "history.db", most_mb=1e6, days=3650)
    start = time.perf_counter()
    for first in range(0, EVENTS, AT_ONCE):
        store.add([_entry(number) for number in range(first, first + AT_ONCE)])
    seconds = time.perf_counter() - start
    middle, began = Place(NOW - EVENTS * SPACING_S / 2, 0), NOW - EVENTS * SPACING_S
    days = edges(NOW - 30 * DAY_S, NOW, "day", zone("Europe/Berlin"))
    asked: dict[str, Callable[[], object]] = {
        "latest page": store.events,
        "page in the middle": lambda: store.events(before=middle),
        "one person's page": lambda: store.events(Query(person="person 17")),
        "page of a camera that is no more": lambda: store.events(Query(camera="back door")),
        "one day's refusals": lambda: store.events(Query(middle.at, middle.at + DAY_S, kinds=(Kind.REJECT, Kind.VISITOR))),
        "all spoofs' page": lambda: store.events(Query(kinds=(Kind.REJECT,), reasons=("spoof",))),
        "text that is found": lambda: store.events(Query(text="PERSON 42")),
        "text that is nowhere": lambda: store.events(Query(text="nowhere")),
        "since the last": lambda: store.events(Query(since=EVENTS - 1)),
        "counts of 30 days": lambda: store.counts(Query(days[0], days[-1]), days),
        "counts of everything": lambda: store.counts(Query(), edges(began, NOW, "day", zone("UTC"))),
        "a person's passes of a month": lambda: list(store.passes(NOW - 30 * DAY_S, NOW, "person 17")),
        "all passes of a month": lambda: list(store.passes(NOW - 30 * DAY_S, NOW)),
    }
    figures = {f"{what}, ms": _median_ms(ask) for what, ask in asked.items()}
    numbers = iter(range(EVENTS, 2 * EVENTS))
    figures["add one with a face, ms"] = _median_ms(lambda: store.add([_entry(next(numbers), FACE)]))
    figures["add 64 with a face each, ms"] = _median_ms(lambda: store.add([_entry(next(numbers), FACE) for _ in range(64)]))
    figures["events added per second, 5000 at once"] = EVENTS / seconds
    figures["bytes per event without pictures"] = store.database.used_bytes() / EVENTS
    store.close()
    return figures


def _written(folder: Path) -> dict[str, float]:
    store = HistoryStore(folder / "hours.db")
    recorder = Recorder(store, 10.0)
    numbers: Iterator[int] = iter(range(EVENTS))

    def minute() -> None:
        recorder.put(_entry(next(numbers), FACE))
        recorder.flush()

    def ten_seconds() -> None:
        for _ in range(10):
            recorder.put(_entry(next(numbers), FACE))
        recorder.flush()

    minute()
    figures = {
        "kB written per hour without events": _per_hour(lambda: store.prune(NOW), 60, 1),
        "kB written per hour, an event a minute": _per_hour(minute, 60, 24),
        "kB written per hour, an event a second": _per_hour(ten_seconds, 360, 1),
    }
    recorder.close()
    store.close()
    return figures


def _entry(number: int, face: bytes | None = None) -> Entry:
    draw = random.Random(number)
    person, at = f"person {draw.randrange(200)}", NOW - (EVENTS - number) * SPACING_S
    grounds = Grounds(0.41, f"person {draw.randrange(200)}", 0.78, 0.55, 0.05, 3, 3, 0.83, 0.98, track_id=number, seen_s=2.4, frames=31)
    camera = f"door {number % 4}"
    match draw.choices(("pass", "visitor", "spoof", "webhook", "camera"), (45, 8, 1, 45, 1))[0]:
        case "pass":
            event = Event(f"{number:032x}", at, Kind.PASS, None, camera, person, grounds)
        case "visitor":
            event = Event(f"{number:032x}", at, Kind.VISITOR, "unknown", camera, None, grounds)
        case "spoof":
            event = Event(f"{number:032x}", at, Kind.REJECT, "spoof", camera, person, grounds)
        case "webhook":
            words = "http://gate.local:8080, 84 ms after the capture, 1 attempt"
            event = Event(f"{number:032x}", at, Kind.WEBHOOK, "delivered", camera, person, words=words, about="0" * 32)
        case _:
            event = Event(f"{number:032x}", at, Kind.CAMERA, "lost", camera, words="it does not answer")
    return Entry(event, Pictures(face))


def _median_ms(ask: Callable[[], object]) -> float:
    def once() -> float:
        start = time.perf_counter()
        ask()
        return (time.perf_counter() - start) * 1000

    return statistics.median(once() for _ in range(ROUNDS))


def _per_hour(turn: Callable[[], object], turns: int, hours: int) -> float:
    before = _given_to_write()
    for _ in range(turns * hours):
        turn()
    return (_given_to_write() - before) / hours / 1000


def _given_to_write() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("wchar:")).split()[1])
