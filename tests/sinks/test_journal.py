from __future__ import annotations

import json
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ostiary.sinks.journal import Delivery, Journal, Result, replace_name


def delivery(event_id: str, result: Result = Result.DELIVERED) -> Delivery:
    return Delivery(result, event_id, "Зоя", "front", "http://gate.lan", attempts=1, status=204, problem=None, after_ms=35, at=1736400000.5)


def test_deliveries_are_counted_kept_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "data" / "webhooks.jsonl"
    journal = Journal(path)
    journal.open()
    journal.record(delivery("evt_1"))
    journal.record(delivery("evt_2", Result.EXPIRED))
    journal.record(delivery("evt_3", Result.FAILED))
    assert journal.summary(recent=1) == {"delivered": 1, "expired": 1, "failed": 1, "recent": journal.tail(1)}
    again = Journal(path)
    again.open()
    assert [entry["event_id"] for entry in again.tail(2)] == ["evt_2", "evt_3"]
    assert again.tail(3) == journal.tail(3)
    assert again.summary()["delivered"] == 0
    assert json.loads(path.read_text("utf-8").splitlines()[0]) == {
        "result": "delivered",
        "event_id": "evt_1",
        "name": "Зоя",
        "camera": "front",
        "receiver": "http://gate.lan",
        "attempts": 1,
        "status": 204,
        "problem": None,
        "after_ms": 35,
        "at": 1736400000.5,
    }


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    path = tmp_path / "data" / "webhooks.jsonl"
    journal = Journal(path)
    journal.open()
    journal.record(delivery("evt_1"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_it_stays_small(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "webhooks.jsonl", max_bytes=2000)
    journal.open()
    for number in range(100):
        journal.record(delivery(f"evt_{number}"))
    files = sorted(tmp_path.glob("webhooks*"))
    assert [file.name for file in files] in (["webhooks.jsonl", "webhooks.jsonl.1"], ["webhooks.jsonl.1"])
    assert all(file.stat().st_size < 2500 for file in files)
    again = Journal(tmp_path / "webhooks.jsonl")
    again.open()
    assert again.tail(1)[0]["event_id"] == "evt_99"


def test_half_a_line_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "webhooks.jsonl"
    path.write_text(json.dumps({"event_id": "evt_1"}) + '\n{"event_id": "ev')
    journal = Journal(path)
    journal.open()
    journal.record(delivery("evt_2"))
    again = Journal(path)
    again.open()
    assert [entry["event_id"] for entry in again.tail(9)] == ["evt_1", "evt_2"]


def test_a_disk_that_cannot_be_written_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal(tmp_path / "webhooks.jsonl")
    journal.open()
    (tmp_path / "webhooks.jsonl").mkdir()  # nobody can write there, not even root
    journal.record(delivery("evt_1"))
    journal.record(delivery("evt_2"))
    assert journal.summary()["delivered"] == 2
    assert len(caplog.records) == 1
    assert "webhooks go on without their log" in caplog.text


def test_several_threads_write_whole_lines(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "webhooks.jsonl")
    journal.open()

    def write(who: int) -> None:
        for number in range(30):
            journal.record(delivery(f"evt_{who}_{number}"))

    threads = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = (tmp_path / "webhooks.jsonl").read_text("utf-8").splitlines()
    assert len({json.loads(line)["event_id"] for line in lines}) == 120


def test_a_log_that_cannot_be_read_or_written_keeps_no_door_shut(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "webhooks.log"
    path.mkdir()
    journal = Journal(path)
    journal.open()
    journal.record(delivery("evt_1"))
    assert [entry["event_id"] for entry in journal.tail(1)] == ["evt_1"]
    assert "cannot read" in caplog.text
    assert "cannot write" in caplog.text


def test_who_is_forgotten_is_named_no_more_neither_in_the_file_nor_by_a_program_that_runs(tmp_path: Path) -> None:
    known = {"katya", "zero"}
    journal = Journal(tmp_path / "webhooks.log", is_known=lambda name: name in known)
    for name in ("katya", "zero"):
        journal.record(replace(delivery("e"), name=name))
    known.remove("katya")
    assert replace_name(tmp_path / "webhooks.log", "katya", "") == 1
    assert [entry["name"] for entry in journal.tail(9)] == ["", "zero"]
    journal.record(replace(delivery("e"), name="katya"))  # it was on its way
    assert b"katya" not in (tmp_path / "webhooks.log").read_bytes()
    assert [json.loads(line)["name"] for line in (tmp_path / "webhooks.log").read_text().splitlines()] == ["", "zero", ""]
