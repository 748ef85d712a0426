"""`ostiary people` and `ostiary attendance`, in this process: only the network and the models are not needed."""

from __future__ import annotations

import csv
import zipfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from ostiary.access.store import AccessStore
from ostiary.assembly.history import open_history
from ostiary.assembly.stores import open_engine
from ostiary.cli import main
from ostiary.gallery.gallery import Example
from ostiary.history.values import Event, Kind
from ostiary.settings import load

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A house in which katya is enrolled and was seen at 8 and at 16:30 on 1 July 2026."""
    monkeypatch.chdir(tmp_path)
    environ = {"TIME_ZONE": "Europe/Berlin", "HOME": str(tmp_path)}
    settings = load(environ)
    engine = open_engine(settings)
    row = np.eye(1, 128, dtype=np.float32)[0]
    engine.store.add("katya", [Example("face-1", 1.0, row)], encoder_id="sface-2021dec")
    history = open_history(settings, settings.data.data_dir)
    for number, hour in enumerate((8, 16.5)):
        at = datetime(2026, 7, 1, int(hour), int(hour % 1 * 60), tzinfo=BERLIN).timestamp()
        history.note(Event(f"event-{number}", at, Kind.PASS, camera="front", person="katya"))
    history.close()
    return environ


def test_people_are_written_down_and_shown(environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    changes = ["--group", "night", "--until", "2026-07-31", "--consent", "signed on paper", "--display-name", "Екатерина"]
    assert main(["people", "set", "katya", *changes], environ) == 0
    assert main(["people", "set", "katya", "--notes", "lost her card"], environ) == 0
    capsys.readouterr()
    assert main(["people", "show", "katya"], environ) == 0
    told = capsys.readouterr().out
    for text in ("katya", "Екатерина", "night", "through 2026-07-31", "signed on paper", "lost her card"):
        assert text in told
    assert main(["people", "set", "katya", "--until", "none", "--consent", "none"], environ) == 0
    told = capsys.readouterr().out
    assert ("always" in told, "signed" in told) == (True, False)
    assert main(["people", "list"], environ) == 0
    assert capsys.readouterr().out == "katya  night\n"
    store = AccessStore(Path("data"))
    newest = store.audit.entries()[0]
    assert (newest.action, newest.target) == ("person.record", "katya")
    store.close()


def test_what_cannot_be_written_is_said(environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["people", "set", "katya", "--until", "soon"], environ) == 2
    assert "--until" in capsys.readouterr().err
    assert main(["people", "show", "nobody"], environ) == 2
    assert "nobody named 'nobody'" in capsys.readouterr().err


def test_attendance_is_printed_and_written(environ: dict[str, str], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["attendance", "--month", "2026-07"], environ) == 0
    assert capsys.readouterr().out.splitlines() == [
        "katya",
        "  Wed 2026-07-01  08:00    16:30      8:30",
        "  1 day, 8:30 hours, 0 incomplete",
    ]
    assert main(["attendance", "--week", "2026-07-05", "--csv", "out.csv", "--xlsx", "out.xlsx"], environ) == 0
    rows = list(csv.reader((tmp_path / "out.csv").read_text("utf-8-sig").splitlines()))
    assert rows[1][:5] == ["katya", "katya", "", "2026-07-01", "2026-07-01 08:00:00"]
    assert zipfile.is_zipfile(tmp_path / "out.xlsx")
    assert main(["attendance", "--day", "2026-07-02"], environ) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("arguments", [["--month", "July"], ["--day", "2026-02-30"], ["--day", "2026-07-01", "--week", "2026-07-01"]])
def test_a_period_that_is_none_is_refused(environ: dict[str, str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["attendance", *arguments], environ)
    assert ended.value.code == 2
