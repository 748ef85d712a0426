"""With real faces and the real encoder: what the owner says is what the door then does."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ostiary.domain import Reason, Status
from ostiary.engine import FaceEngine
from ostiary.settings import DataSettings, DecisionSettings, Settings
from ostiary.vision.image import load
from ostiary.visitors.reception import Reception
from ostiary.visitors.store import VisitorStore
from ostiary.visitors.values import Encounter, Look


@pytest.fixture(scope="module")
def pictures(portraits: dict[str, Path]) -> dict[str, np.ndarray]:
    return {name.removesuffix(".jpg"): load(path, 40e6) for name, path in portraits.items()}


@pytest.fixture
def engine(tmp_path: Path, models_dir: Path) -> FaceEngine:
    """A door that takes anybody for the one who is enrolled."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models").symlink_to(models_dir)
    settings = Settings(decision=DecisionSettings(th_accept=1.5), data=DataSettings(tmp_path / "data"))
    return FaceEngine("sface", faces_dir=tmp_path / "faces", settings=settings)


def _another_look(picture: np.ndarray) -> np.ndarray:
    """The same face as a camera might see it next: smaller, darker, a little turned."""
    small = cv2.convertScaleAbs(cv2.resize(picture, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA), alpha=0.9)
    height, width = small.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 4, 1)
    return cv2.warpAffine(small, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)


def test_a_wrong_pass_once_corrected_is_not_repeated(engine: FaceEngine, pictures: dict[str, np.ndarray], tmp_path: Path) -> None:
    reception = Reception(VisitorStore(tmp_path / "visitors"), engine)
    engine.register("obama", pictures["obama"])
    stranger, resident = pictures["biden"], pictures["obama2"]
    assert [found.name for found in engine.recognize(stranger)] == ["obama"], "the test's premise: the door is wrong"
    (encoding,) = engine.encode(stranger, engine.detect(stranger))
    looks = (Look(encoding, 0.9),)
    wrong = Encounter("e1", "door", Status.PASS, None, "obama", 0.9, 1, 2, engine.eyes.encoder.id, looks, None)
    reception.store.record(wrong, None)
    change = reception.correct("e1")
    assert [(found.name, found.reason) for found in engine.recognize(_another_look(stranger))] == [(None, Reason.UNKNOWN)]
    assert [found.name for found in engine.recognize(resident)] == ["obama"]
    reception.undo(change.id)
    assert [found.name for found in engine.recognize(_another_look(stranger))] == ["obama"]


def test_a_visitor_kept_with_a_picture_can_be_encoded_anew_once_named(
    engine: FaceEngine, pictures: dict[str, np.ndarray], portraits: dict[str, Path], tmp_path: Path
) -> None:
    reception = Reception(VisitorStore(tmp_path / "visitors"), engine)
    (encoding,) = engine.encode(pictures["obama"], engine.detect(pictures["obama"]))
    look = (Look(encoding, 0.9),)
    seen = Encounter("e1", "door", Status.REJECT, Reason.UNKNOWN, None, None, 1, 2, engine.eyes.encoder.id, look, None)
    reception.store.record(seen, portraits["obama.jpg"].read_bytes())
    reception.name(1, "obama")
    report = engine.reencode()
    assert (report.encoded, report.lost) == (1, ())
    assert [found.name for found in engine.recognize(pictures["obama2"])] == ["obama"]
