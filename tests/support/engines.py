"""What tests of an engine ask and show."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ostiary.domain import Recognition
from ostiary.engine import FaceEngine


def beside(*pictures: Path) -> np.ndarray:
    """One picture of several, side by side."""
    return np.hstack([cv2.resize(cv2.imread(str(picture)), (600, 800)) for picture in pictures])


def names_of(found: list[Recognition]) -> list[str | None]:
    return [each.name for each in found]


def photos_of(engine: FaceEngine) -> set[str]:
    return {path.stem for path in (engine.settings.gallery.faces_dir / "photos").glob("*.jpg")}
