"""How well a face can be judged, in numbers and in words that a person can act on.

The gates are the same at enrolment and at the door: what a door could never match must not be enrolled, and a stricter
enrolment would refuse the only photo somebody has. Enrolment gives hints instead.

Of 1,000 people of Labeled Faces in the Wild (its development half, first pictures, seed 11, 250 px wide, YuNet) 98.9 % are
usable; nine are turned far away, two blurred. Of 100 of these pictures, spoilt and searched anew, that many are usable:

| spoilt by | usable, % |
|---|---|
| blur with a sigma of 2, 3, 4 | 56, 1, 0 |
| a smear of 9, 13, 17 pixels, sideways | 32, 4, 2 |
| the same, diagonal | 16, 4, 0 |
| shrinking by 6 (seven pixels between the eyes), 8, 12, 16 and enlarging again, cubic | 15, 0, 0, 0 |
| the same, pixels repeated | 2, 0, 0, 0 |
| a quarter, 15 %, a tenth of the light | 97, 83, 12 |
| exposure times 1.5, 2, 3, 4 | 96, 49, 11, 2 |
| noise of 10, 20; JPEG quality 15 | 97, 95, 98 |
| an eye, the mouth, the brows at or beyond the edge | 1, 0, 3 |

What is refused in part is what SFace knows in part: against another picture of the person its cosine has a median of 0.66 in good
pictures, of 0.62 at a blur of 2, 0.54 at 3, 0.45 at 4, 0.48 after a smear of 13, 0.51 after shrinking by 6 (60 people, seed 7). All 45 faces
of a music video that are turned away by more than 45 degrees (FSA-Net) are refused.

`BLURRED` at 0.45 would be kinder to real blur, and is not: of 110 people's pictures a blur of 2 would be usable in 69 instead of
54 % (in small ones, 28 pixels between the eyes, a blur of 1.2 in 64 instead of 45 %), and of what lies between SFace knows 66 %
at a distance of 0.49, as much as of what lies just above. But portraits shrunk by 16 and enlarged again without smoothing come to 0.48,
and would be enrolled: of those shrunk by 8 SFace knows 5 %. The door sees the next frame; a bad example stays. A blur brings no
stranger nearer, whatever the limit: the nearest of 1,000 has a median of 0.63 in good pictures, of 0.64 at a blur of 2.

The score ranks how alike two pictures of one person come out: Spearman's rho of the worse picture's score and SFace's cosine
is 0.53 over the 4,157 pairs of that half of LFW, nearly all of it by the encoder's clarity (see `clarified`), without which it is
0.17. Over 4,469 pictures of 60 people, most of them spoilt, it is 0.75. Encoders that cannot tell clarity have the measures
alone.

Whether the eyes are open, five points do not show: see `eyelids.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ostiary.domain import Detection, HeadPose, Quality
from ostiary.vision.align import ARCFACE_POINTS, similarity
from ostiary.vision.pose import head_pose
from ostiary.vision.sharpness import sharpness

BLURRED = 0.5
DARK, BLOWN_OUT = 15.0, 0.4  # mean brightness; share of pixels that are white
FLAT = 0.045
TURNED, NODDING, LYING = 60.0, 35.0, 60.0  # degrees of yaw (60 is told from 45 on), pitch and roll
CUT_OFF = 0.25  # of the distance between the eyes, from a landmark to the picture's edge
UNCLEAR = 0.75  # YuNet's own confidence
MISPLACED = 18.0  # pixels of the aligned crop, from where the landmarks of any face could be
EYES_CLOSED, EYES_NARROW = 0.08, 0.12  # gap between the lids by the eye's width, of the eye that is wider open

_FACE = (slice(28, 106), slice(20, 92))  # the part of an aligned crop that is face whatever the hair
_EYES_OF_WIDTH = 0.45  # distance between the eyes as a share of a box's width
_WHITE = 250
_NOT_CLEAR = "not clearly a face: show all of it"
_EYES_CLOSED = "eyes closed: open your eyes"
_HARD_TO_READ = 0.5


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was measured. `size` is the distance between the eyes over the least that is wanted."""

    size: float
    cut_off: bool
    misplaced: float
    confidence: float
    sharpness: float
    brightness: float
    white: float
    contrast: float
    pose: HeadPose


def assess(shape: tuple[int, ...], detection: Detection, crop: np.ndarray, min_face_px: int) -> Quality:
    """The quality of `detection`, with its points and YuNet's score, in a picture of `shape` (height first); `crop` is
    its aligned face (`align.crop`)."""
    assert detection.landmarks is not None  # where a detector gives none, they are looked up first
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    face, eyes_px = grey[_FACE], _eyes_px(detection.landmarks)
    brightness = float(face.mean())
    seen = _Seen(
        size=eyes_px / (_EYES_OF_WIDTH * min_face_px),
        cut_off=_cut_off(shape, detection.landmarks, eyes_px),
        misplaced=_misplaced(detection.landmarks),
        confidence=detection.score,
        sharpness=sharpness(grey),
        brightness=brightness,
        white=float((face >= _WHITE).mean()),
        contrast=float(face.std()) / (brightness + 20),  # darkness makes differences small, but no harder to tell
        pose=head_pose(detection.landmarks),
    )
    problems = tuple(_problems(seen))
    return Quality(
        usable=not problems,
        problem=problems[0] if problems else None,
        score=round(_score(seen) / (2 if problems else 1), 4),
        eyes_px=eyes_px,
        sharpness=seen.sharpness,
        brightness=seen.brightness,
        yaw=seen.pose.yaw,
        pitch=seen.pose.pitch,
        roll=seen.pose.roll,
        contrast=seen.contrast,
        problems=problems,
        hints=() if problems else tuple(_hints(seen)),
    )


