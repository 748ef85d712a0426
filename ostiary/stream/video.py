"""Cameras of this machine and video files through OpenCV."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import cv2
import numpy as np

from ostiary.errors import SourceError

DEFAULT_FPS = 25.0


class VideoSource:
    """An opened `cv2.VideoCapture`. `shown` names it in messages; `interval_s` None is a live source."""

    late_s = 0.0

    def __init__(self, capture: cv2.VideoCapture, shown: str, interval_s: float | None):
        self._capture, self._shown = capture, shown
        self.interval_s = interval_s
        self.live = interval_s is None

    def read(self) -> np.ndarray | None:
        delivered, image = self._capture.read()
        if delivered and image is not None and image.size:
            return image if image.ndim == 3 and image.shape[2] == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)  # infrared has one channel
        if self.live:
            raise SourceError(self._shown, "stopped delivering pictures")
        return None

    def close(self) -> None:
        self._capture.release()


def silence_opencv() -> None:
    """OpenCV's own complaints may repeat an address with its password; what is wrong is said by our errors."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def open_camera(spec: str, timeout_s: float) -> VideoSource:
    """A camera of this machine, by index or by device file."""
    silence_opencv()
    linux = sys.platform.startswith("linux")
    if linux:
        _check_device(spec)
    index = int(spec) if spec.isdecimal() else spec
    capture = cv2.VideoCapture(index, cv2.CAP_V4L2 if linux else cv2.CAP_ANY)
    if not capture.isOpened():
        raise SourceError(spec, "the camera cannot be opened: another program may be using it, or it is no video camera")
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    capture.set(cv2.CAP_PROP_READ_TIMEOUT_MSEC, 1000 * timeout_s)
    return VideoSource(capture, spec, None)


def open_file(path: Path) -> VideoSource:
    """A video file, at the pace that it names."""
    silence_opencv()
    if not os.access(path, os.R_OK):
        raise SourceError(str(path), "the file may not be read by this user")
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        raise SourceError(str(path), "this is no video that can be decoded")
    fps = capture.get(cv2.CAP_PROP_FPS)
    return VideoSource(capture, str(path), 1 / (fps if 1 <= fps <= 240 else DEFAULT_FPS))


def _check_device(spec: str) -> None:
    """Says what OpenCV does not: that there is no such camera, or that this user may not use it."""
    device = f"/dev/video{spec}" if spec.isdecimal() else spec
    try:
        os.close(os.open(device, os.O_RDWR | os.O_NONBLOCK))
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
            found = ", ".join(sorted(str(path) for path in Path("/dev").glob("video*"))) or "none"
            problem = f"there is no camera {device} (found: {found}): plug one in, name another in VIDEO_SOURCE, or try VIDEO_SOURCE=demo"
        elif error.errno in (errno.EACCES, errno.EPERM):
            problem = f"{device} may not be used by this user: add the user to the group 'video' and log in again"
        else:
            problem = f"{device} cannot be opened: {error.strerror}"
        raise SourceError(spec, problem) from None
