"""Five points tell roughly where a face looks."""

from __future__ import annotations

import numpy as np
import pytest

from ostiary.vision.align import ARCFACE_POINTS
from ostiary.vision.pose import head_pose


def test_a_frontal_face_looks_at_the_camera() -> None:
    pose = head_pose(ARCFACE_POINTS)
    assert abs(pose.yaw) < 3
    assert abs(pose.pitch) < 10
    assert abs(pose.roll) < 1


def test_mirrored_it_looks_the_other_way() -> None:
    points = ARCFACE_POINTS.copy()
    points[2, 0] += 10
    mirrored = points[[1, 0, 2, 4, 3]] * [-1, 1] + [112, 0]
    ours, theirs = head_pose(points), head_pose(mirrored)
    assert ours.yaw > 15
    assert theirs.yaw == pytest.approx(-ours.yaw, abs=0.01)
    assert theirs.pitch == pytest.approx(ours.pitch, abs=0.01)
    assert theirs.roll == pytest.approx(-ours.roll, abs=0.01)


NOSE_MOVED = ARCFACE_POINTS + np.array([[0, 0], [0, 0], [6, -4], [0, 0], [0, 0]])


def test_size_place_and_roll_change_nothing_else() -> None:
    upright = head_pose(NOSE_MOVED)
    for degrees in (-40, 25):
        turn = np.radians(degrees)
        matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        turned = head_pose(NOSE_MOVED @ matrix * 3 + [500, 20])
        assert turned.roll == pytest.approx(upright.roll + degrees, abs=0.5)
        assert turned.yaw == pytest.approx(upright.yaw, abs=0.1)
        assert turned.pitch == pytest.approx(upright.pitch, abs=0.1)


def test_a_raised_nose_looks_up() -> None:
    raised, lowered = ARCFACE_POINTS.copy(), ARCFACE_POINTS.copy()
    raised[2, 1] -= 8
    lowered[2, 1] += 8
    assert head_pose(raised).pitch > head_pose(ARCFACE_POINTS).pitch > head_pose(lowered).pitch


@pytest.mark.parametrize("points", [np.zeros((5, 2)), np.tile([[3.0, 4.0]], (5, 1)), ARCFACE_POINTS[::-1]])
def test_points_that_make_no_face_do_no_harm(points: np.ndarray) -> None:
    pose = head_pose(points)
    assert np.isfinite([pose.yaw, pose.pitch, pose.roll]).all()
