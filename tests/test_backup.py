"""A backup is whole or refused, and restoring it happens wholly or not at all, whenever the program is killed."""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ostiary.access.store import AccessStore
from ostiary.access.values import Subject
from ostiary.assembly import backups, stores
from ostiary.assembly.backups import back_up, finish_restore, restore
from ostiary.assembly.compreface import register_of
from ostiary.assembly.restoring import being_restored
from ostiary.assembly.shelves import shelves_of
from ostiary.backup import MANIFEST, Packer
from ostiary.compreface.values import Kind as Compreface
from ostiary.domain import Reason, Status
from ostiary.engine import FaceEngine
from ostiary.errors import BadBackup, BadInvitation, SettingsError, UnknownService
from ostiary.gallery.lessons import Face
from ostiary.history.store import HistoryStore
from ostiary.history.values import Entry, Event, Kind, Pictures
from ostiary.keyring import State, make_key_file, vault_of
from ostiary.records.store import RecordStore
from ostiary.records.values import Record
from ostiary.resealing import encrypt, rotate
from ostiary.scopes import ALL, Principal, Role
from ostiary.settings import CompreFaceSettings, DataSettings, GallerySettings, PrivacySettings, Settings
from ostiary.visitors.values import Encounter, Look

SFACE = "sface-2021dec"
PASSWORD = "a long pass phrase"


def _vector(number: int) -> np.ndarray:
    row = np.random.default_rng(number).normal(size=128)
    return (row / np.linalg.norm(row)).astype(np.float32)


def settings_in(folder: Path, key: Path | None = None) -> Settings:
    return Settings(data=DataSettings(folder / "data"), gallery=GallerySettings(folder / "faces"), privacy=PrivacySettings(key))


def engine_in(settings: Settings) -> FaceEngine:
    engine = stores.engine_of(stores.prepared(settings))
    engine._open_eyes = lambda *_: SimpleNamespace(encoder=SimpleNamespace(id=SFACE))  # type: ignore[assignment,return-value]
    return engine


def live_in(settings: Settings, *names: str) -> None:
    engine, data, vault = engine_in(settings), settings.data.data_dir, vault_of(settings)
    history, records, access = HistoryStore(data / "history.db", vault=vault), RecordStore(data), AccessStore(data)
    for name in names:
        n = ("katya", "zero", "ada").index(name)
        engine.learn(name, [Face(_vector(n), f"photo of {name}".encode())], encoder_id=SFACE)
        history.add([Entry(Event(f"came {n}", 1.7e9, Kind.PASS, person=name), Pictures(f"face of {name}".encode()))])
        records.put(Record(name, notes=f"about {name}"), at=1.7e9, by="anna")
        looks = (Look(_vector(50 + n), 0.9),)
        seen = Encounter(f"d-{n}", "door", Status.REJECT, Reason.UNKNOWN, None, None, 1.0, 2.0, SFACE, looks, None)
        stores.visitor_store(settings).record(seen, b"visitor")
        stores.spoof_pictures(settings).save(1.7e9 + n, "door", n, name, b"attempt")
    access.audit.note(Principal("user", "anna", ALL), "lived", f"{len(names)} people")
    for opened in (history, records, access):
        opened.close()


def state_of(settings: Settings) -> dict[str, object]:
    """Everything that a restore brings back, as programs see it."""
    engine, data, vault = engine_in(settings), settings.data.data_dir, vault_of(settings)
    history, records, access = HistoryStore(data / "history.db", vault=vault), RecordStore(data), AccessStore(data)
    try:
        names = engine.names()
        ids = [example.face_id for name in names for example in engine.gallery.examples(name)]
        return {
            "people": names,
            "photos": [engine.photo(name, engine.gallery.examples(name)[0].face_id) for name in names],
            "files": sorted(path.stem for path in (settings.gallery.faces_dir / "photos").glob("*.jpg")) == sorted(ids),
            "events": {r.event.id: history.picture(r.event.id, "face") for r in history.walk() if r.event.kind is Kind.PASS},
            "records": {name: record.notes for name, record in records.all().items()},
            "visitors": len(stores.visitor_store(settings).visitors()),
            "attempts": len(list((data / "spoofs").glob("*.jpg"))),
            "audit": [entry.target for entry in access.audit.entries() if entry.action == "lived"],
        }
    finally:
        for opened in (history, records, access):
            opened.close()


