from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from ostiary.domain import Decision, Detection, Frame, Outcome, Reason, Status
from ostiary.sinks.spoof_log import SpoofLog
from ostiary.sinks.spoof_pictures import SpoofPictures

SPOOF = Decision(
    track_id=1,
    status=Status.REJECT,
    reason=Reason.SPOOF,
    person="katya",
    distance=0.3,
    runner_up=None,
    runner_up_distance=None,
    votes=3,
    usable=3,
    quality=0.8,
    fresh=False,
    detection=Detection((10, 10, 60, 60), 0.9),
    liveness=0.04,
    spoof=True,
)


def outcome(decision: Decision, at: float = 0.0) -> Outcome:
    return Outcome(Frame("door", round(at * 10), at, 1.7e9 + at, np.full((48, 64, 3), 120, np.uint8)), (decision,))


def written(sink: SpoofLog, *outcomes: Outcome) -> None:
    for each in outcomes:
        sink.offer(each)
        sink.step()


def test_each_face_is_kept_once_and_privately(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "spoofs"
    written(SpoofLog(SpoofPictures(folder)), *(outcome(SPOOF, n / 10) for n in range(5)))
    (picture,) = folder.iterdir()
    image = cv2.imread(str(picture))
    assert image is not None
    assert image.shape == (48, 64, 3)
    assert (folder.stat().st_mode & 0o777, picture.stat().st_mode & 0o777) == (0o700, 0o600)
    assert len(caplog.messages) == 1
    assert "katya, refused; liveness 0.04" in caplog.text


def test_who_is_let_in_with_a_warning_is_kept_and_a_stranger_is_not(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    let_in = replace(SPOOF, track_id=2, status=Status.PASS, reason=None, liveness=None)
    stranger = replace(SPOOF, track_id=3, reason=Reason.UNKNOWN, person=None)
    written(
        SpoofLog(SpoofPictures(tmp_path)), outcome(let_in), outcome(stranger), outcome(replace(SPOOF, track_id=4, reason=Reason.CONFIRMING))
    )
    assert len(list(tmp_path.iterdir())) == 1
    assert "let in all the same" in caplog.text


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    written(SpoofLog(SpoofPictures(tmp_path, kept=3)), *(outcome(replace(SPOOF, track_id=n), float(n)) for n in range(10)))
    assert [int(path.stem.split("_")[2]) for path in sorted(tmp_path.iterdir())] == [7, 8, 9]


def test_a_disk_that_cannot_be_written_costs_the_picture_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "spoofs").write_text("a file where the folder should be")
    written(SpoofLog(SpoofPictures(tmp_path / "spoofs")), outcome(SPOOF))
    assert "not kept" in caplog.text


def test_offers_never_wait_and_memory_is_bounded(tmp_path: Path) -> None:
    sink = SpoofLog(SpoofPictures(tmp_path))
    for number in range(2000):
        sink.offer(outcome(replace(SPOOF, track_id=number)))
    for _ in range(4):
        sink.step()
    assert len(list(tmp_path.iterdir())) == 4
