"""Square crops round faces, each network's own way: how tight, how low, level or not."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ostiary.domain import Detection
from ostiary.vision.align import warped


@dataclass(frozen=True, slots=True)
class Square:
    """Its side is `reach` times the box's longer one, its centre `lower` times the box's height below the box's.

    `level` turns it with the eyes. Pixels beyond the image repeat its border.
    """

    px: int
    reach: float
    lower: float = 0.0
    level: bool = False

    def crop(self, image: np.ndarray, face: Detection) -> np.ndarray:
        return warped(image, self.matrix(face), self.px, cv2.BORDER_REPLICATE)

    def crops(self, image: np.ndarray, faces: list[Detection]) -> np.ndarray:
        """uint8 (n, px, px, 3)."""
        return np.stack([self.crop(image, face) for face in faces])

    def matrix(self, face: Detection) -> np.ndarray:
        """What brings image pixels into the crop, (2, 3)."""
        x1, y1, x2, y2 = face.box
        centre = np.array([(x1 + x2) / 2, (y1 + y2) / 2 + self.lower * (y2 - y1)])
        angle = tilt(*face.landmarks[:2]) if self.level and face.landmarks is not None else 0.0
        return onto_square(self.px, centre, self.reach * max(x2 - x1, y2 - y1), angle)

    def to_image(self, points: np.ndarray, face: Detection) -> np.ndarray:
        """Points of the crop, (n, 2) in its pixels, where they lie in the image."""
        back = cv2.invertAffineTransform(self.matrix(face))
        return (points @ back[:, :2].T + back[:, 2]).astype(np.float32)


def tilt(left: np.ndarray, right: np.ndarray) -> float:
    """The angle of the line from one point to the other, clockwise as one sees it, in radians."""
    x, y = right - left
    return float(np.arctan2(y, x))


def onto_square(px: int, centre: np.ndarray, side: float, angle: float) -> np.ndarray:
    """What brings a square of the image, turned clockwise by `angle`, onto one of `px` pixels, (2, 3)."""
    scale = px / max(side, 1.0)
    turn = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, px / 2 - turn @ centre])