@pytest.fixture
def house(tmp_path: Path) -> Settings:
    settings = settings_in(tmp_path)
    live_in(settings, "katya", "zero")
    return settings


def backup_of(settings: Settings) -> bytes:
    file = io.BytesIO()
    back_up(settings, file)
    return file.getvalue()


def test_what_was_backed_up_comes_back_and_what_came_since_goes(house: Settings) -> None:
    before, packed = state_of(house), backup_of(house)
    running = HistoryStore(house.data.data_dir / "history.db")  # of a program that runs all the while
    running.extent()
    live_in(house, "ada")
    assert state_of(house) != before
    restore(house, io.BytesIO(packed))
    assert state_of(house) == before
    assert [r.event.id for r in running.walk() if r.event.kind is Kind.PASS] == ["came 0", "came 1"]
    running.add([Entry(Event("came later", 1.8e9, Kind.PASS))])
    running.close()
    assert "came later" in state_of(house)["events"]  # type: ignore[operator]


def test_a_backup_logs_nobody_in_or_out_and_brings_no_revoked_key_back(house: Settings) -> None:
    access = AccessStore(house.data.data_dir)
    door, desk = (access.keys.create(name, ALL, by="anna") for name in ("door", "desk"))
    for name in ("anna", "zero"):
        access.users.claim(access.users.add(name, Role.OWNER).token, None, PASSWORD)
    session = access.sessions.begin(Subject("user", "anna"), "127.0.0.1")
    token = access.grants.issue(Subject("key", desk.key.id), ALL)
    invited = access.users.add("guest", Role.VIEWER)
    packed = backup_of(house)
    access.sessions.end(session.token)
    later = access.sessions.begin(Subject("user", "anna"), "127.0.0.1")
    access.keys.revoke(door.key.id)
    access.users.set_disabled("zero", True)
    access.keys.create("made since", ALL, by="anna")
    access.close()
    restore(house, io.BytesIO(packed))
    access = AccessStore(house.data.data_dir)
    assert {key.name: key.revoked_at is None for key in access.keys.list()} == {"door": False, "desk": True}
    assert {user.name: user.disabled for user in access.users.list()} == {"anna": False, "zero": True, "guest": False}
    assert access.users.check("anna", PASSWORD)
    assert access.sessions.find(session.token) is None
    assert access.sessions.find(later.token)
    assert access.grants.find(token.access) is None
    with pytest.raises(BadInvitation):
        access.users.invited(invited.token)
    access.close()


def test_a_backup_brings_no_key_of_a_service_back_that_was_changed_or_deleted(house: Settings) -> None:
    register = register_of(house)
    register.open()
    kept, changed, deleted = (register.create_service(1, Compreface.RECOGNITION, name) for name in ("kept", "changed", "deleted"))
    packed = backup_of(house)
    fresh = register.change_key(changed.id).key
    register.delete_service(deleted.id)
    for _ in range(2):  # what was revoked stays so, however often the house goes back
        restore(house, io.BytesIO(packed))
        assert register.service_of(kept.key, Compreface.RECOGNITION).name == "kept"
        assert register.service_of(fresh, Compreface.RECOGNITION).name == "changed"
        assert "deleted" in {service.name for service in register.services()}
        for gone in (changed, deleted):
            with pytest.raises(UnknownService):
                register.service_of(gone.key, Compreface.RECOGNITION)
    register.close()


def test_a_backup_helps_where_the_database_of_services_is_damaged(house: Settings, caplog: pytest.LogCaptureFixture) -> None:
    register = register_of(house)
    register.open()
    services = register.services()
    register.close()
    packed, file = backup_of(house), register.path
    with file.open("r+b") as damaged:
        damaged.seek(200)
        damaged.write(b"\xff" * (file.stat().st_size - 200))
    restore(house, io.BytesIO(packed))
    assert register.services() == services
    assert "cannot be read" in caplog.text
    register.close()


