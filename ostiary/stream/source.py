"""Where pictures come from: a closed table of kinds, chosen by how the specification is written.

| specification | kind |
|---|---|
| `0`, `/dev/video0` | USB or CSI camera |
| `rtsp://...`, `rtsps://...` | network camera, over TCP |
| `http://...`, `https://...` | MJPEG camera; other video over HTTP goes to FFmpeg |
| `demo` | the built-in demonstration |
| a folder | its pictures by name, once |
| a file | a video, once, at its own pace |
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ostiary.errors import SettingsError, SourceError

if TYPE_CHECKING:
    import numpy as np


class Source(Protocol):
    """Something that gives pictures.

    `live` sources never end: what stops delivering is lost. Others end. `interval_s` is the pace at which to read a
    source that has none of its own; a camera sets its own pace and says None. `late_s` is how long ago the last picture
    should have come, as far as the source can tell.
    """

    live: bool
    interval_s: float | None
    late_s: float

    def read(self) -> np.ndarray | None:
        """The next picture, waited for; None at the end. Raises SourceError when the source is lost."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What opening a source may need: how long to wait for its pictures, and where the demo keeps its portraits."""

    timeout_s: float = 10.0
    portraits_dir: Path = Path("data/portraits")


def parse_sources(text: str) -> list[tuple[str, str]]:
    """`front=rtsp://..,back=0` as [(name, specification)]; a comma inside an address is written %2C.

    A source without a name is called `demo`, or `camera1`, `camera2` by its place. Raises SettingsError.
    """
    sources: list[tuple[str, str]] = []
    for number, part in enumerate((part.strip() for part in text.split(",")), start=1):
        named = re.fullmatch(r"([\w-]{1,32})=(.*)", part, re.DOTALL)
        spec = named[2].strip() if named else part
        name = named[1] if named else "demo" if part == "demo" else f"camera{number}"
        if not spec:
            raise SettingsError("VIDEO_SOURCE", masked(text), "a source is empty: name=source, comma-separated")
        if name in dict(sources):
            raise SettingsError("VIDEO_SOURCE", masked(text), f"two sources are called {name}: give each its own name, name=source")
        kind_of(spec)
        sources.append((name, spec))
    return sources


def open_source(spec: str, options: SourceOptions = SourceOptions()) -> Source:
    """Opens `spec`. Raises SourceError saying what to do; its texts never carry the specification's secrets."""
    return _KINDS[kind_of(spec)](spec, options)


def masked(spec: str) -> str:
    """`spec` without user names, passwords and keys, for people's eyes."""
    without_login = re.sub(r"://[^,]*@", "://***@", spec)
    return re.sub(r"(?i)\b((?:user|usr|login|pass|pwd|psw|token|key|api_?key|auth|secret|sig)\w*)=[^&,\s]*", r"\1=***", without_login)


def kind_of(spec: str) -> str:
    """The kind of source that `spec` means: camera, path, demo, or a scheme. Raises SettingsError."""
    if spec == "demo":
        return "demo"
    if spec.isdecimal() or spec.startswith("/dev/video"):
        return "camera"
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", spec)
    if scheme is None:
        return "path"
    if scheme[1].lower() not in _KINDS:
        raise SettingsError("VIDEO_SOURCE", masked(spec), "expected a camera index, rtsp://, http://, a file, a folder or demo")
    return scheme[1].lower()


def _open_camera(spec: str, options: SourceOptions) -> Source:
    from ostiary.stream.video import open_camera

    return open_camera(spec, options.timeout_s)


def _open_stream(spec: str, options: SourceOptions) -> Source:
    from ostiary.stream.network import open_stream

    return open_stream(spec, masked(spec), options.timeout_s)


def _open_http(spec: str, options: SourceOptions) -> Source:
    from ostiary.stream.mjpeg import NotMjpeg, open_mjpeg

    try:
        return open_mjpeg(spec, masked(spec), options.timeout_s)
    except NotMjpeg:
        return _open_stream(spec, options)


def _open_path(spec: str, options: SourceOptions) -> Source:
    path = Path(spec.removeprefix("file://")).expanduser()
    if path.is_dir():
        from ostiary.stream.folder import open_folder

        return open_folder(path)
    if not path.exists():
        raise SourceError(spec, "there is no such file or folder")
    from ostiary.stream.video import open_file

    return open_file(path)


def _open_demo(spec: str, options: SourceOptions) -> Source:
    from ostiary.stream.demo import open_demo

    return open_demo(options.portraits_dir)


_KINDS: dict[str, Callable[[str, SourceOptions], Source]] = {
    "camera": _open_camera,
    "rtsp": _open_stream,
    "rtsps": _open_stream,
    "http": _open_http,
    "https": _open_http,
    "path": _open_path,
    "file": _open_path,
    "demo": _open_demo,
}
