"""A picture to its faces as CompreFace tells them: boxes in the file's pixels, whatever way up, and whatever was asked for of each."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from ostiary.domain import Attributes, Box, Detection
from ostiary.errors import NoFace
from ostiary.settings import Settings
from ostiary.vision.attributes.read import AttributeReader
from ostiary.vision.eyes import Eyes, detector_for
from ostiary.vision.image import Turned, decode_leniently

CALCULATOR = "calculator"
LANDMARKS = "landmarks"

_TOGETHER = (("age", "gender"), ("mask",), ("pose",))  # those of one line are read by one network
_ON_CROPS = {"age", "gender"}  # what is told of a face that was not looked for
_VERSIONS = {
    "age": "face_api.AgeDetector",
    "gender": "face_api.GenderDetector",
    "mask": "mask.MaskDetector",
    "pose": "head_pose.PoseEstimator",
}


class Engine(Protocol):
    """What this room needs of the engine for looking."""

    settings: Settings
    decoding: threading.Semaphore
    attribute_reader: AttributeReader

    @property
    def encoder_name(self) -> str: ...

    @property
    def eyes(self) -> Eyes: ...


@dataclass(frozen=True, slots=True)
class Wish:
    """What to look for: the `limit` largest faces (0: all) whose probability is above `threshold`, and what to tell of each.

    Without `detect` the whole picture is taken for one face.
    """

    limit: int = 0
    threshold: float | None = None
    plugins: frozenset[str] = frozenset()
    encode: bool = False
    detect: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class SeenFace:
    """In the file's pixels. `landmarks` (order as in `Detection.landmarks`) where they were asked for; `timings` are ms by plug-in."""

    box: Box
    probability: float
    attributes: Attributes
    landmarks: np.ndarray | None = None
    encoding: np.ndarray | None = None
    timings: Mapping[str, float] = field(default_factory=dict)

    @property
    def embedding(self) -> np.ndarray:
        """Of a face that was asked to be encoded."""
        assert self.encoding is not None
        return self.encoding


@dataclass(frozen=True, slots=True)
class Seen:
    """The faces, the largest first, at least one; `versions` are what looked at them, by plug-in."""

    faces: tuple[SeenFace, ...]
    versions: Mapping[str, str]


def plugins_of(text: str) -> tuple[frozenset[str], bool]:
    """Those that are known of a list as clients send it, and whether embeddings were asked for."""
    known = {LANDMARKS, *_VERSIONS}
    return frozenset(slug for slug in re.split(r"[\s,]+", text.strip()) if slug in known), CALCULATOR in text


class Seeing:
    """Safe to use from several threads."""

    def __init__(self, engine: Engine):
        self._engine = engine

    def look(self, image: bytes, wish: Wish) -> Seen:
        """Raises NoFace, BadImage, UnsupportedImage, TooLarge and ModelError."""
        if wish.threshold is not None and not 0 <= wish.threshold <= 1:
            raise NoFace
        eyes, clock = self._engine.eyes, _Clock()
        with self._engine.decoding:
            turned = decode_leniently(image, self._engine.settings.limits.max_pixels)
            picture = turned.image
            if wish.detect:
                with clock.taking("detector"):
                    faces = _chosen(eyes.detect_thoroughly(picture), wish)
            else:
                faces = [Detection((0, 0, picture.shape[1], picture.shape[0]), 1.0)]
            if not faces:
                raise NoFace
            encodings: Iterable[np.ndarray | None] = [None] * len(faces)
            if wish.encode:
                with clock.taking(CALCULATOR):
                    encodings = eyes.encoder.encode([eyes.encoder.align(picture, face) for face in faces])
            looks = self._looks(picture, faces, wish, clock)
        seen = [
            SeenFace(_stored_box(turned, face.box), _probability(face), look, _stored_points(turned, look.landmarks5), encoding, clock.ms)
            for face, look, encoding in zip(faces, looks, encodings, strict=True)
        ]
        return Seen(tuple(seen), self._versions(wish))

    def _looks(self, picture: np.ndarray, faces: list[Detection], wish: Wish, clock: _Clock) -> list[Attributes]:
        read, wanted = self._engine.attribute_reader.read, _wanted(wish)
        told: list[dict[str, object]] = [{} for _ in faces]
        for together in _TOGETHER:
            names = [name for name in together if name in wanted]
            if not names:
                continue
            with clock.taking(*names):
                found = read(picture, faces, names)
            for face, look in zip(told, found, strict=True):
                face.update({name: getattr(look, name) for name in names})
        if LANDMARKS in wish.plugins:
            for face, look in zip(told, read(picture, faces, ["landmarks5"]), strict=True):
                face["landmarks5"] = look.landmarks5
        return [Attributes(**face) for face in told]  # type: ignore[arg-type]

    def _versions(self, wish: Wish) -> dict[str, str]:
        encoder = self._engine.encoder_name
        versions = {"detector": f"{detector_for(self._engine.settings.vision, encoder)}.FaceDetector"}
        if wish.encode:
            versions[CALCULATOR] = f"{encoder}.Calculator"
        return versions | {name: version for name, version in _VERSIONS.items() if name in _wanted(wish)}


def _wanted(wish: Wish) -> frozenset[str]:
    return wish.plugins if wish.detect else wish.plugins & (_ON_CROPS | {LANDMARKS})


def _chosen(faces: list[Detection], wish: Wish) -> list[Detection]:
    sure = [face for face in faces if wish.threshold is None or _probability(face) > wish.threshold]
    largest = sorted(sure, key=lambda face: -face.area)
    return largest[: wish.limit] if wish.limit else largest


def _stored_box(turned: Turned, box: Box) -> Box:
    corners = turned.as_stored(np.array(box).reshape(2, 2))
    (x1, y1), (x2, y2) = corners.min(0).tolist(), corners.max(0).tolist()
    return x1, y1, x2, y2


def _stored_points(turned: Turned, points: np.ndarray | None) -> np.ndarray | None:
    return None if points is None else turned.as_stored(points)


def _probability(face: Detection) -> float:
    """The detector's confidence; HOG and CNN tell margins, which go beyond both ends."""
    return min(1.0, max(0.0, face.score))


class _Clock:
    """Whole milliseconds by what took them."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}

    @contextmanager
    def taking(self, *names: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        took = float(math.ceil(1000 * (time.perf_counter() - began)))
        self.ms |= dict.fromkeys(names, took)
