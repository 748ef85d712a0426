from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ostiary import cli
from ostiary.domain import Status
from ostiary.encoders import ENCODERS
from ostiary.history.store import HistoryStore
from ostiary.history.values import Entry, Event, Grounds, Kind
from ostiary.visitors.store import VisitorStore
from ostiary.visitors.values import Encounter, Look


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TIME_ZONE", "Europe/Berlin")
    return tmp_path


@pytest.fixture
def kept(here: Path) -> Path:
    store = HistoryStore(here / "data" / "history.db")
    store.add(
        [
            Entry(Event("p", 1_774_782_000.0, Kind.PASS, None, "door", "Катя", Grounds(0.41, "Zero", 0.78))),
            Entry(Event("r", 1_774_782_060.0, Kind.REJECT, "low_quality", "door", None, Grounds(problem="too dark"))),
            Entry(Event("g", 1_774_900_000.0, Kind.GALLERY, "enrolled", None, "Катя", words="example 2", by="front desk")),
        ]
    )
    store.close()
    return here


def test_events_are_printed_by_local_time(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["events", "list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "2026-03-29 13:00:00 door PASS Катя at 0.410 (next Zero at 0.780)",
        "2026-03-29 13:01:00 door REJECT low_quality too dark",
        "2026-03-30 21:46:40 - gallery enrolled Катя example 2 by front desk",
    ]
    assert cli.main(["events", "list", "--to", "2026-03-29", "--person", "Катя", "--kind", "pass"]) == 0
    assert capsys.readouterr().out.count("\n") == 1
    assert cli.main(["events", "list", "--count", "1"]) == 0
    assert "gallery" in capsys.readouterr().out


def test_a_decision_that_is_corrected_from_the_terminal_is_marked(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    looks = (Look(np.eye(128, dtype=np.float32)[0], 0.9),)
    seen = Encounter("p", "door", Status.PASS, None, "Катя", 0.41, 1_774_782_000.0, 1_774_782_000.0, ENCODERS["sface"].id, looks, None)
    VisitorStore(kept / "data" / "visitors").record(seen, None)
    for asked, marked in ((["correct", "p"], True), (["undo", "1"], False)):
        assert cli.main(["visitors", *asked]) == 0
        assert cli.main(["events", "list", "--kind", "pass"]) == 0
        assert ("[corrected: it was not Катя]" in capsys.readouterr().out) is marked


def test_events_are_written_to_files(kept: Path) -> None:
    for name in ("events.csv", "events.json", "events.xlsx"):
        assert cli.main(["events", "export", name, "--kind", "pass", "--kind", "reject"]) == 0
    rows = list(csv.reader((kept / "events.csv").read_text("utf-8-sig").splitlines()))
    assert [row[1] for row in rows] == ["kind", "pass", "reject"]
    assert [event["id"] for event in json.loads((kept / "events.json").read_text())] == ["p", "r"]
    assert "Катя" in zipfile.ZipFile(kept / "events.xlsx").read("xl/worksheets/sheet1.xml").decode()


def test_looking_makes_no_history(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["events", "list"]) == 0
    assert capsys.readouterr().err == "no events are kept yet\n"
    assert not (here / "data" / "history.db").exists()


@pytest.mark.parametrize(
    ("arguments", "words"), [(["list", "--from", "yesterday"], "--from"), (["export", "events.doc"], "must end in one of .csv")]
)
def test_what_cannot_be_asked_is_said(kept: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    try:
        code = cli.main(["events", *arguments])
    except SystemExit as error:  # argparse's own
        code = int(str(error.code))
    assert code == 2
    assert words in capsys.readouterr().err
