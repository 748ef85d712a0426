"""Shows the video in a window, for who sits beside the camera."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ostiary.domain import Outcome
from ostiary.errors import SettingsError
from ostiary.mailbox import LatestOnly


class WindowSink:
    """One window per camera, all touched by the one thread that calls `step`."""

    def __init__(self, draw: Callable[[Outcome], np.ndarray]):
        self._draw = draw
        self._newest: LatestOnly[Outcome] = LatestOnly()

    def offer(self, outcome: Outcome) -> None:
        self._newest.put(outcome)

    def step(self) -> None:
        if outcome := self._newest.take(0.1):
            cv2.imshow(f"Ostiary: {outcome.frame.camera}", self._draw(outcome))
        cv2.waitKey(1)


def require_windows() -> None:
    """Raises SettingsError where this OpenCV was built without windows."""
    if not any(line.split(":", 1)[1].strip() not in {"", "NONE", "NO"} for line in _gui_lines()):
        raise SettingsError(
            "SHOW_WINDOW", True, "this OpenCV has no windows: pip uninstall opencv-python-headless, pip install opencv-python"
        )


def _gui_lines() -> list[str]:
    return [
        line for line in cv2.getBuildInformation().splitlines() if line.strip().startswith(("GUI:", "QT:", "GTK+:", "WIN32UI:", "COCOA:"))
    ]
