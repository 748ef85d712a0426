"""A portrait moved as a print is flat; a living face, and anything that stands still, is not said to be."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.prints import moving_print

from ostiary.domain import Detection
from ostiary.stream.plane import LEFT_BY_PLANES, SIDE_PX, Plane, compare, view
from ostiary.stream.track import Tracker
from ostiary.vision.detect import Scaled, open_detector
from ostiary.vision.image import load

FPS = 15
MEMORY_S = 5.0


@pytest.fixture(scope="module")
def yunet(models_dir: Path) -> Scaled:
    return open_detector("yunet", models_dir, threads=1)


def planes(frames: Iterable[np.ndarray], detect: Scaled, least_px: int = 48) -> dict[int, Plane]:
    """What each track has shown at the end."""
    tracker, seen = Tracker("door", itertools.count(1)), {}
    for number, frame in enumerate(frames):
        for track in tracker.update(detect(frame), number / FPS):
            box = track.detection.box
            if box[2] - box[0] >= least_px:
                seen.setdefault(track.id, Plane()).take_in(view(frame, track.detection), box, number / FPS, MEMORY_S)
    return seen


@pytest.mark.parametrize(("name", "face_px", "tilt"), [("obama.jpg", 130, 25), ("biden.jpg", 80, 0), ("obama2.jpg", 110, 35)])
def test_a_moving_print_is_flat_within_a_second(yunet: Scaled, portraits: dict[str, Path], name: str, face_px: int, tilt: float) -> None:
    portrait = load(portraits[name], 40e6)
    (face,) = yunet(portrait)
    (plane,) = planes(moving_print(portrait, face, FPS, face_px=face_px, tilt=tilt), yunet).values()
    assert plane.flat


def test_living_faces_in_a_film_are_not(yunet: Scaled, shared: Path) -> None:
    def film() -> Iterator[np.ndarray]:
        video = cv2.VideoCapture(str(shared / "testdata" / "clip" / "short_hamilton_clip.mp4"))
        for number in itertools.count():
            there, frame = video.read()
            if not there:
                return
            if number % 2 == 0:
                yield frame

    seen = planes(film(), yunet)
    assert len(seen) > 8
    assert [track for track, plane in seen.items() if plane.flat] == []


def test_what_stands_still_is_not_judged(yunet: Scaled, portraits: dict[str, Path]) -> None:
    portrait = cv2.resize(load(portraits["obama.jpg"], 40e6), None, fx=0.5, fy=0.5)
    (face,) = yunet(portrait)
    plane, noise = Plane(), np.random.default_rng(0)
    for number in range(30):
        frame = np.clip(portrait + noise.normal(0, 4, portrait.shape), 0, 255).astype(np.uint8)
        plane.take_in(view(frame, face), face.box, number / FPS, MEMORY_S)
    assert not plane.flat


def test_a_nose_that_stands_out_is_left_over(portraits: dict[str, Path], yunet: Scaled) -> None:
    """The middle of the face shifts by a thirtieth of its width against the rest, as when a head turns a few degrees."""
    portrait = load(portraits["obama.jpg"], 40e6)
    (face,) = yunet(portrait)
    before = view(portrait, face)
    rows, columns = np.mgrid[0:SIDE_PX, 0:SIDE_PX].astype(np.float32)
    nearness = np.exp(-((rows - SIDE_PX / 2) ** 2 + (columns - SIDE_PX / 2) ** 2) / (2 * 16**2)).astype(np.float32)
    turned = cv2.remap(before, columns + nearness * SIDE_PX / 30, rows, cv2.INTER_LINEAR)
    shifted = cv2.warpAffine(before, np.array([[0.97, 0.05, 3], [-0.04, 1.02, -2]]), (SIDE_PX, SIDE_PX), borderMode=cv2.BORDER_REPLICATE)
    bent, flat = compare(before, turned), compare(before, shifted)
    assert bent
    assert flat
    assert bent.left > 2 * LEFT_BY_PLANES
    assert flat.left < LEFT_BY_PLANES
    assert flat.kept > 0.9


def test_what_was_flat_is_forgotten(yunet: Scaled, portraits: dict[str, Path]) -> None:
    portrait = load(portraits["obama.jpg"], 40e6)
    (face,) = yunet(portrait)
    (plane,) = planes(moving_print(portrait, face, FPS), yunet).values()
    plane.take_in(np.zeros((SIDE_PX, SIDE_PX), np.uint8), (0, 0, 90, 90), 1 + MEMORY_S + 1, MEMORY_S)
    assert not plane.flat


@pytest.mark.parametrize("box", [(-90, -90, -10, -10), (0, 0, 0, 0), (-20, -20, 400, 300)])
def test_nothing_to_follow_is_nothing_said(box: tuple[int, int, int, int]) -> None:
    blank = view(np.full((240, 320, 3), 90, np.uint8), Detection(box, 0.9))
    assert blank.shape == (SIDE_PX, SIDE_PX)
    assert compare(blank, blank) is None