def test_in_another_house_a_backup_brings_all_keys_of_services(house: Settings, tmp_path: Path) -> None:
    register = register_of(house)
    register.open()
    keys = {service.key for service in register.services()}
    elsewhere = settings_in(tmp_path / "elsewhere")
    given = str(uuid.uuid4())
    elsewhere = replace(elsewhere, compreface=CompreFaceSettings(detection_key=given))
    restore(elsewhere, io.BytesIO(backup_of(house)))
    there = register_of(elsewhere)
    assert {service.key for service in there.services()} - keys == {given}
    for opened in (register, there):
        opened.close()


def test_a_backup_of_the_time_before_the_first_key_does_not_open_the_house(house: Settings) -> None:
    packed, access = backup_of(house), AccessStore(house.data.data_dir)
    assert not access.locked
    access.keys.create("door", ALL, by="anna")
    access.close()
    restore(house, io.BytesIO(packed))
    access = AccessStore(house.data.data_dir)
    assert not access.keys.list()
    assert access.locked
    access.close()


def test_it_moves_to_another_machine(house: Settings, tmp_path: Path) -> None:
    other = settings_in(tmp_path / "other")
    restore(other, io.BytesIO(backup_of(house)))
    assert state_of(other) == state_of(house)


def test_who_was_forgotten_since_then_stays_forgotten(house: Settings) -> None:
    packed = backup_of(house)
    engine_in(house).forget("katya")
    restore(house, io.BytesIO(packed))
    assert state_of(house)["people"] == ["zero"]
    assert not any(b"katya" in path.read_bytes() for path in house.data.data_dir.rglob("*") if path.is_file())


