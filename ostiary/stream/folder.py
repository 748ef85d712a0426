"""A folder of pictures as a source: each for half a second, by name, once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from ostiary.errors import SourceError

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
INTERVAL_S = 0.1
SHOWN_TIMES = 5


class FolderSource:
    """Shows every picture `SHOWN_TIMES` times, enough for a quorum; what cannot be decoded is left out."""

    live = False
    interval_s: float | None = INTERVAL_S
    late_s = 0.0

    def __init__(self, files: list[Path]):
        self._pictures = _repeated(files)

    def read(self) -> np.ndarray | None:
        return next(self._pictures, None)

    def close(self) -> None:
        self._pictures = iter(())


def open_folder(folder: Path) -> FolderSource:
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
    if not files:
        raise SourceError(str(folder), f"the folder has no pictures ({', '.join(sorted(SUFFIXES))})")
    return FolderSource(files)


def _repeated(files: list[Path]) -> Iterator[np.ndarray]:
    for file in files:
        image = cv2.imdecode(np.frombuffer(file.read_bytes(), np.uint8), cv2.IMREAD_COLOR) if file.stat().st_size else None
        if image is not None:
            for _ in range(SHOWN_TIMES):
                yield image
