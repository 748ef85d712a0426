"""Whoever is forgotten is nowhere in the bytes of the data folder: not the name, no encoding, no picture."""

from __future__ import annotations

import html
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ostiary.access.store import AccessStore
from ostiary.assembly import stores
from ostiary.assembly.erasing import finish_erasures
from ostiary.attendance.store import CorrectionStore
from ostiary.attendance.values import Act, Correction
from ostiary.domain import Reason, Status
from ostiary.engine import FaceEngine
from ostiary.erasures import Erasures
from ostiary.errors import DatabaseUnavailable, UnknownName
from ostiary.gallery.lessons import Face
from ostiary.history.store import HistoryStore
from ostiary.history.values import Correction as Corrected
from ostiary.history.values import Entry, Event, Kind, Pictures
from ostiary.records.store import RecordStore
from ostiary.records.values import Consent, Record
from ostiary.scopes import ALL, Principal
from ostiary.settings import DataSettings, GallerySettings, Settings
from ostiary.sinks.journal import Delivery, Journal, Result
from ostiary.stream.cooldown import Clock, Cooldowns
from ostiary.visitors.reception import Reception
from ostiary.visitors.values import Encounter, Look

SFACE = "sface-2021dec"
NAME, OTHER = "Jürgen Ödipus-Katz 猫", "Zero"
OWNER = Principal("user", "anna", ALL)


def _vector(number: int) -> np.ndarray:
    row = np.random.default_rng(number).normal(size=128)
    return (row / np.linalg.norm(row)).astype(np.float32)


def _picture(of: str, number: int) -> bytes:
    return b"\xff\xd8\xff" + f"a picture of person {of.encode().hex()} number {number} ".encode() * 40


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=DataSettings(tmp_path / "data"), gallery=GallerySettings(tmp_path / "faces"))


