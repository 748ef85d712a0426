"""Pictures and clips looked at as the doorkeeper looks: its detector, its quality gate, its encoder, its tracker."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ostiary.domain import Detection, Probe
from ostiary.errors import BadImage, SourceError, TooLarge
from ostiary.proof.folder import is_clip
from ostiary.stream.pace import Pace
from ostiary.stream.track import Tracker
from ostiary.stream.video import open_file
from ostiary.vision.eyes import Eyes
from ostiary.vision.image import load

_COMPARABLE = 0.5  # of the largest face's area: so large is meant as much, and the middle decides


@dataclass(frozen=True, slots=True, eq=False)
class Trail:
    """One face over time: `probes[i]` was taken at second `ats[i]`. A picture's has one probe."""

    ats: tuple[float, ...]
    probes: tuple[Probe, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What there was in a file of the person it is said to show; `problem` where that is nothing, and why."""

    trails: tuple[Trail, ...]
    problem: str | None = None


def look(file: Path, eyes: Eyes, max_pixels: float, max_fps: float) -> Seen:
    """A file that cannot be read is a finding, too."""
    if not is_clip(file):
        return look_at(file, eyes, max_pixels)
    try:
        return _clip(file, eyes, max_fps)
    except SourceError as error:
        return Seen((), str(error))


def look_at(picture: Path | bytes, eyes: Eyes, max_pixels: float) -> Seen:
    try:
        image = load(picture, max_pixels)
    except (BadImage, TooLarge) as error:
        return Seen((), str(error))
    face = meant(eyes.detect_thoroughly(image), image.shape)
    if face is None:
        return Seen((), "no face was found")
    return Seen((Trail((0.0,), tuple(eyes.probe(image, [face]))),))


def meant(faces: Sequence[Detection], shape: tuple[int, ...]) -> Detection | None:
    """The face that a picture of one person shows: of those about as large as the largest, the one nearest the middle."""
    largest = max((face.area for face in faces), default=0)
    height, width = shape[:2]

    def off_middle(face: Detection) -> float:
        x1, y1, x2, y2 = face.box
        return (x1 + x2 - width) ** 2 + (y1 + y2 - height) ** 2

    return min((face for face in faces if face.area >= _COMPARABLE * largest), key=off_middle, default=None)


def _clip(file: Path, eyes: Eyes, max_fps: float) -> Seen:
    """The trails of who is the largest face in most of their frames: passers-by in the background are not meant."""
    trails: dict[int, list[tuple[float, bool, Probe]]] = {}
    tracker, pace = Tracker(file.name, itertools.count(1)), Pace(max_fps)
    source = open_file(file)
    try:
        for number in itertools.count():
            image, at = source.read(), number * (source.interval_s or 0)
            if image is None:
                break
            if pace.due(at):
                tracks = tracker.update(eyes.detect(image), at)
                for rank, (track, probe) in enumerate(zip(tracks, eyes.probe(image, [t.detection for t in tracks]), strict=True)):
                    trails.setdefault(track.id, []).append((at, rank == 0, probe))
    finally:
        source.close()
    foremost = [trail for trail in trails.values() if statistics.mean(largest for _, largest, _ in trail) > 0.5]
    if not foremost:
        return Seen((), "no face was found")
    return Seen(tuple(Trail(tuple(at for at, _, _ in trail), tuple(probe for _, _, probe in trail)) for trail in foremost))
