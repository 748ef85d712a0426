"""What is kept of each person, how good it is, and what is still missing for the door to know them in any light."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ostiary.calibrate import POOR, Near, Standing, standings
from ostiary.domain import Box, Enrolment, Probe, Quality
from ostiary.engine import FaceEngine, Image
from ostiary.errors import InputError
from ostiary.gallery.gallery import Example, Gallery
from ostiary.gallery.names import clean_name

FEWEST, MOST = 3, 5
"""Photos of a person that are worth having. More than that slow the match down and add little."""

_TURNED = 12.0  # degrees of yaw from which on a face is turned a little
_KNOWN = 5000  # qualities remembered: a photo never changes, and looking at one takes as long as enrolling it
_MEASURED_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Kept:
    """One example of a person. `quality` is None where its photo was not looked at yet, or none was kept.

    `problem` says in words why it should go or be replaced.
    """

    face_id: str
    enrolled_at: float
    has_photo: bool
    quality: Quality | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Alike:
    """Somebody else who comes near. `duplicate`: so near that both may be one person, enrolled twice."""

    name: str
    distance: float
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Person:
    """`missing` are the photos still to be taken, in words."""

    name: str
    kept: tuple[Kept, ...]
    missing: tuple[str, ...]
    alike: tuple[Alike, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What enrolling a picture would come to. `box` and `quality` are those of the largest of its `faces`."""

    faces: int
    box: Box | None
    quality: Quality | None
    good: bool
    advice: str


class Album:
    """Safe to use from several threads. Costs a match for each photo of the people asked for, and remembers the answers."""

    def __init__(self, engine: FaceEngine):
        self.engine = engine
        self._qualities: OrderedDict[str, Quality] = OrderedDict()
        self._standings: tuple[Gallery | None, dict[str, Standing]] = (None, {})
        self._lock = threading.Lock()

    def people(self, text: str = "", offset: int = 0, limit: int = 60) -> tuple[int, list[Person]]:
        """How many names contain `text`, and so many of these people from the `offset`-th on, by name. Raises GalleryDamaged."""
        wanted = text.strip().casefold()
        names = sorted((name for name in self.engine.names() if wanted in name.casefold()), key=str.casefold)
        gallery = self.engine.gallery
        return len(names), self._told(gallery, [name for name in names[offset : offset + limit] if name in gallery])

    def person(self, name: str) -> Person:
        """One person, for whom the first few photos are looked at, where that was never done. Raises UnknownName."""
        name, gallery = clean_name(name), self.engine.gallery
        unknown = (e.face_id for e in gallery.examples(name) if self._quality(e.face_id) is None)
        for face_id, _ in zip(unknown, range(_MEASURED_AT_ONCE), strict=False):
            self._measure(name, face_id)
        return self._told(gallery, [name])[0]

    def note(self, enrolment: Enrolment) -> None:
        """Spares a second look at a photo that was looked at just now."""
        self._remember(enrolment.face_id, enrolment.quality)

    def check(self, image: Image) -> Checked:
        """How good a picture would be to enrol somebody with; nothing is kept of it. Raises BadImage and TooLarge."""
        return _checked(self.engine.look(image))

    def _told(self, gallery: Gallery, names: Sequence[str]) -> list[Person]:
        known = self._standings_in(gallery)
        known.update(standings(gallery, [name for name in names if name not in known], self.engine.rule_of(gallery)) if names else {})
        return [self._person(gallery, name, known[name]) for name in names]

    def _standings_in(self, gallery: Gallery) -> dict[str, Standing]:
        """What was found out about people of this very gallery."""
        with self._lock:
            of, known = self._standings
            if of is not gallery:
                self._standings = gallery, known = gallery, {}
            return known

    def _person(self, gallery: Gallery, name: str, stands: Standing) -> Person:
        odd = {photo.face_id: photo.problem for photo in stands.odd}
        kept = tuple(self._kept(example, odd.get(example.face_id)) for example in gallery.examples(name))
        return Person(name, kept, tuple(missing([each.quality for each in kept])), tuple(_alike(stands, name)))

    def _kept(self, example: Example, odd: str | None) -> Kept:
        quality = self._quality(example.face_id)
        return Kept(example.face_id, example.enrolled_at, self.engine.has_photo(example.face_id), quality, odd or _poor(quality))

    def _measure(self, name: str, face_id: str) -> None:
        photo = self.engine.photo(name, face_id)
        if photo is None:
            return
        try:
            seen = self.engine.look(photo)
        except InputError:  # a kept photo that cannot be read any more: the encoding is there all the same
            return
        if seen:
            self._remember(face_id, seen[0].quality)

    def _quality(self, face_id: str) -> Quality | None:
        with self._lock:
            return self._qualities.get(face_id)

    def _remember(self, face_id: str, quality: Quality) -> None:
        with self._lock:
            self._qualities[face_id] = quality
            if len(self._qualities) > _KNOWN:
                self._qualities.popitem(last=False)


def missing(qualities: Sequence[Quality | None]) -> Iterator[str]:
    """What would make somebody with photos of these qualities (None: not known) better known, the most useful first."""
    known = [quality for quality in qualities if quality is not None]
    whole = len(known) == len(qualities)
    if (lacking := FEWEST - len(qualities)) > 0:
        yield "one more photo" if lacking == 1 else f"{lacking} more photos"
    if known and whole and max(quality.score if quality.usable else 0.0 for quality in known) < POOR:
        yield "a clearer photo"
    if known and whole and len(qualities) < MOST:
        left, right = (any(sign * quality.yaw > _TURNED for quality in known) for sign in (1, -1))
        if not (left or right):
            yield "one with the head turned a little to the side"
        elif not (left and right):
            yield "one with the head turned a little the other way"


def _poor(quality: Quality | None) -> str | None:
    if quality is None:
        return None
    return quality.problem or ("it is not clear enough to rely on" if quality.score < POOR else None)


def _alike(stands: Standing, name: str) -> Iterator[Alike]:
    for nears, duplicate in ((stands.duplicates, True), (stands.look_alikes, False)):
        for near in nears:
            yield Alike(_other(near, name), near.distance, duplicate)


def _other(near: Near, name: str) -> str:
    return near.other if near.one == name else near.one


def _checked(probes: Sequence[Probe]) -> Checked:
    if not probes:
        return Checked(0, None, None, False, "No face to be seen: look at the camera.")
    probe = probes[0]
    quality = probe.quality
    if len(probes) > 1:
        return Checked(len(probes), probe.detection.box, quality, False, f"{len(probes)} faces are in the picture: one at a time, please.")
    advice = "; ".join((*quality.problems, *quality.hints)) or "good: hold still"
    return Checked(1, probe.detection.box, quality, quality.usable and not quality.hints, f"{advice[0].upper()}{advice[1:]}.")