@pytest.fixture
def engine(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FaceEngine:
    """The engine as programs open it, but for its eyes."""
    engine = stores.engine_of(stores.prepared(settings))
    engine._open_eyes = lambda *_: SimpleNamespace(encoder=SimpleNamespace(id=SFACE))  # type: ignore[return-value]
    return engine


@pytest.fixture
def lived_in(engine: FaceEngine, settings: Settings) -> Iterator[Settings]:
    """A house in which two people left all the traces they can, and whose databases are in use."""
    data = settings.data.data_dir
    reception = Reception(stores.visitor_store(settings), engine)
    history, access, records = HistoryStore(data / "history.db"), AccessStore(data), RecordStore(data)
    corrections, journal = CorrectionStore(data), Journal(data / "webhooks.log")
    cooldowns = Cooldowns(data / "cooldowns.json", 5.0, Clock())
    for turn, name in enumerate((NAME, OTHER)):
        faces = [Face(_vector(10 * turn + n), _picture(name, n)) for n in range(3)]
        engine.learn(name, faces, encoder_id=SFACE)
        for n, (status, reason) in enumerate([(Status.PASS, None), (Status.REJECT, Reason.AMBIGUOUS)]):
            looks = (Look(_vector(10 * turn + 5 + n), 0.9),)
            seen = Encounter(f"{name}-{n}".encode().hex(), "door", status, reason, name, 0.3, 1.0, 2.0 + n, SFACE, looks, None)
            reception.store.record(seen, _picture(name, 10 + n))
        reception.correct(f"{name}-0".encode().hex())  # and so a negative, "not NAME", with its picture
        event = Event(f"event-{turn}", 1.7e9, Kind.PASS, camera="door", person=name, words=f"{name} came")
        history.add([Entry(event, Pictures(_picture(name, 20), _picture(name, 21)))])
        history.correct(f"another-{turn}", Corrected(name, 1.7e9, "anna", 1))
        stores.spoof_pictures(settings).save(1.7e9, "door", turn, name, _picture(name, 30))
        consent = Consent(1.7e9, "anna", f"{name} agreed")
        records.put(Record(name, display_name=name, notes=f"{name} likes tea", consent=consent), at=1.7e9, by="anna")
        corrections.keep(Correction(0, Act.ADD, name, 1.7e9, 1.7e9, None, f"{name} forgot", 1.7e9, "anna", None, ""))
        journal.record(Delivery(Result.DELIVERED, f"e{turn}", name, "door", "receiver", 1, 200, None, 5, 1.7e9))
        cooldowns.spend(name, "door", time.monotonic())
        access.audit.note(OWNER, "person.enrol", name, f"{name}, once", "127.0.0.1")
    proof = data / "proof"
    proof.mkdir()
    (proof / "report.json").write_text(json.dumps({"persons": {NAME: 1, OTHER: 2}}))
    unpacked = data / ".backup-0123456789abcdef" / "new" / "faces" / "photos"  # of a restore that was killed
    unpacked.mkdir(parents=True)
    (unpacked / "0a.jpg").write_bytes(_picture(NAME, 0))
    (proof / "other.html").write_text(f"<p>{html.escape(OTHER)}</p>")
    yield settings
    for opened in (history, access, records, corrections):
        opened.close()


def traces(settings: Settings, name: str, turn: int) -> list[str]:
    """Where a person is still to be found, in any spelling."""
    spelt = {text.encode(code) for text in (name, json.dumps(name)[1:-1], html.escape(name)) for code in ("utf-8", "utf-16-le")}
    spelt |= {_picture(name, n)[20:60] for n in range(1)} | {_picture(name, 0)[-300:-220]}
    spelt |= {_vector(10 * turn + n).tobytes()[k : k + 32] for n in range(10) for k in (0, 256)}
    files = [f for folder in (settings.data.data_dir, settings.gallery.faces_dir) for f in sorted(folder.rglob("*"))]
    found = [str(f.name) for f in files if name in f.name]
    return found + [f.name for f in files if f.is_file() and any(each in f.read_bytes() for each in spelt)]


def test_whoever_is_forgotten_is_nowhere_in_the_bytes(lived_in: Settings, engine: FaceEngine) -> None:
    before = traces(lived_in, NAME, 0)
    places = {"face_db.pkl", "face_db.pkl.prev", "visitors.db", "history.db", "access.db", "people.db", "attendance.db", "webhooks.log"}
    assert places | {"report.json"} <= {name.removesuffix("-wal") for name in before}, "or this test sees nothing"
    assert sum(name.endswith(".jpg") for name in before) >= 5
    kept = len(traces(lived_in, OTHER, 1))

    erased = engine.forget(NAME)

    assert traces(lived_in, NAME, 0) == []
    assert engine.gallery.names == (OTHER,)
    assert {kind for kind, count in erased.items() if count} >= {
        "examples", "photos", "visitors", "attempts", "events", "webhooks", "records", "measurements"
    }  # fmt: skip
    assert len(traces(lived_in, OTHER, 1)) >= kept - 2, "the other one stays, but for what named both"
    with pytest.raises(UnknownName):
        engine.forget(NAME)
    assert traces(lived_in, NAME, 0) == []


def test_the_record_tells_what_was_done_and_not_of_whom(lived_in: Settings, engine: FaceEngine) -> None:
    engine.forget(NAME)
    record = Erasures(lived_in.data.data_dir)
    (line,) = record.path.read_text().splitlines()
    told = json.loads(line)
    assert (told["by"], told["erased"]["examples"]) == ("the terminal", 3)
    assert (record.was_erased(NAME), record.was_erased(OTHER)) == (True, False)
    assert record.path.stat().st_mode & 0o777 == 0o600
    assert record.begun() == []


def test_a_new_name_is_followed_into_every_corner(lived_in: Settings, engine: FaceEngine) -> None:
    engine.rename(NAME, "Somebody Else")
    engine.forget("Somebody Else")
    left = set(traces(lived_in, NAME, 0))
    # Records and corrections follow where they are put together; measurements are of the past, and say who it was then.
    assert left <= {"people.db", "people.db-wal", "attendance.db", "attendance.db-wal", "access.db", "report.json"}
    assert traces(lived_in, "Somebody Else", 0) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from ostiary.assembly import stores
from ostiary.settings import DataSettings, GallerySettings, Settings
root = Path(sys.argv[1])
engine = stores.engine_of(stores.prepared(Settings(data=DataSettings(root / "data"), gallery=GallerySettings(root / "faces"))))
at = int(sys.argv[3])
engine.when_forgotten.insert(at, lambda name: os.kill(os.getpid(), signal.SIGKILL))
engine.forget(sys.argv[2])
"""


@pytest.mark.parametrize("at", [0, 2, 6])
def test_a_program_that_is_killed_while_forgetting_has_it_finished_by_the_next(
    lived_in: Settings, engine: FaceEngine, tmp_path: Path, at: int
) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), NAME, str(at)])
    assert done.returncode == -signal.SIGKILL
    assert traces(lived_in, NAME, 0), "or this test kills too late"
    finish_erasures(engine)
    assert traces(lived_in, NAME, 0) == []
    assert Erasures(lived_in.data.data_dir).was_erased(NAME)


def test_who_was_enrolled_anew_meanwhile_stays(engine: FaceEngine, settings: Settings) -> None:
    erasures = Erasures(settings.data.data_dir, clock=lambda: 1000.0)
    erasing = erasures.of([NAME])
    erasing.__enter__()[NAME]["examples"] = 1
    assert not erasing.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    engine.learn(NAME, [Face(_vector(1), None)], encoder_id=SFACE)
    finish_erasures(engine)
    assert NAME in engine.gallery
    assert erasures.begun() == []


def test_where_one_place_fails_the_others_forget_all_the_same_and_it_is_finished_later(lived_in: Settings, engine: FaceEngine) -> None:
    def failing(name: str) -> None:
        raise DatabaseUnavailable(Path("x.db"), "disk I/O error")

    engine.when_forgotten.insert(0, failing)
    with pytest.raises(DatabaseUnavailable):
        engine.forget(NAME)
    assert [name for name in traces(lived_in, NAME, 0) if not name.endswith(".json")] == []
    engine.when_forgotten.remove(failing)
    finish_erasures(engine)
    assert traces(lived_in, NAME, 0) == []
