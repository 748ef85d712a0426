"""The list of cameras, changed and tried, on real files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ostiary.cameras import Camera, Cameras
from ostiary.errors import SettingOverridden, SettingsError, SourceError, UnknownCamera
from ostiary.settings import load
from ostiary.settings_file import SettingsFile
from ostiary.stream.source import SourceOptions
from ostiary.stream.trial import Trials


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A second of a moving square at 10 pictures a second."""
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (1280, 720))
    for i in range(10):
        image = np.zeros((720, 1280, 3), np.uint8)
        image[100:300, 20 * i : 20 * i + 200] = 255
        writer.write(image)
    writer.release()
    return path


def opened(folder: Path, playing: str | None = None, **environ: str) -> Cameras:
    loaded = load(environ, folder)
    file = SettingsFile(folder, environ, loaded)
    trials = Trials(SourceOptions(), at_once=1, patience_s=20)
    return Cameras(file, lambda: [], trials, [folder], playing or loaded.camera.video_source)


def sources(folder: Path) -> str:
    return load({}, folder).camera.video_source


def test_cameras_are_added_renamed_changed_and_removed_for_the_next_start(tmp_path: Path) -> None:
    cameras = opened(tmp_path)
    cameras.add("gate", "rtsp://u:secret@cam/a,b")
    assert sources(tmp_path) == "gate=rtsp://u:secret@cam/a%2Cb"  # the default camera 0 was nobody's wish
    cameras.add("back", " 1 ")
    cameras.change("gate", new_name="front")
    cameras.change("back", source="2")
    assert sources(tmp_path) == "front=rtsp://u:secret@cam/a%2Cb,back=2"
    told = cameras.listed()
    assert told == [
        Camera("camera1", "0", None, "removed"),
        Camera("front", "rtsp://***@cam/a%2Cb", None, "added"),
        Camera("back", "2", None, "added"),
    ]
    cameras.remove("front")
    cameras.remove("back")
    assert (tmp_path / "ostiary.toml").read_text() == ""


def test_a_first_camera_takes_the_place_of_the_demo(tmp_path: Path) -> None:
    (tmp_path / "ostiary.toml").write_text('VIDEO_SOURCE = "demo"\n')
    cameras = opened(tmp_path)
    cameras.add("gate", "0")
    assert sources(tmp_path) == "gate=0"
    assert [(camera.name, camera.pending) for camera in cameras.listed()] == [("demo", "removed"), ("gate", "added")]


def test_what_is_played_for_want_of_a_camera_is_listed_as_it_is(tmp_path: Path) -> None:
    assert opened(tmp_path, playing="demo").listed() == [Camera("demo", "demo", None, None)]


def test_cameras_at_work_are_listed_though_the_file_broke_since(tmp_path: Path) -> None:
    cameras = opened(tmp_path)
    (tmp_path / "ostiary.toml").write_text("COOLDOWN = \n")
    assert cameras.listed() == [Camera("camera1", "0", None, None)]
    with pytest.raises(SettingsError, match="cannot be read"):
        cameras.add("gate", "1")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("gate", "1"),
        ("a b", "1"),
        ("", "1"),
        ("x" * 33, "1"),
        ("new", ""),
        ("new", "ftp://cam/"),
        ("new", "rtsp://cam/\nx"),
        ("new", "0,1"),
    ],
)
def test_what_cannot_be_added_changes_nothing(tmp_path: Path, name: str, source: str) -> None:
    (tmp_path / "ostiary.toml").write_text('VIDEO_SOURCE = "gate=0"\n')
    with pytest.raises(SettingsError):
        opened(tmp_path).add(name, source)
    assert sources(tmp_path) == "gate=0"


def test_who_is_not_there_and_what_the_environment_says(tmp_path: Path) -> None:
    with pytest.raises(UnknownCamera):
        opened(tmp_path).remove("gate")
    with pytest.raises(UnknownCamera):
        opened(tmp_path).try_camera("gate")
    cameras = opened(tmp_path, VIDEO_SOURCE="gate=0")
    assert cameras.overridden == "environment"
    with pytest.raises(SettingOverridden):
        cameras.add("back", "1")


def test_a_source_is_tried(tmp_path: Path, clip: Path) -> None:
    trial = opened(tmp_path).try_source(str(clip))
    assert (trial.width, trial.height, trial.fps) == (1280, 720, pytest.approx(10))
    shown = cv2.imdecode(np.frombuffer(trial.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (360, 640, 3)


def test_a_camera_is_tried_by_its_name(tmp_path: Path, clip: Path) -> None:
    cameras = opened(tmp_path)
    cameras.add("film", str(clip))
    assert cameras.try_camera("film").width == 1280


def test_only_files_of_the_programs_own_folders_are_looked_for(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "link.avi").symlink_to(clip)
    cameras = opened(tmp_path / "own")
    for source in (
        str(clip),
        f"file://{clip}",
        str(tmp_path / "own" / ".." / "clip.avi"),
        str(tmp_path / "own" / "link.avi"),
        "/etc/passwd",
    ):
        with pytest.raises(SourceError, match="only files below"):
            cameras.try_source(source)
        with pytest.raises(SourceError, match="only files below"):
            cameras.add("film", source)


def test_a_device_that_the_door_uses_is_not_opened_twice(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="the door itself is using it, as gate"):
        opened(tmp_path, VIDEO_SOURCE="gate=0").try_source("0")
