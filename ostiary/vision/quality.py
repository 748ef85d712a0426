"""How well a face can be judged, in numbers and in words that a person can act on.

Tuned on 300 people of Labeled Faces in the Wild (seed 7, 250 px wide, YuNet, SFace's crop): 99.0 % of them are usable.
Of 100 of these crops, blurred with a sigma of 3, 97 % are not; with 4, none is; smeared by 11 pixels sideways, 96 % are
not. At sigma 3 a face is as like itself as two pictures of one person are on average (SFace, cosine 0.70).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ostiary.domain import Detection, Quality

BLURRED = 0.20
DARK, BRIGHT = 15.0, 225.0  # SFace knows a face at a mean of 20 (cosine 0.88 to the same face in good light), less at 10 (0.74)
FLAT = 4.0
TURNED = 0.5  # the nose is below an eye: about 45 degrees
CUT_OFF = 0.25  # of the distance between the eyes, from a landmark to the picture's edge

_SIDE = 112
_FACE = (slice(28, 106), slice(20, 92))  # the part of an aligned crop that is face whatever the hair
_EYES_OF_WIDTH = 0.42  # distance between the eyes as a share of the box of HOG and CNN, which give no landmarks


def assess(shape: tuple[int, ...], detection: Detection, crop: np.ndarray, min_face_px: int) -> Quality:
    """The quality of `detection` in a picture of `shape` (height first), whose aligned face is `crop`.

    Sharpness is 0 to about 0.5, the same for small and large faces that are equally blurred after alignment;
    brightness is the mean, 0 to 255.
    """
    grey = cv2.cvtColor(cv2.resize(crop, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    face = grey[_FACE]
    width = detection.box[2] - detection.box[0]
    eyes_px, yaw = _pose(detection, width)
    seen = _Seen(width, eyes_px, yaw, _cut_off(shape, detection, eyes_px), _sharpness(grey), float(face.mean()), float(face.std()))
    problem = _problem(seen, min_face_px)
    return Quality(problem is None, problem, _score(seen, min_face_px), eyes_px, seen.sharpness, seen.brightness, yaw)


@dataclass(frozen=True, slots=True)
class _Seen:
    width: int
    eyes_px: float
    yaw: float
    cut_off: bool
    sharpness: float
    brightness: float
    contrast: float


def _problem(seen: _Seen, min_face_px: int) -> str | None:
    """The first thing to put right; what spoils the measure of others comes before them."""
    if seen.width < min_face_px:
        return "too small: come closer"
    if seen.cut_off:
        return "cut off: move into the picture"
    if seen.brightness < DARK:
        return "too dark: more light on the face"
    if seen.brightness > BRIGHT:
        return "too bright: less light on the face"
    if seen.contrast < FLAT:
        return "no contrast: better light, or wipe the lens"
    if abs(seen.yaw) > TURNED:
        return "turned away: look at the camera"
    if seen.sharpness < BLURRED:
        return "blurred: hold still"
    return None


def _score(seen: _Seen, min_face_px: int) -> float:
    """0 to 1: all is good in a face of twice the wanted size, sharp, frontal and in ordinary light."""
    light = min(_ramp(seen.brightness, 0, 60), _ramp(-seen.brightness, -255, -200))
    size = _ramp(seen.width, 0, 2 * min_face_px)
    sharp = _ramp(seen.sharpness, BLURRED / 2, 0.34)
    return round(size * sharp * light * (1 - abs(seen.yaw)) * (0.5 if seen.cut_off else 1.0), 4)


def _ramp(value: float, nothing: float, full: float) -> float:
    return min(1.0, max(0.0, (value - nothing) / (full - nothing)))


def _pose(detection: Detection, width: int) -> tuple[float, float]:
    """Distance between the eyes, and how far the nose is off their middle, in that distance along their line."""
    if detection.landmarks is None:
        return _EYES_OF_WIDTH * width, 0.0
    left, right, nose = detection.landmarks[:3].astype(float)
    line = right - left
    distance = float(np.hypot(*line))
    if distance < 1:
        return distance, 1.0  # seen from the side, one eye covers the other
    yaw = float((nose - (left + right) / 2) @ line) / distance**2
    return distance, min(1.0, max(-1.0, yaw))


def _cut_off(shape: tuple[int, ...], detection: Detection, eyes_px: float) -> bool:
    """Whether a feature lies at or beyond the edge; without landmarks, whether much of the box does."""
    height, width = shape[:2]
    if detection.landmarks is None:
        x1, y1, x2, y2 = detection.box
        inside = max(0, min(x2, width) - max(x1, 0)) * max(0, min(y2, height) - max(y1, 0))
        return inside < 0.8 * detection.area
    margin = CUT_OFF * eyes_px
    return bool((detection.landmarks < margin).any() or (detection.landmarks > np.array([width, height]) - margin).any())


def _sharpness(grey: np.ndarray) -> float:
    """The share of brightness changes that one more blur takes away, in the blurrier of the two directions.

    What is blurred already loses little. After Crété and others, "The blur effect" (2007), with the noise smoothed away
    first: noise looks sharp.
    """
    smooth = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.5)
    return min(_lost(smooth, 0), _lost(smooth, 1))


def _lost(grey: np.ndarray, axis: int) -> float:
    """Share of the changes along `axis` that a mean over 9 pixels along it takes away."""
    blurred = cv2.blur(grey, (1, 9) if axis == 0 else (9, 1))
    before, after = (np.abs(np.diff(picture, axis=axis))[_FACE] for picture in (grey, blurred))
    total = float(before.sum())
    return float(np.clip(before - after, 0, None).sum()) / total if total > 0 else 0.0
