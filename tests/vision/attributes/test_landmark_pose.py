"""A face turned by numbers is found turned by them."""

from __future__ import annotations

import numpy as np
import pytest

from ostiary.vision.attributes.landmark_pose import _MEAN_FACE, _POINTS, pose_of


def _turn(yaw: float, pitch: float, roll: float) -> np.ndarray:
    y, p, r = np.radians([yaw, pitch, roll])
    aside = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    up = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    clockwise = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return clockwise @ aside @ up


@pytest.mark.parametrize("angles", [(0, 0, 0), (30, 0, 0), (-40, 0, 0), (0, 25, 0), (0, -20, 0), (0, 0, 35), (20, -15, 10), (-35, 10, -80)])
def test_a_turned_face_is_found_turned(angles: tuple[float, float, float]) -> None:
    landmarks = np.zeros((68, 2), np.float32)
    landmarks[_POINTS] = 90 * (_MEAN_FACE @ _turn(*angles).T)[:, :2] + [200, 300]
    pose = pose_of(landmarks)
    assert (pose.yaw, pose.pitch, pose.roll) == pytest.approx(angles, abs=0.01)


def test_the_signs_are_those_that_are_documented() -> None:
    """Turned to image right, the nose lies right of the middle of the eyes; looking up, higher; turned clockwise, the right eye lower."""

    def landmarks(yaw: float, pitch: float, roll: float) -> np.ndarray:
        return (_MEAN_FACE @ _turn(yaw, pitch, roll).T)[:, :2]

    nose, left, right = _POINTS.index(30), _POINTS.index(36), _POINTS.index(45)
    turned, raised, tilted, plain = landmarks(20, 0, 0), landmarks(0, 20, 0), landmarks(0, 0, 20), landmarks(0, 0, 0)
    assert turned[nose, 0] > (turned[left, 0] + turned[right, 0]) / 2
    assert raised[nose, 1] - raised[left, 1] < plain[nose, 1] - plain[left, 1]
    assert tilted[right, 1] > tilted[left, 1]
