"""Another CompreFace: its subjects and example pictures, read over its API with the key of a recognition service."""

from __future__ import annotations

import http.client
import json
import logging
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import Timeout, make_headers, parse_url

from ostiary import __version__
from ostiary.errors import BadImage, ImportFailed, TooLarge
from ostiary.moving.values import Offer, Refused, Source
from ostiary.net import place_of
from ostiary.service import Deadline
from ostiary.settings import LimitSettings

log = logging.getLogger(__name__)

_MEGABYTE = 1 << 20
_LONGEST_LIST = 16 * _MEGABYTE
_PAGE = 500
_MOST_FACES = 1_000_000
_PIECE = 1 << 16
_WHOLE_S = 120.0  # the time limit of one answer, however slowly it drips in
_PAUSES_S = (0.3, 1.0)
"""Before what failed is asked for again."""
_BUSY = {502, 503, 504}
_LOST = 3
"""So many pictures in a row that do not come, and the server is taken for gone."""
_FAILURES = (OSError, HTTPError, http.client.HTTPException)


class Server:
    """Asks, one request after the other; what cannot be had at once is asked for again, three times."""

    def __init__(self, url: str, key: str, limits: LimitSettings):
        url = url if "://" in url else f"http://{url}"
        self._place, self._key, self._limits = place_of(url), key, limits
        try:
            parts = parse_url(url)
        except LocationParseError:
            parts = parse_url("")
        if parts.scheme not in {"http", "https"} or not parts.host:
            raise ImportFailed(self._place, "expected an address such as http://nas.lan:8000")
        path = (parts.path or "").rstrip("/").removesuffix("/api/v1")
        if not (key.isascii() and key.isprintable()):
            raise ImportFailed(self._place, "the key holds characters that no key has")
        self._base = f"{parts.scheme}://{parts.netloc}{path}/api/v1"
        credentials = make_headers(basic_auth=unquote(parts.auth)) if parts.auth else {}
        # Redirects are not followed: the key is for this server alone.
        self._pool = urllib3.PoolManager(
            headers={"x-api-key": key, "user-agent": f"ostiary/{__version__}", **{str(k): str(v) for k, v in credentials.items()}},
            retries=False,
            timeout=Timeout(connect=5, read=30),
        )
        self._failed, self._closed = 0, threading.Event()

    def source(self) -> Source:
        """All that it has. Raises ImportFailed."""
        subjects = [name for name in self._listed("/recognition/subjects", "subjects")[1] if isinstance(name, str)]
        left_out: list[Refused] = []
        faces = dict(self._faces(left_out))
        with_pictures = set(faces.values())
        offers: list[Offer] = [RemotePicture(self, image_id, name) for image_id, name in faces.items()]
        return Source(offers, tuple(left_out), tuple(name for name in subjects if name not in with_pictures))

    def picture(self, image_id: str) -> bytes:
        """Raises BadImage and TooLarge for this one, and ImportFailed where no more come."""
        most = int(self._limits.max_upload_mb * _MEGABYTE)
        try:
            status, data = self._get(f"/recognition/faces/{image_id}/img", most)
            if status == 404:  # releases before 1.0 have them here alone
                status, data = self._get(f"/static/{quote(self._key, safe='')}/images/{image_id}", most)
        except _FAILURES as error:
            self._count_failure(error)
            raise BadImage(f"it did not come ({_words(error)})") from None
        if status >= 500:
            self._count_failure(f"HTTP {status}")
        else:
            self._failed = 0
        if status != 200:
            raise BadImage(f"the server answered HTTP {status}")
        if len(data) > most:
            raise TooLarge("the picture", f"{self._limits.max_upload_mb:g} MB", "MAX_UPLOAD_MB")
        if not data:
            raise BadImage("the server kept the face, but not the picture of it")
        return data

    def close(self) -> None:
        self._closed.set()
        self._pool.clear()

    def _faces(self, left_out: list[Refused]) -> Iterator[tuple[str, str]]:
        """(image id, subject), page by page. Old releases have no pages and tell everything at once, whatever is asked."""
        seen: set[str] = set()
        odd: set[str] = set()
        told, number = 0, 0
        while True:
            page, faces = self._listed(f"/recognition/faces?page={number}&size={_PAGE}", "faces")
            new = 0
            for face in faces:
                image_id, name = _face(face)
                if image_id is None or name is None:
                    odd.add(str(face)[:100])
                elif image_id not in seen:
                    seen.add(image_id)
                    new += 1
                    yield image_id, name
            number, told = number + 1, _count(page.get("total_elements"), told)
            if not new or number >= _count(page.get("total_pages"), _MOST_FACES):
                break
            if len(seen) + len(odd) > _MOST_FACES:
                raise ImportFailed(self._place, f"it lists more than {_MOST_FACES} faces")
        left_out += [Refused(face, "its id is no UUID, or it has no subject") for face in sorted(odd)]
        if told > len(seen) + len(left_out):
            left_out.append(
                Refused(f"{told - len(seen)} faces", "they were counted, but not listed: perhaps they changed meanwhile; import again")
            )

    def _listed(self, path: str, member: str) -> tuple[dict[str, Any], list[Any]]:
        """An answer, and the list in it."""
        answer = self._json(path)
        listed = answer.get(member, [])
        if not isinstance(listed, list):
            raise ImportFailed(self._place, f"no CompreFace answers there ({member} is no list)")
        return answer, listed

    def _json(self, path: str) -> dict[str, Any]:
        try:
            status, data = self._get(path, _LONGEST_LIST)
        except _FAILURES as error:
            raise ImportFailed(self._place, _words(error)) from None
        try:
            answer = json.loads(data) if len(data) <= _LONGEST_LIST else None
        except (ValueError, RecursionError):
            answer = None
        if 300 <= status < 400:
            raise ImportFailed(self._place, "it sends us elsewhere: give the address where it sends browsers")
        if status in (400, 401, 403, 404) and isinstance(answer, dict) and "code" in answer:
            raise ImportFailed(
                self._place, f"it does not take the key, which must be that of a recognition service (code {_count(answer['code'], 0)})"
            )
        if status != 200 or not isinstance(answer, dict):
            raise ImportFailed(self._place, f"no CompreFace answers there (HTTP {status})")
        return answer

    def _get(self, path: str, most: int) -> tuple[int, bytes]:
        """The status, and at most a piece more than `most` bytes."""
        for pause_s in _PAUSES_S:
            try:
                status, data = self._ask(path, most)
            except _FAILURES as error:
                log.debug("%s: %s", self._place, _words(error))
            else:
                if status not in _BUSY:
                    return status, data
            self._closed.wait(pause_s)
        return self._ask(path, most)

    def _ask(self, path: str, most: int) -> tuple[int, bytes]:
        deadline = Deadline(_WHOLE_S)
        response = self._pool.request("GET", f"{self._base}{path}", preload_content=False, decode_content=False)
        data, piece = bytearray(), b"-"
        try:
            while len(data) <= most and (piece := response.read(_PIECE)):
                data += piece
                if not deadline.left():
                    raise TimeoutError
        finally:
            if piece:  # there may be more, that nobody wants
                response.close()
            response.release_conn()
        return response.status, bytes(data)

    def _count_failure(self, problem: Exception | str) -> None:
        self._failed += 1
        if self._failed >= _LOST:
            raise ImportFailed(self._place, f"it does not answer any more ({problem if isinstance(problem, str) else _words(problem)})")


