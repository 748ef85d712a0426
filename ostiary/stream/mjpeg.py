"""MJPEG over HTTP: an endless multipart answer with one JPEG in each part.

Read here and not through FFmpeg, which guesses the format for seconds before the first picture, says nothing about a
refused password, and hands on half a picture when a connection breaks. Cameras take liberties with boundaries, so a
part is delimited by its Content-Length, or else by the next boundary, with or without its dashes.
"""

from __future__ import annotations

import http.client
import re
import time
import urllib.request
from email.message import Message
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit, urlunsplit

import cv2
import numpy as np

from ostiary.errors import SourceError

CONNECT_TIMEOUT_S = 5.0
LARGEST_PART = 32 * 1024 * 1024
CHUNK = 64 * 1024


class NotMjpeg(Exception):
    """The address answers, but with something else."""


class PartReader:
    """Cuts a multipart stream into the bodies of its parts. Pure: bytes in, bodies out."""

    def __init__(self, boundary: bytes):
        self._boundary = boundary
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies that `data` completes. Raises ValueError when a part grows beyond all measure."""
        self._buffer += data
        bodies = []
        while (body := self._next()) is not None:
            bodies.append(body)
        if len(self._buffer) > LARGEST_PART:
            raise ValueError("a part is too large")
        return bodies

    def _next(self) -> bytes | None:
        start = self._buffer.find(self._boundary)
        head_end = self._buffer.find(b"\r\n\r\n", start)
        if start < 0 or head_end < 0:
            return None
        body_at = head_end + 4
        declared = re.search(rb"content-length:\s*(\d+)", bytes(self._buffer[start:head_end]), re.IGNORECASE)
        end = body_at + int(declared[1]) if declared else self._buffer.find(self._boundary, body_at)
        if end < 0 or end > len(self._buffer):
            return None
        body = bytes(self._buffer[body_at:end])
        del self._buffer[:end]
        return body if declared else body.rstrip(b"-\r\n")


class MjpegSource:
    """An open answer of a camera. `timeout_s` is the longest wait for one picture."""

    live = True
    interval_s: float | None = None
    late_s = 0.0

    def __init__(self, response: Any, parts: PartReader, shown: str, timeout_s: float):
        self._response, self._parts, self._shown, self._timeout_s = response, parts, shown, timeout_s
        self._waiting: list[bytes] = []

    def read(self) -> np.ndarray:
        """The newest whole picture that has arrived."""
        give_up_at = time.monotonic() + self._timeout_s
        while time.monotonic() < give_up_at:
            for body in reversed(self._receive()):  # several in one chunk: only the newest is of use
                image = _decode(body)
                if image is not None:
                    return image
        raise SourceError(self._shown, f"delivered no picture for {self._timeout_s:g} s")

    def _receive(self) -> list[bytes]:
        try:
            data = self._response.read1(CHUNK)
            if not data:
                raise SourceError(self._shown, "the camera ended the stream")
            return self._parts.feed(data)
        except TimeoutError:
            raise SourceError(self._shown, f"delivered nothing for {self._timeout_s:g} s") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SourceError(self._shown, f"the stream broke off ({error})") from None

    def close(self) -> None:
        self._response.close()


def open_mjpeg(url: str, shown: str, timeout_s: float) -> MjpegSource:
    """Opens a camera's stream, with basic or digest authentication. Raises SourceError, or NotMjpeg for other content."""
    try:
        address, opener = _with_login(url)
        response = opener.open(address, timeout=CONNECT_TIMEOUT_S)
    except HTTPError as error:
        error.close()
        raise SourceError(shown, _refusal(error.code)) from None
    except (ValueError, http.client.InvalidURL):  # whose words repeat the address, with its password
        raise SourceError(
            shown, "this cannot be read as an address: letters like @ : / # in a password are written %40 %3A %2F %23"
        ) from None
    except (OSError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise SourceError(shown, f"cannot be reached ({reason}): check the address and that the camera is on") from None
    boundary = _boundary(response.headers)
    if boundary is None:
        response.close()
        raise NotMjpeg
    _set_timeout(response, timeout_s)
    return MjpegSource(response, PartReader(boundary), shown, timeout_s)


def _with_login(url: str) -> tuple[str, urllib.request.OpenerDirector]:
    """The address without its login, and an opener that shows the login where it is asked for. No proxies: it is a camera."""
    parts = urlsplit(url)
    address = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    logins = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    if parts.username is not None:
        logins.add_password(None, address, unquote(parts.username), unquote(parts.password or ""))
    return address, urllib.request.build_opener(urllib.request.ProxyHandler({}), _Basic(logins), _Digest(logins))


class _Basic(urllib.request.HTTPBasicAuthHandler):
    def http_error_401(self, req: Any, fp: Any, code: int, msg: str, headers: http.client.HTTPMessage) -> Any:
        fp.close()  # the standard handler leaves the refused connection open
        return super().http_error_401(req, fp, code, msg, headers)


class _Digest(urllib.request.HTTPDigestAuthHandler):
    def http_error_401(self, req: Any, fp: Any, code: int, msg: str, headers: http.client.HTTPMessage) -> Any:
        fp.close()
        return super().http_error_401(req, fp, code, msg, headers)


def _refusal(status: int) -> str:
    if status in (401, 403):
        return f"the camera refuses the login (HTTP {status}): write user name and password as http://user:password@host/..."
    if status == 404:
        return "the camera has no stream at this path (HTTP 404)"
    return f"the camera answers HTTP {status}"


def _boundary(headers: Message) -> bytes | None:
    if headers.get_content_type() != "multipart/x-mixed-replace":
        return None
    boundary = str(headers.get_param("boundary", "")).strip().removeprefix("--")
    return boundary.encode("latin-1", "replace") or None


def _set_timeout(response: Any, timeout_s: float) -> None:
    """`urlopen` keeps the connecting timeout for reading; a slow camera may take longer between pictures."""
    response.fp.raw._sock.settimeout(timeout_s)


def _decode(body: bytes) -> np.ndarray | None:
    """A whole JPEG as a picture; None for a torn one, of which OpenCV 4 would make one that is half grey."""
    if not body.startswith(b"\xff\xd8") or b"\xff\xd9" not in body[-64:]:
        return None
    return cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR)
