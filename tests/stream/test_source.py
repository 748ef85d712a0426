from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ostiary.errors import SettingsError, SourceError
from ostiary.stream.source import masked, open_source, parse_sources


def test_sources_are_named_or_numbered() -> None:
    assert parse_sources("0") == [("camera1", "0")]
    assert parse_sources("demo") == [("demo", "demo")]
    assert parse_sources("front=rtsp://a:b@10.0.0.2/x?y=1, back=0") == [("front", "rtsp://a:b@10.0.0.2/x?y=1"), ("back", "0")]
    assert parse_sources("rtsp://host/a?b=c,1,/srv/x=y.mp4") == [
        ("camera1", "rtsp://host/a?b=c"),
        ("camera2", "1"),
        ("camera3", "/srv/x=y.mp4"),
    ]


@pytest.mark.parametrize("text", ["", "front=", "0,,1", "a=0,a=1", "camera2=0,1", "ftp://host/x", "front=gopher://x"])
def test_what_cannot_be_meant_is_refused_naming_the_knob(text: str) -> None:
    with pytest.raises(SettingsError) as raised:
        parse_sources(text)
    assert raised.value.knob == "VIDEO_SOURCE"


@pytest.mark.parametrize(
    "spec",
    [
        "rtsp://admin:s3cret@10.0.0.2:554/h264",
        "rtsp://admin:s3cret@home@10.0.0.2/h264",
        "rtsp://admin:x/s3cret@10.0.0.2/h264",
        "http://10.0.0.2/video?user=admin&password=s3cret&fps=5",
        "rtsp://10.0.0.2/user=admin_password=s3cret_channel=1",
        "http://10.0.0.2/video?token=s3cret",
        "front=rtsp://admin:s3cret@10.0.0.2/x,back=http://admin:s3cret@10.0.0.3/y",
    ],
)
def test_secrets_are_masked(spec: str) -> None:
    shown = masked(spec)
    assert "s3cret" not in shown
    assert "admin" not in shown
    assert "10.0.0.2" in shown


def test_a_refusal_carries_no_secret() -> None:
    with pytest.raises(SettingsError) as raised:
        parse_sources("front=ftp://admin:s3cret@host/x")
    assert "s3cret" not in str(raised.value)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file or folder"):
        open_source(str(tmp_path / "missing.mp4"))
    with pytest.raises(SourceError, match="the folder has no pictures"):
        open_source(str(tmp_path))
    (tmp_path / "notes.mp4").write_text("no video at all")
    with pytest.raises(SourceError, match="no video that can be decoded"):
        open_source(str(tmp_path / "notes.mp4"))


def test_a_missing_camera_says_what_to_do() -> None:
    with pytest.raises(SourceError, match=r"no camera /dev/video97 .*VIDEO_SOURCE=demo"):
        open_source("97")


def test_a_folder_shows_its_pictures_by_name_and_ends(tmp_path: Path) -> None:
    for name, grey in (("b.png", 20), ("a.jpg", 200), ("c.bmp", 90)):
        cv2.imwrite(str(tmp_path / name), np.full((8, 8, 3), grey, np.uint8))
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "readme.txt").write_text("not a picture")
    source = open_source(str(tmp_path))
    shown = []
    while (image := source.read()) is not None:
        shown.append(int(image.mean()))
    assert shown == [200] * 5 + [20] * 5 + [90] * 5
    assert (source.live, source.read()) == (False, None)
    source.close()


def test_a_video_file_plays_at_its_pace_and_ends(tmp_path: Path) -> None:
    file = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 20, (64, 48))
    for grey in range(0, 200, 20):
        writer.write(np.full((48, 64, 3), grey, np.uint8))
    writer.release()
    source = open_source(str(file))
    shown = []
    while (image := source.read()) is not None:
        shown.append(image.mean())
    assert len(shown) == 10
    assert shown == sorted(shown)
    assert (source.live, source.interval_s) == (False, pytest.approx(1 / 20))
    source.close()
