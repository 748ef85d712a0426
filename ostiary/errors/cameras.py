"""Cameras and the stream."""

from __future__ import annotations

from ostiary.errors.base import OstiaryError


class SourceError(OstiaryError):
    code = "bad_source"

    def __init__(self, source: str, problem: str):
        super().__init__(source, problem)
        self.source, self.problem = source, problem

    def __str__(self) -> str:
        return f"video source {self.source}: {self.problem}"


class UnknownCamera(OstiaryError):
    code = "unknown_camera"

    def __init__(self, name: str):
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"no camera is called {self.name!r}"


class StreamRefused(OstiaryError):
    code = "stream_refused"

    def __init__(self, place: str, status: int, because: str):
        super().__init__(place, status, because)
        self.place, self.status, self.because = place, status, because

    def __str__(self) -> str:
        return f"the stream at {self.place} refused with status {self.status}: {self.because}"