@dataclass(frozen=True, slots=True)
class RemotePicture:
    server: Server
    image_id: str
    name: str

    @property
    def origin(self) -> str:
        return f"{self.name} {self.image_id}"

    def key(self) -> str:
        return f"image {self.image_id}"

    def read(self) -> bytes:
        return self.server.picture(self.image_id)


def _face(face: object) -> tuple[str | None, str | None]:
    """The image id in its one spelling, so that no server can lead us astray by it, and the subject."""
    if not isinstance(face, dict):
        return None, None
    name = face.get("subject")
    try:
        return str(uuid.UUID(str(face.get("image_id")))), name if isinstance(name, str) and name else None
    except ValueError:
        return None, None


def _count(told: object, otherwise: int) -> int:
    return told if isinstance(told, int) else otherwise


def _words(error: Exception) -> str:
    cause: BaseException = error
    while (below := getattr(cause, "reason", None) or cause.__cause__) and isinstance(below, BaseException):
        cause = below
    match cause:
        case TimeoutError() | urllib3.exceptions.TimeoutError():
            return "no answer in time"
        case urllib3.exceptions.NameResolutionError():
            return "its name is not known"
        case urllib3.exceptions.SSLError():
            return f"its certificate is not trusted: {cause}"
        case OSError(strerror=str() as words):
            return words
    return str(cause) or type(cause).__name__
