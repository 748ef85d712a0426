"""Detectors by name, each at the scale that suits it: `open_detector` for video, `thorough` for stills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ostiary.domain import Detect, Detection
from ostiary.vision.boxes import best_of_each
from ostiary.vision.scale import resized


def _open_yunet(models_dir: Path, provider: str, threads: int) -> Detect:
    from ostiary.vision.session import OrtSession
    from ostiary.vision.weights import ready
    from ostiary.vision.yunet import YuNet

    return YuNet(OrtSession(ready("yunet", models_dir), provider, threads))


def _open_hog(models_dir: Path, provider: str, threads: int) -> Detect:
    from ostiary.vision.hog import open_hog

    return open_hog()


def _open_cnn(models_dir: Path, provider: str, threads: int) -> Detect:
    from ostiary.vision.mmod import open_mmod

    return open_mmod(models_dir, provider, threads)


@dataclass(frozen=True, slots=True)
class _Choice:
    """`video_px` is the longer side at which a frame is looked at, `still_px` the same for stills, in turn."""

    open: Callable[[Path, str, int], Detect]
    video_px: int
    still_px: tuple[int, ...]


# YuNet misses a face that fills a large input (half of them at 1,600 pixels, none at 256) and one that is tiny in a
# small input, so it looks at stills twice. HOG and CNN look at many scales by themselves.
_CHOICES = {
    "yunet": _Choice(_open_yunet, 512, (1280, 256)),
    "hog": _Choice(_open_hog, 640, (1280,)),
    "cnn": _Choice(_open_cnn, 640, (1280,)),
}


def open_detector(name: str, models_dir: Path, provider: str = "cpu", threads: int = 0, scale: float | None = None) -> Scaled:
    """A detector for video frames; `scale` None looks at them as large as suits it. Raises ModelError and MissingExtra."""
    choice = _CHOICES[name]
    return Scaled(choice.open(models_dir, provider, threads), scale, choice.video_px, choice.still_px)


def thorough(detector: Scaled) -> Detect:
    """The same detector, loaded once, for stills: finds close-ups and small faces in large photographs, and takes its time."""
    return Thorough([Scaled(detector.detect, None, longest_px) for longest_px in detector.still_px])


class Scaled:
    """`detect` on a resized picture, its findings in pixels of the given one.

    `scale` None shrinks the picture to `longest_px` on its longer side and never enlarges it. `still_px` is only
    kept for `thorough`.
    """

    def __init__(self, detect: Detect, scale: float | None, longest_px: int, still_px: tuple[int, ...] = ()):
        self.detect = detect
        self.still_px = still_px or (longest_px,)
        self._scale = scale
        self._longest_px = longest_px

    def __call__(self, image: np.ndarray) -> list[Detection]:
        height, width = image.shape[:2]
        scale = self._scale or min(1.0, self._longest_px / max(height, width))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        if size == (width, height):
            return self.detect(image)
        back = np.array([width / size[0], height / size[1]], np.float32)
        return [_enlarged(detection, back) for detection in self.detect(resized(image, *size))]


class Thorough:
    """The faces that any of several looks finds, each face once, best first.

    Looking more often finds more hands and ears, too. YuNet scores most of these below 0.75 and nearly all faces above,
    so a doubtful finding counts only where there is no sure one.
    """

    SURE = 0.75

    def __init__(self, looks: list[Scaled]):
        self._looks = looks

    def __call__(self, image: np.ndarray) -> list[Detection]:
        found = best_of_each([detection for look in self._looks for detection in look(image)])
        if len(self._looks) == 1:
            return found
        return [detection for detection in found if detection.score >= self.SURE] or found


def _enlarged(detection: Detection, back: np.ndarray) -> Detection:
    x1, y1, x2, y2 = (round(float(value)) for value in np.array(detection.box) * np.tile(back, 2))
    landmarks = None if detection.landmarks is None else detection.landmarks * back
    return replace(detection, box=(x1, y1, x2, y2), landmarks=landmarks)
