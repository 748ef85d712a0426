"""Does it move as a flat thing does? A print or a screen that is held before a camera moves as a plane; a head does not.

Two views of a plane are one homography apart, wherever and however it moved. Corners of the face are followed from one
view to the other (Lucas-Kanade), the best homography is taken away, and what is left is measured in face widths. A nose
that comes nearer than the cheeks, eyes that blink and lips that talk leave something; paper leaves nothing but noise.
Only views between which the face moved are telling: a living face that stands quite still is as flat as its picture.

Measured half a second apart, at 15 frames a second: portraits moved as prints with tilts up to 35 degrees and camera
noise (205 telling pairs) left at most 0.0015; living faces in two films (81 telling pairs) 0.002 or less in one pair of
a hundred. A bent print is less flat, one smeared by quick motion is followed less exactly, and a film played on a screen shows a
head that turns: this cue sees none of these.

Five landmarks alone, as a detector gives them, jitter too much for this: what they leave of a print and of a face overlaps.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from ostiary.domain import Box, Detection

SIDE_PX = 96
APART_S = 0.5
"""Views so far apart are compared: a head has moved by then."""
MOVED = 0.1
"""Face widths that make a pair telling; or ..."""
TILTED = 0.006
"""... so much, in face widths, that turning and scaling in the picture do not explain."""
LEFT_BY_PLANES = 0.002
"""At most this is left, root mean square in face widths, where the homography is taken away from a plane's motion."""
KEPT_BY_PLANES = 0.85
"""At least this share of the corners is found again on a plane."""
TELLING_PAIRS = 4
FLAT_SHARE = 0.7

_FEWEST = 15  # corners; fewer say nothing
_FLOW = {"winSize": (17, 17), "maxLevel": 3, "criteria": (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 20, 0.02)}


@dataclass(frozen=True, slots=True)
class Parting:
    """How two views differ: what is `left` of the motion beyond a plane's, what the plane `tilted`, and corners `kept`."""

    left: float
    tilted: float
    kept: float


@dataclass(slots=True)
class Plane:
    """What one track has shown. `take_in` its views as they come."""

    _views: list[tuple[float, np.ndarray, Box]] = field(default_factory=list)
    _pairs: list[tuple[float, bool | None]] = field(default_factory=list)  # whether flat, or None where a pair is not telling

    def take_in(self, view: np.ndarray, box: Box, at: float, memory_s: float) -> None:
        self._pairs = [(then, flat) for then, flat in self._pairs if 0 <= at - then <= memory_s]
        self._views = [seen for seen in self._views if 0 <= at - seen[0] <= memory_s]
        earlier = [seen for seen in self._views if at - seen[0] >= APART_S]
        self._views = [*earlier[-1:], *self._views[len(earlier) :], (at, view, box)]
        if not earlier:
            return
        _, before, place = earlier[-1]
        parting = compare(before, view)
        telling = parting and (_moved(place, box) >= MOVED or parting.tilted >= TILTED)
        self._pairs.append((at, parting.left <= LEFT_BY_PLANES and parting.kept >= KEPT_BY_PLANES if parting and telling else None))

    @property
    def flat(self) -> bool:
        """Whether it has moved, and moved as a plane."""
        return len(self._told) >= TELLING_PAIRS and self._mostly_flat

    @property
    def cleared(self) -> bool:
        """Whether as many pairs were compared as `flat` takes, and those that tell do not begin to say it."""
        return len(self._pairs) >= TELLING_PAIRS and not self._mostly_flat

    @property
    def _told(self) -> list[bool]:
        return [flat for _, flat in self._pairs if flat is not None]

    @property
    def _mostly_flat(self) -> bool:
        return bool(self._told) and sum(self._told) >= FLAT_SHARE * len(self._told)


def view(image: np.ndarray, detection: Detection) -> np.ndarray:
    """The face in grey, `SIDE_PX` square, as the box frames it."""
    x1, y1, x2, y2 = detection.box
    side = max(x2 - x1, y2 - y1, 1)
    left, top = (x1 + x2 - side) // 2, (y1 + y2 - side) // 2
    height, width = image.shape[:2]
    part = image[max(0, top) : max(0, min(height, top + side)), max(0, left) : max(0, min(width, left + side))]
    if part.size == 0:
        return np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    beyond = (max(0, -top), max(0, top + side - height), max(0, -left), max(0, left + side - width))
    square = cv2.copyMakeBorder(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), *beyond, cv2.BORDER_REPLICATE)
    return cv2.resize(square, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA if side > SIDE_PX else cv2.INTER_LINEAR)


def compare(before: np.ndarray, after: np.ndarray) -> Parting | None:
    """None where there is too little to follow.

    Twice: the second time `after` is first brought back by the homography found, so that corners are compared upright
    and at one scale, where following them is exact.
    """
    found = cv2.goodFeaturesToTrack(before, 60, 0.01, 4, mask=_FACE)
    if found is None or len(found) < _FEWEST:
        return None
    to_after, left, kept, corners = np.eye(3), 1.0, 0.0, found
    for _ in range(2):
        back = cv2.warpPerspective(
            after, to_after, (SIDE_PX, SIDE_PX), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
        )
        corners, ends, kept = _followed(before, back, found)
        homography = cv2.findHomography(corners, ends, cv2.LMEDS)[0] if len(corners) >= _FEWEST else None
        if homography is None:
            return Parting(1.0, 0.0, kept)  # it has changed beyond recognition, which paper does not
        rest = cv2.perspectiveTransform(corners, homography) - ends
        left = float(np.sqrt((rest**2).sum(axis=2).mean())) / SIDE_PX
        to_after = to_after @ homography
    return Parting(left, _tilt(corners, cv2.perspectiveTransform(corners, to_after)), kept)


def _followed(before: np.ndarray, after: np.ndarray, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """The corners that are found again, where they are then, and their share: there and back must lead home."""
    there, found, _ = cv2.calcOpticalFlowPyrLK(before, after, corners, None, **_FLOW)  # type: ignore[call-overload]
    home, returned, _ = cv2.calcOpticalFlowPyrLK(after, before, there, None, **_FLOW)  # type: ignore[call-overload]
    good = (found.ravel() > 0) & (returned.ravel() > 0) & (np.linalg.norm(home - corners, axis=2).ravel() < 1)
    return corners[good], there[good], float(good.mean())


def _tilt(corners: np.ndarray, moved: np.ndarray) -> float:
    """What no shift, turn and scaling in the picture explains, in face widths."""
    similarity, _ = cv2.estimateAffinePartial2D(corners, moved, method=cv2.LMEDS)
    if similarity is None:
        return 0.0
    rest = cv2.transform(corners, similarity) - moved
    return float(np.sqrt((rest**2).sum(axis=2).mean())) / SIDE_PX


def _moved(before: Box, after: Box) -> float:
    """How far the face has gone, in face widths."""
    dx, dy = ((after[i] + after[i + 2] - before[i] - before[i + 2]) / 2 for i in (0, 1))
    return float(np.hypot(dx, dy)) / max(before[2] - before[0], 1)


def _face_only() -> np.ndarray:
    mask = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    axes = (round(0.36 * SIDE_PX), round(0.44 * SIDE_PX))
    cv2.ellipse(mask, (SIDE_PX // 2, SIDE_PX // 2), axes, 0, 0, 360, 255, -1)
    mask.flags.writeable = False
    return mask


_FACE = _face_only()
