"""Cameras, network streams and video files through OpenCV."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import cv2
import numpy as np

from ostiary.errors import SourceError

OPEN_TIMEOUT_S = 10.0
DEFAULT_FPS = 25.0

# OpenCV's own complaints repeat an address with its password; what is wrong is said by the errors raised here.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


class VideoSource:
    """An opened `cv2.VideoCapture`. `shown` names it in messages; `interval_s` None is a live source."""

    def __init__(self, capture: cv2.VideoCapture, shown: str, interval_s: float | None):
        self._capture, self._shown = capture, shown
        self.interval_s = interval_s
        self.live = interval_s is None

    def read(self) -> np.ndarray | None:
        delivered, image = self._capture.read()
        if delivered and image is not None and image.size:
            return _as_bgr(image)
        if self.live:
            raise SourceError(self._shown, "stopped delivering pictures")
        return None

    def close(self) -> None:
        self._capture.release()


def open_camera(spec: str, timeout_s: float) -> VideoSource:
    """A camera of this machine, by index or by device file."""
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


def open_stream(url: str, shown: str, timeout_s: float) -> VideoSource:
    """A network stream through FFmpeg; RTSP goes over TCP."""
    capture = _open_ffmpeg(url, timeout_s)
    if not capture.isOpened():
        raise SourceError(shown, "cannot be opened: check address, user name, password, and that the camera is on")
    return VideoSource(capture, shown, None)


def open_file(path: Path) -> VideoSource:
    """A video file, at the pace that it names."""
    if not os.access(path, os.R_OK):
        raise SourceError(str(path), "the file may not be read by this user")
    capture = _open_ffmpeg(str(path), OPEN_TIMEOUT_S)
    if not capture.isOpened():
        raise SourceError(str(path), "this is no video that can be decoded")
    fps = capture.get(cv2.CAP_PROP_FPS)
    return VideoSource(capture, str(path), 1 / (fps if 1 <= fps <= 240 else DEFAULT_FPS))


def _open_ffmpeg(address: str, timeout_s: float) -> cv2.VideoCapture:
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(1000 * OPEN_TIMEOUT_S), cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(1000 * timeout_s)]
    return cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits)


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


def _as_bgr(image: np.ndarray) -> np.ndarray:
    """Infrared cameras give one channel."""
    return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 or image.shape[2] == 1 else image
