"""Reads what was asked for off faces; each network is loaded when its first attribute is asked for."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from ostiary.domain import Attributes, Detection
from ostiary.errors import BadField
from ostiary.vision.attributes.five_points import Located
from ostiary.vision.landmarks import FivePoints

Read = Callable[[np.ndarray, list[Detection]], list[Attributes]]
"""One network's part of the attributes of each face (at least one)."""

_TOGETHER = 8
"""Faces that one network looks at together: each takes up to 9 MB, and a crowd would take gigabytes."""

_OPENERS = {
    "age": ".face_api:open_age_gender",
    "gender": ".face_api:open_age_gender",
    "expression": ".face_api:open_expression",
    "mask": ".mask:open_mask",
    "pose": ".head_pose:open_head_pose",
    "eyes_open": ".mesh:open_eyes_open",
    "landmarks5": ".five_points:open_five_points",
    "landmarks68": ".face_api:open_landmarks68",
    "landmarks468": ".mesh:open_mesh",
}

NAMES = tuple(_OPENERS)


class AttributeReader:
    """Safe to use from several threads."""

    def __init__(self, models_dir: Path, provider: str = "cpu", threads: int = 0):
        self._where = models_dir, provider, threads
        self._readers: dict[str, Read] = {}
        self._opening = threading.Lock()
        self._located = Located(lambda: self._points)

    def read(self, image: np.ndarray, faces: Sequence[Detection], names: Iterable[str]) -> list[Attributes]:
        """Those named, of each face in order. Raises BadField for an unknown name, ModelError for weights that are not to be had."""
        wanted = known(names)
        readers = {opener: self._reader(opener) for opener in dict.fromkeys(_OPENERS[name] for name in wanted)}
        if not faces:
            return []
        located = [self._located(image, face) for face in faces]
        parts = {opener: _read_some_at_a_time(read, image, located) for opener, read in readers.items()}
        return [Attributes(**{name: getattr(parts[_OPENERS[name]][n], name) for name in wanted}) for n in range(len(faces))]

    def _reader(self, opener: str) -> Read:
        with self._opening:
            if opener not in self._readers:
                module, _, function = opener.partition(":")
                self._readers[opener] = getattr(importlib.import_module(module, __package__), function)(*self._where)
            return self._readers[opener]

    @cached_property
    def _points(self) -> FivePoints:
        from ostiary.vision.session import OrtSession
        from ostiary.vision.weights import ready
        from ostiary.vision.yunet import YuNet

        models_dir, provider, threads = self._where
        return FivePoints(YuNet(OrtSession(ready("yunet", models_dir), provider, threads)))


def _read_some_at_a_time(read: Read, image: np.ndarray, faces: list[Detection]) -> list[Attributes]:
    return [look for start in range(0, len(faces), _TOGETHER) for look in read(image, faces[start : start + _TOGETHER])]


def known(names: Iterable[str]) -> tuple[str, ...]:
    """The names, each once. Raises BadField."""
    wanted = tuple(dict.fromkeys(names))
    if unknown := [name for name in wanted if name not in _OPENERS]:
        raise BadField("attributes", f"{', '.join(map(repr, unknown))} is none of {', '.join(NAMES)}")
    return wanted
