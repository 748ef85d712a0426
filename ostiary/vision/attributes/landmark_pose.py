"""Where a face looks, from 68 landmarks alone: the turn that brings a mean face nearest to them, seen from afar.

The mean face was made from 1,000 pictures of Labeled Faces in the Wild (each also mirrored) with the turns that FSA-Net
reads off them. On 400 others its yaw is within 2.1 degrees of FSA-Net's on average (correlation 0.98), its pitch within
3.9 (0.86) and its roll within 1.8 (0.72, as hardly any of them is tilted).
"""

from __future__ import annotations

import numpy as np

from ostiary.domain import HeadPose

_POINTS = [36, 39, 42, 45, 27, 30, 31, 33, 35, 48, 54, 51, 57, 8]
_MEAN_FACE = np.array(
    [
        *([-0.500, -0.462, 0.209], [-0.221, -0.453, 0.143], [0.221, -0.453, 0.143], [0.500, -0.462, 0.209]),  # corners of the eyes
        *([0.0, -0.462, -0.044], [0.0, -0.066, -0.310]),  # the nose's root and tip
        *([-0.142, 0.035, -0.086], [0.0, 0.067, -0.152], [0.142, 0.035, -0.086]),  # below the nose
        *([-0.317, 0.325, 0.086], [0.317, 0.325, 0.086], [0.0, 0.226, -0.141], [0.0, 0.467, -0.105]),  # the mouth
        [0.0, 0.878, 0.049],  # the chin
    ]
)
"""x to image right, y down, z away from who looks; the eyes' outer corners are 1 apart."""

_FIT = np.linalg.pinv(_MEAN_FACE)


def pose_of(landmarks68: np.ndarray) -> HeadPose:
    points = landmarks68[_POINTS].astype(np.float64)
    seen = (_FIT @ (points - points.mean(axis=0))).T  # two rows of a turn, but for scale and noise
    left, _, right = np.linalg.svd(seen, full_matrices=False)
    across, down = left @ right  # the nearest two that are a turn's
    ahead = np.cross(across, down)
    yaw = np.arctan2(ahead[0], np.hypot(across[0], down[0]))
    pitch = np.arctan2(-ahead[1], ahead[2])
    roll = np.arctan2(down[0], across[0])
    return HeadPose(*(float(angle) for angle in np.degrees([yaw, pitch, roll])))
