from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ostiary.calibrate import Calibration, calibrate
from ostiary.encoders import ENCODERS
from ostiary.gallery.gallery import Gallery
from ostiary.judge import Rule
from ostiary.proof import calibration

SFACE = ENCODERS["sface"]


def face(axis: int, distance: float = 0.0) -> np.ndarray:
    row = np.zeros(SFACE.dim, np.float32)
    row[axis], row[-1] = 1 - distance, (1 - (1 - distance) ** 2) ** 0.5
    return row


@pytest.fixture
def found() -> Calibration:
    people = Gallery.of(SFACE.id, ["katya", "katya", "ema"], np.array([face(0), face(0, 0.2), face(1)]), face_ids=["a", "b", "c"])
    return calibrate(people, Rule(0.6, 0.05), 0.001)


def test_the_curve_tells_who_would_be_let_in(found: Calibration) -> None:
    drawn = calibration.chart(found)
    own, other = drawn.curves
    assert [round(x, 3) for x, _ in own.points] == [0, 0.2, 0.2]
    assert [y for _, y in own.points] == [0, 0.5, 1]
    assert own.dots == [(0.6, 1.0)]
    assert other.dots == [(0.6, 0.0)]
    assert [drawn.x.worded(0.6), drawn.y.worded(0.6)] == ["0.6", "60 %"]


def test_it_is_left_for_the_dashboard_and_its_owner_alone(found: Calibration, tmp_path: Path) -> None:
    calibration.write(found, 0.001, tmp_path)
    told = json.loads((tmp_path / "calibration.json").read_text("utf-8"))
    assert (told["people"], told["threshold"], told["margin"], told["tried"], told["fpir_target"]) == (2, 0.6, 0.05, 2, 0.001)
    assert told["closest"]["one"] == "ema"
    assert (tmp_path / "calibration.svg").read_text("utf-8").startswith("<svg")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