def test_who_was_forgotten_since_then_is_not_enrolled_for_a_moment_nor_where_a_program_is_killed_then(
    house: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = backup_of(house)
    engine_in(house).forget("katya")

    def killed(engine: FaceEngine) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as now:
        now.setattr("ostiary.assembly.erasing.finish_erasures", killed)
        with pytest.raises(KeyboardInterrupt):
            restore(house, io.BytesIO(packed))
    assert engine_in(house).names() == ["zero"]
    stores.finish_changes(engine_in(house))  # as every program does when it starts
    assert not any(b"katya" in path.read_bytes() for path in house.data.data_dir.rglob("*") if path.is_file())


def test_nobody_passes_while_people_and_dates_are_of_two_times(house: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    packed, told = backup_of(house), []
    assert being_restored(house) is None
    monkeypatch.setattr(backups, "_put_gallery", lambda *_: told.append(being_restored(house)))
    restore(house, io.BytesIO(packed))
    assert (told, being_restored(house)) == (["a backup is being restored"], None)


def test_an_encrypted_house_stays_encrypted_and_needs_its_key(house: Settings, tmp_path: Path) -> None:
    key = tmp_path / "key"
    make_key_file(key)
    locked = replace(house, privacy=PrivacySettings(key))
    encrypt(vault_of(locked), shelves_of(locked, vault_of(locked)))
    before, packed = state_of(locked), backup_of(locked)
    assert b"photo of" not in packed
    assert key.read_bytes().splitlines()[-1] not in packed
    with pytest.raises(SettingsError, match="KEY_FILE"):
        restore(settings_in(tmp_path / "without"), io.BytesIO(packed))
    make_key_file(tmp_path / "wrong")
    with pytest.raises(BadBackup, match="encrypted with the key"):
        restore(settings_in(tmp_path / "wrongly", tmp_path / "wrong"), io.BytesIO(packed))
    other = settings_in(tmp_path / "other", key)
    restore(other, io.BytesIO(packed))
    assert state_of(other) == before
    rotate(vault_of(locked), shelves_of(locked, vault_of(locked)))
    with pytest.raises(BadBackup, match="encrypted with the key"):
        restore(locked, io.BytesIO(packed))
    assert state_of(locked) == before


def test_a_plain_backup_is_encrypted_where_everything_is(house: Settings, tmp_path: Path) -> None:
    before, packed = state_of(house), backup_of(house)
    key = tmp_path / "key"
    make_key_file(key)
    locked = replace(house, privacy=PrivacySettings(key))
    encrypt(vault_of(locked), shelves_of(locked, vault_of(locked)))
    restore(locked, io.BytesIO(packed))
    assert state_of(locked) == before
    assert vault_of(locked).mark().state is State.SEALED
    assert not any(b"photo of" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def _rewritten(packed: bytes, change: Callable[[tarfile.TarInfo, bytes], tuple[tarfile.TarInfo, bytes] | None]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(packed)) as old, tarfile.open(fileobj=out, mode="w") as new:
        for member in old:
            file = old.extractfile(member)
            assert file is not None
            if (kept := change(member, file.read())) is not None:
                kept[0].size = len(kept[1])
                new.addfile(kept[0], io.BytesIO(kept[1]))
    return out.getvalue()


def _renamed(name: str, kind: bytes = tarfile.REGTYPE) -> Callable[[tarfile.TarInfo, bytes], tuple[tarfile.TarInfo, bytes]]:
    def change(member: tarfile.TarInfo, data: bytes) -> tuple[tarfile.TarInfo, bytes]:
        if member.name == "faces/face_db.pkl":
            member.name, member.type, member.linkname = name, kind, "/etc/passwd"
        return member, data if kind == tarfile.REGTYPE else b""

    return change


BROKEN = {
    "a changed byte": lambda m, d: (m, d[:-1] + b"x" if m.name == "faces/face_db.pkl" else d),
    "a missing file": lambda m, d: None if m.name == "data/history.db" else (m, d),
    "no manifest": lambda m, d: None if m.name == MANIFEST else (m, d),
    "a newer format": lambda m, d: (m, json.dumps(json.loads(d) | {"format": "ostiary backup 9"}).encode() if m.name == MANIFEST else d),
    "a path that leads out": _renamed("faces/../../escaped"),
    "an absolute path": _renamed("/tmp/escaped"),
    "a manifest without end": lambda m, d: (m, b"[" * 100_000 if m.name == MANIFEST else d),
    "a time without end": lambda m, d: (m, json.dumps(json.loads(d) | {"made_at": float("inf")}).encode() if m.name == MANIFEST else d),
    "a size without end": lambda m, d: (m, re.sub(rb"\[\d+,", b"[1e999,", d, count=1) if m.name == MANIFEST else d),
    "a key": _renamed("data/secret.key"),
    "a link": _renamed("faces/face_db.pkl", tarfile.SYMTYPE),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_what_is_not_whole_is_refused_and_changes_nothing(house: Settings, tmp_path: Path, fault: str) -> None:
    packed = _rewritten(backup_of(house), BROKEN[fault])  # type: ignore[arg-type]
    before = state_of(house)
    with pytest.raises(BadBackup):
        restore(house, io.BytesIO(packed))
    assert state_of(house) == before
    assert [path.name for path in house.data.data_dir.glob(".*") if path.is_dir()] == []


@pytest.mark.parametrize("cut", [0, 100, 5000, -20000])
def test_what_is_cut_off_is_refused(house: Settings, cut: int) -> None:
    before = state_of(house)
    with pytest.raises(BadBackup):
        restore(house, io.BytesIO(backup_of(house)[:cut]))
    assert state_of(house) == before


def test_an_empty_backup_is_whole(tmp_path: Path) -> None:
    empty = settings_in(tmp_path / "empty")
    before = state_of(empty)
    packed = io.BytesIO()
    Packer(packed).finish(1.7e9, "1", "")
    packed.seek(0)
    assert restore(empty, packed).files == {}
    assert state_of(empty) == before


KILLED = """
import os, signal, sys
from pathlib import Path
from ostiary.assembly import backups
from ostiary.settings import DataSettings, GallerySettings, Settings
root, at = Path(sys.argv[1]), int(sys.argv[2])
done = 0
def dying(do):
    def after(*args):
        global done
        done += 1
        if done == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return do(*args)
    return after
backups.replace_whole, backups.copy_into = dying(backups.replace_whole), dying(backups.copy_into)
settings = Settings(data=DataSettings(root / "data"), gallery=GallerySettings(root / "faces"))
with open(root / "backup.tar", "rb") as file:
    backups.restore(settings, file)
"""


@pytest.mark.parametrize("at", [1, 2, 4, 6, 9])
def test_killed_while_restoring_it_is_as_before_or_finished_by_the_next_program(house: Settings, tmp_path: Path, at: int) -> None:
    before = state_of(house)
    (tmp_path / "backup.tar").write_bytes(backup_of(house))
    live_in(house, "ada")
    after = state_of(house)
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(at)])
    assert done.returncode == -signal.SIGKILL
    finish_restore(house)  # as every program does when it starts
    assert state_of(house) == (after if at == 1 else before)
