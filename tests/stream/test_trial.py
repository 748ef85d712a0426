from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from ostiary.errors import Overloaded, SourceError
from ostiary.stream.source import SourceOptions
from ostiary.stream.trial import Trials


def test_why_there_is_no_picture_is_said_without_the_password(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(SourceError) as caught:
        Trials(SourceOptions(2.0)).run(f"http://user:secret@127.0.0.1:{port}/video")
    assert "cannot be reached" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_camera_that_never_answers_is_waited_for_only_so_long_and_keeps_its_place() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/video"
        trials = Trials(SourceOptions(1.0), at_once=1, patience_s=0.2)
        with pytest.raises(SourceError, match=r"did not answer within 0\.2 s"):
            trials.run(address)
        with pytest.raises(Overloaded):
            trials.run(address)
    while any(thread.name == "camera-trial" for thread in threading.enumerate()):  # the socket's end frees it
        time.sleep(0.02)
    with pytest.raises(SourceError, match="no such file"):
        trials.run("/nowhere/film.avi")


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((120, 160, 3), 90, np.uint8))
    trial = Trials(SourceOptions()).run(str(tmp_path))
    assert (trial.width, trial.height, trial.fps) == (160, 120, 10)