def unseen(detection: Detection) -> Quality:
    """Of what one detector takes for a face and YuNet does not."""
    eyes_px = _EYES_OF_WIDTH * (detection.box[2] - detection.box[0])
    return Quality(False, _NOT_CLEAR, 0.0, eyes_px, 0.0, 0.0, 0.0, problems=(_NOT_CLEAR,))


def clarified(quality: Quality, clarity: float) -> Quality:
    """With what the encoder tells besides: how clearly it saw a face, 0 to 1. It notices what no measure here does."""
    hints = (
        (*quality.hints, "try another picture, plain and in even light") if clarity < _HARD_TO_READ and not quality.hints else quality.hints
    )
    return replace(quality, score=round((quality.score + clarity) / 2, 4), hints=hints)


def with_eyes(quality: Quality, gaps: tuple[float, float]) -> Quality:
    """With how far the eyes are open (`Attributes.eyes_open`): one that is suffices, so that nobody is refused for a wink."""
    if max(gaps) < EYES_CLOSED:
        problems = (*quality.problems, _EYES_CLOSED)
        return replace(quality, usable=False, problem=problems[0], problems=problems, hints=(), score=round(quality.score / 2, 4))
    if max(gaps) < EYES_NARROW and quality.usable:
        return replace(quality, hints=(*quality.hints, "open your eyes wide"))
    return quality


def _problems(seen: _Seen) -> Iterator[str]:
    """All that must be put right; what spoils the measure of others comes first."""
    turned = abs(seen.pose.yaw) > TURNED
    if seen.size < 1:
        yield "too small: come closer"
    if seen.cut_off:
        yield "cut off: move into the picture"
    if seen.brightness < DARK:
        yield "too dark: more light on the face"
    elif seen.white > BLOWN_OUT:
        yield "too bright: less light on the face"
    elif seen.contrast < FLAT:
        yield "no contrast: better light, or wipe the lens"
    if turned:
        yield "turned away: look at the camera"
    if abs(seen.pose.pitch) > NODDING:
        yield "looking up: lower the chin" if seen.pose.pitch > 0 else "looking down: raise the chin"
    if abs(seen.pose.roll) > LYING:
        yield "tilted: hold the head upright"
    if seen.sharpness < BLURRED:
        yield "blurred: hold still"
    if seen.confidence < UNCLEAR or (seen.misplaced > MISPLACED and not turned):
        yield _NOT_CLEAR


def _hints(seen: _Seen) -> Iterator[str]:
    """What would make a usable face better; said at enrolment, where one picture serves for years."""
    if seen.size < 1.5:
        yield "come closer"
    if seen.brightness < 50:
        yield "more light"
    if seen.white > 0.1:
        yield "less light"
    if abs(seen.pose.yaw) > 25:
        yield "turn to the camera"
    if abs(seen.pose.pitch) > 22:
        yield "lower the chin" if seen.pose.pitch > 0 else "raise the chin"
    if seen.sharpness < 0.58:
        yield "hold still, or wipe the lens"


def _score(seen: _Seen) -> float:
    """1 less what each shortcoming costs: about how much less alike two pictures of a person come out by it."""
    cost = (
        0.40 * _lack(seen.sharpness, 0.75, 0.0)
        + 0.80 * _lack(seen.confidence, 0.93, 0.6)
        + 0.07 * _lack(seen.size, 2.0, 0.5)
        + 0.25 * _lack(seen.brightness, 60, 10)
        + 0.15 * _lack(-seen.white, 0.0, -0.5)
        + 0.13 * _lack(seen.contrast, 0.15, 0.03)
        + 0.15 * _lack(-abs(seen.pose.yaw), -20, -60)
        + 0.10 * _lack(-abs(seen.pose.pitch), -10, -40)
        + 0.15 * seen.cut_off
    )
    return max(0.0, 1 - cost)


def _lack(value: float, enough: float, none: float) -> float:
    """0 from `enough` on, 1 from `none` on."""
    return min(1.0, max(0.0, (enough - value) / (enough - none)))


def _eyes_px(landmarks: np.ndarray) -> float:
    """The distance between the eyes as it is where the face looks at the camera: turned away, its height tells."""
    left, right, _, *mouth = landmarks.astype(float)
    return float(max(np.hypot(*(right - left)), np.hypot(*((mouth[0] + mouth[1]) / 2 - (left + right) / 2))))


def _misplaced(landmarks: np.ndarray) -> float:
    """How far, in pixels of the aligned crop, the landmarks are from a frontal face's (root mean square)."""
    matrix = similarity(landmarks, ARCFACE_POINTS)
    off = landmarks @ matrix[:, :2].T + matrix[:, 2] - ARCFACE_POINTS
    return float(np.sqrt((off**2).sum(axis=1).mean()))


def _cut_off(shape: tuple[int, ...], landmarks: np.ndarray, eyes_px: float) -> bool:
    """Whether a feature lies at or beyond the edge."""
    height, width = shape[:2]
    margin = CUT_OFF * eyes_px
    return bool((landmarks < margin).any() or (landmarks > np.array([width, height]) - margin).any())
