"""The HOG detector finds what `face_recognition` would find."""

from __future__ import annotations

import importlib
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import dlib
import numpy as np
import pytest

from ostiary.errors import MissingExtra
from ostiary.vision.hog import open_hog


@pytest.fixture(scope="module")
def obama(portraits: dict[str, Path]) -> np.ndarray:
    return cv2.resize(cv2.imread(str(portraits["obama.jpg"])), (455, 568), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("upsample", [0, 1])
def test_boxes_equal_dlibs(upsample: int, obama: np.ndarray) -> None:
    theirs = dlib.get_frontal_face_detector()(np.ascontiguousarray(obama[..., ::-1]), upsample)
    (ours,) = open_hog(upsample)(obama)
    assert [ours.box] == [(b.left(), b.top(), b.right(), b.bottom()) for b in theirs]
    assert ours.score > 1
    assert ours.landmarks is None


def test_upsampling_finds_smaller_faces(obama: np.ndarray) -> None:
    small = cv2.resize(obama, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA)
    assert open_hog()(small) == []
    assert len(open_hog(1)(small)) == 1


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (120, 160)])
def test_a_picture_without_a_face_has_none(size: tuple[int, int]) -> None:
    assert open_hog()(np.full((*size, 3), 127, np.uint8)) == []


def test_threads_share_a_detector(obama: np.ndarray) -> None:
    detect = open_hog()
    pictures = [obama, obama[:300], np.zeros((400, 300, 3), np.uint8)] * 4
    alone = [[d.box for d in detect(picture)] for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = [[d.box for d in found] for found in pool.map(detect, pictures)]
    assert together == alone


@pytest.mark.parametrize(("module", "knob"), [("hog", "DETECTOR=hog"), ("dlib_resnet", "ENCODER=dlib")])
def test_without_dlib_the_remedy_is_named(module: str, knob: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dlib", None)
    monkeypatch.delitem(sys.modules, f"ostiary.vision.{module}", raising=False)
    with pytest.raises(MissingExtra, match=rf"{knob} needs .*pip install 'ostiary\[dlib\]'"):
        importlib.import_module(f"ostiary.vision.{module}")
