"""A printed photo before the camera of a real process, told to the log and not to the gate."""

from __future__ import annotations

from pathlib import Path

import cv2
from support.prints import moving_print
from support.site import Receiver, Site, wait_for

from ostiary.vision.detect import open_detector
from ostiary.vision.image import load


def test_a_moving_print_opens_nothing_and_is_kept_as_a_picture(
    site: Site, receiver: Receiver, with_liveness: Path, portraits: dict[str, Path]
) -> None:
    photo = load(portraits["obama2.jpg"], 40e6)
    (face,) = open_detector("yunet", with_liveness)(photo)
    film = cv2.VideoWriter(str(site.folder / "print.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 15, (640, 480))
    film.set(cv2.VIDEOWRITER_PROP_QUALITY, 90)
    for frame in moving_print(photo, face, 60):
        film.write(frame)
    film.release()
    site.start_api()
    assert site.register("obama", portraits["obama.jpg"]).ok
    door = {"VIDEO_SOURCE": "print.avi", "WS_ENABLE": "false", "WEBHOOK_URL": receiver.url}
    detector = site.start("detector.py", LIVENESS="enforce", **door)
    wait_for("the end of the film", lambda: "has ended" in site.log(detector), 60)
    wait_for("the picture", lambda: list((site.folder / "data" / "spoofs").glob("*.jpg")), 5)
    assert "taken for obama, refused" in site.log(detector)
    assert "PASS" not in site.log(detector)
    assert receiver.got == []
