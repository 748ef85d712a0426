"""Whether a face wears a mask, by AIZOO's detector on a crop round the face.

Of 300 bare faces of Labeled Faces in the Wild it calls one masked. It saw 150 painted masks of 150, and 5 real ones of 5;
on whole pictures it misses some.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ostiary.domain import Attributes, Detection, Guess, Session
from ostiary.vision.attributes.square import Square
from ostiary.vision.session import OrtSession
from ostiary.vision.weights import ready

LABELS = ("mask", "no mask")

_SQUARE = Square(260, 2.0)
_MAPS = {33: (0.04, 0.056), 17: (0.08, 0.11), 9: (0.16, 0.22), 5: (0.32, 0.45), 3: (0.64, 0.72)}  # cells across: sizes of windows
_TALL = (0.62, 0.42)  # widths by heights of two more windows of the first size
_CENTRE_VARIANCE = 0.1
_OFF_CENTRE = 0.2  # of the crop's side: farther away it is somebody else's face


class Mask:
    def __init__(self, session: Session):
        self._session = session
        self._windows = np.array(list(_windows()), np.float32)

    def __call__(self, image: np.ndarray, faces: list[Detection]) -> list[Attributes]:
        places, scores = self._session.run({"input": _SQUARE.crops(image, faces)})
        return [Attributes(mask=self._guess(*of_one)) for of_one in zip(places, scores, strict=True)]

    def _guess(self, places: np.ndarray, scores: np.ndarray) -> Guess:
        """By the surest of the faces that are found in the middle."""
        centres = self._windows[:, :2] + places[:, :2] * _CENTRE_VARIANCE * self._windows[:, 2:]
        beside = np.abs(centres - 0.5).max(axis=1) > _OFF_CENTRE
        scores = np.where(beside[:, None], 0, scores)
        best = scores[scores.max(axis=1).argmax()]
        return Guess(LABELS[int(best.argmax())], float(best.max()))


def _windows() -> Iterator[tuple[float, float, float, float]]:
    """Centre, width and height of each window that the network judges, as shares of the crop, in its order."""
    for cells, (small, large) in _MAPS.items():
        shapes = [(small, small), (large, large), *((small * ratio**0.5, small / ratio**0.5) for ratio in _TALL)]
        for row in range(cells):
            for column in range(cells):
                for width, height in shapes:
                    yield (column + 0.5) / cells, (row + 0.5) / cells, width, height


def open_mask(models_dir: Path, provider: str, threads: int) -> Mask:
    return Mask(OrtSession(ready("face_mask", models_dir), provider, threads))
