from __future__ import annotations

import json
from pathlib import Path

from ostiary.proof import results


def test_who_is_forgotten_is_not_named_any_more(tmp_path: Path) -> None:
    (tmp_path / "calibration.json").write_text(json.dumps({"closest": {"one": "katya", "other": "ema"}}))
    (tmp_path / "calibration.svg").write_text("<svg/>")
    (tmp_path / "report.json").write_text(json.dumps({"persons": {"zero": {}}, "confusable": [["zero", "ema", 0.5]]}))
    for name in ("report.html", "report.png", "report-1.svg", "looks.sqlite"):
        (tmp_path / name).touch()
    assert results.forget(tmp_path, "nobody") == 0
    assert results.forget(tmp_path, "katya") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["looks.sqlite", "report-1.svg", "report.html", "report.json", "report.png"]
    assert results.forget(tmp_path, "zero") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["looks.sqlite"]
    assert results.forget(tmp_path, "zero") == 0
    assert results.forget(tmp_path / "missing", "zero") == 0


def test_what_cannot_be_read_names_nobody(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("{")
    assert results.forget(tmp_path, "zero") == 0
