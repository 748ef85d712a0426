"""FaceEngine: registers, recognises and forgets people in still pictures. Joins the rooms of vision and gallery."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np

from ostiary.domain import Attributes, Detection, Enrolment, GalleryChange, Match, Probe, Recognition
from ostiary.encoders import info_of
from ostiary.errors import (
    AlreadyKnown,
    BadImage,
    EncoderMismatch,
    KeptOut,
    LowQuality,
    ManyFaces,
    NoFace,
    OstiaryError,
    Unlike,
)
from ostiary.gallery.gallery import Example, Gallery
from ostiary.gallery.lessons import Face
from ostiary.gallery.likeness import likeness
from ostiary.gallery.names import new_name
from ostiary.gallery.reencode import Progress, ReencodeReport, Reencoding
from ostiary.judge import Rule, judge
from ostiary.knobs import knobs_of, parse_knob
from ostiary.roster import Roster
from ostiary.settings import Settings, VisionSettings
from ostiary.vision.attributes.read import AttributeReader
from ostiary.vision.eyes import Eyes, open_eyes
from ostiary.vision.image import decode_leniently, load
from ostiary.vision.portrait import portrait

Image = np.ndarray | bytes | str | Path
"""A BGR uint8 array, an encoded picture, or the path of one."""

OpenEyes = Callable[[VisionSettings, str, Path], Eyes]

# A face so much smaller than the largest stands in the background or hangs on a wall: it is not meant.
_BACKGROUND = 1 / 20

STILLS_AT_ONCE = 2
"""Pictures that are decoded at one time: the largest that is taken needs some 400 MB from decoding to encoding."""


class FaceEngine(Roster):
    """Everything about people and stills. Networks are loaded at first use; safe to use from several threads.

    `encoder`, `detector` and `faces_dir`, where given, stand for ENCODER, DETECTOR and FACES_DIR of `settings`.
    """

    def __init__(
        self,
        encoder: str | None = None,
        detector: str | None = None,
        faces_dir: str | Path | None = None,
        *,
        settings: Settings | None = None,
        open_eyes: OpenEyes = open_eyes,
    ):
        super().__init__(_with(settings or Settings(), encoder, detector, faces_dir))
        self.model_problem: str | None = None
        vision = self.settings.vision
        self.attribute_reader = AttributeReader(self.settings.data.models_dir, vision.provider, vision.threads)
        self._open_eyes = open_eyes
        self._opened: tuple[str, Eyes] | None = None
        self._opening = threading.Lock()
        self.decoding = threading.Semaphore(STILLS_AT_ONCE)  # held by whoever has a picture decoded

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        return cls(settings=settings)

    @property
    def encoder_name(self) -> str:
        """The encoder in force: ENCODER; where that is `auto`, the gallery's; where nobody is enrolled, sface."""
        wanted, enrolled = self.settings.vision.encoder, self.gallery.encoder_id
        if wanted != "auto":
            return wanted
        return info_of(enrolled)[0] if enrolled else "sface"

    @property
    def eyes(self) -> Eyes:
        """Detector and encoder, loaded now if they were not. Raises ModelError and MissingExtra."""
        name = self.encoder_name
        with self._opening:
            if self._opened is None or self._opened[0] != name:
                try:
                    self._opened = name, self._open_eyes(self.settings.vision, name, self.settings.data.models_dir)
                except OstiaryError as error:
                    self.model_problem = str(error)
                    raise
                self.model_problem = None
            return self._opened[1]

    def detect(self, image: Image) -> list[Detection]:
        eyes = self.eyes
        with self._still(image) as picture:
            return eyes.detect_thoroughly(picture)

    def encode(self, image: Image, faces: Sequence[Detection]) -> np.ndarray:
        """float32 (n, d), one row for each face, however good it is."""
        encoder = self.eyes.encoder
        with self._still(image) as picture:
            return encoder.encode([encoder.align(picture, face) for face in faces])

    def attributes(self, image: Image, faces: Sequence[Detection], names: Iterable[str]) -> list[Attributes]:
        """What `faces` look like, one for each, as far as `names` (of the members of Attributes) ask for it.

        Age, gender and expression are guesses about looks. Raises BadField for another name, and ModelError.
        """
        with self._still(image) as picture:
            return self.attribute_reader.read(picture, faces, names)

    def recognize(self, image: Image, attributes: Iterable[str] = ()) -> list[Recognition]:
        """Who is in the picture, the largest face first, and what each looks like as far as `attributes` are named.

        Raises EncoderMismatch, and what `attributes` raises.
        """
        eyes, wanted = self.eyes, tuple(attributes)
        gallery = self.judging(self.gallery.require(eyes.encoder.id))
        with self._still(image) as picture:
            faces = sorted(eyes.detect_thoroughly(picture), key=lambda face: -face.area)
            probes = eyes.probe(picture, faces)
            looks = self.attribute_reader.read(picture, faces, wanted) if wanted else [None] * len(faces)
        matches = [Match() if probe.encoding is None else gallery.match(probe.encoding) for probe in probes]
        verdicts = judge(probes, matches, self._rule(eyes, len(gallery)))  # in the order of the faces: the largest first
        return [replace(verdict, attributes=look) for verdict, look in zip(verdicts, looks, strict=True)]

    def rule(self, people: int, eyes: Eyes | None = None) -> Rule:
        """What is accepted in a gallery of so many people, of faces seen with `eyes`; None: with those of now."""
        return self._rule(eyes or self.eyes, people)

    def register(self, name: str, image: Image, *, replace: bool = False, force: bool = False, leniently: bool = False) -> Enrolment:
        """Enrols the one face of a picture as another example of `name`, or with `replace` as the only one.

        Much smaller faces in the background do not count. With `leniently`, icons are read too, and encoded pictures that are cut short.
        Raises BadName, BadImage, TooLarge, NoFace, ManyFaces, LowQuality, EncoderMismatch, GalleryDamaged, and
        AlreadyKnown where the face is somebody else's, KeptOut where it is a negative's and Unlike where it is nothing like
        the person's other pictures, unless `force`. What returned is on the disk.
        """
        name, eyes = new_name(name, self.gallery.names), self.eyes
        self.gallery.require(eyes.encoder.id)
        probe, photo = self._meet(eyes, image, leniently)
        example = Example(uuid.uuid4().hex, time.time(), _usable(probe))
        replaced: list[str] = []
        doubts: list[str] = []

        def check(gallery: Gallery) -> None:
            rule = self._rule(eyes, len(gallery))
            if not force:
                _refuse_twin(self.judging(gallery), {name}, example.encoding, rule)
            if not force and not replace:
                doubts.extend(_doubt(gallery, name, example.encoding, rule))
            if replace and name in gallery:
                replaced.extend(old.face_id for old in gallery.examples(name))
                self._photos.unsettle(replaced)

        if self.settings.gallery.keep_photos:
            self._photos.save(example.face_id, photo)
        try:
            gallery = self.store.add(name, [example], encoder_id=eyes.encoder.id, replace=replace, check=check)
        except OstiaryError:
            self._photos.delete([example.face_id])
            raise
        self.watcher.refresh()  # what is acknowledged stays known here, should the file be damaged next
        self._photos.settle([example.face_id])
        self._photos.delete(replaced)
        self._photos.sweep(gallery.all_face_ids)
        faces = len(gallery.examples(name))
        self._tell(GalleryChange("enrolled", name, f"example {faces}"))
        return Enrolment(name, example.face_id, faces, probe.quality, doubts[0] if doubts else None)

    def look(self, image: Image) -> list[Probe]:
        """The faces of a picture that are not in its background, the largest first, as enrolling would judge each; nothing is kept."""
        eyes = self.eyes
        with self._still(image) as picture:
            return eyes.probe_to_enrol(picture, _meant(eyes.detect_thoroughly(picture)))

    def learn(
        self, name: str, faces: Sequence[Face], *, encoder_id: str, force: bool = False, mistaken_for: str | None = None
    ) -> tuple[str, ...]:
        """Enrols faces that were seen and encoded at the door as examples of `name`; their face ids.

        It is no objection that they look like `mistaken_for`. Raises BadName, EncoderMismatch, and AlreadyKnown and KeptOut as `register` does.
        """
        name, eyes = new_name(name, self.gallery.names), self.eyes
        if encoder_id != eyes.encoder.id:
            raise EncoderMismatch(encoder_id, eyes.encoder.id)

        def check(gallery: Gallery) -> None:
            for face in () if force else faces:
                _refuse_twin(self.judging(gallery), {name, mistaken_for}, face.encoding, self._rule(eyes, len(gallery)))

        face_ids = self._lessons.learn(name, faces, encoder_id=encoder_id, check=check)
        self.watcher.refresh()
        self._tell(GalleryChange("learned", name))
        return face_ids

    def reencode(self, progress: Progress = iter, *, drop_lost: bool = False) -> ReencodeReport:
        """Encodes everybody again with the encoder in force, from the kept photos.

        Where a person would be lost for lack of a photo that can be used, nothing is written, unless `drop_lost`.
        """
        eyes = self.eyes
        return Reencoding(self.store, eyes.encoder.id, lambda face_id: self._encode_photo(eyes, face_id)).run(progress, drop_lost=drop_lost)

    def _encode_photo(self, eyes: Eyes, face_id: str) -> np.ndarray:
        photo = self._photos.load(face_id)
        if photo is None:
            raise BadImage("no photo was kept")
        with self._still(photo) as picture:
            face = _largest(eyes.detect_thoroughly(picture))
            return eyes.encoder.encode([eyes.encoder.align(picture, face)])[0]

    def _meet(self, eyes: Eyes, image: Image, leniently: bool) -> tuple[Probe, bytes]:
        """The one face of a picture, and the part of it that is worth keeping."""
        with self._still(image, leniently) as picture:
            probe = _only_face(eyes, picture)
            return probe, portrait(picture, probe.detection.box)

    @contextmanager
    def _still(self, image: Image, leniently: bool = False) -> Iterator[np.ndarray]:
        """A picture decoded, while not too many others are. Raises BadImage, UnsupportedImage and TooLarge."""
        most = self.settings.limits.max_pixels
        with self.decoding:
            yield decode_leniently(image, most).image if leniently and isinstance(image, bytes) else load(image, most)

    def _rule(self, eyes: Eyes, people: int) -> Rule:
        return self._rule_of(eyes.encoder.id, people)


def _refuse_twin(gallery: Gallery, allowed: Collection[str | None], encoding: np.ndarray, rule: Rule) -> None:
    match = gallery.match(encoding, len(allowed) + 1)
    if match.nearest and match.nearest.negative and match.nearest.distance <= rule.threshold:
        raise KeptOut(match.nearest.person, match.nearest.shown)
    others = (candidate for candidate in match.candidates if candidate.person not in allowed and not candidate.negative)
    nearest = next(others, None)
    if nearest and nearest.distance <= rule.threshold:
        raise AlreadyKnown(nearest.person, nearest.shown)


def _doubt(gallery: Gallery, name: str, encoding: np.ndarray, rule: Rule) -> Iterator[str]:
    """What speaks against the picture being of that person, where it is no more than odd. Raises Unlike."""
    like = likeness(gallery, name, encoding, rule.threshold)
    if like and like.foreign:
        raise Unlike(name, like.distance, like.limit)
    if like and like.odd:
        yield f"it hardly looks like the other pictures of {name} (distance {like.distance:.3f}): make sure that they show one person"


def _with(settings: Settings, encoder: str | None, detector: str | None, faces_dir: str | Path | None) -> Settings:
    vision, gallery = settings.vision, settings.gallery
    knobs = knobs_of(VisionSettings)
    given = {knob: value for knob, value in (("ENCODER", encoder), ("DETECTOR", detector)) if value is not None}
    vision = replace(vision, **{knobs[knob].name: parse_knob(knobs[knob], value) for knob, value in given.items()})
    if faces_dir is not None:
        gallery = replace(gallery, faces_dir=Path(faces_dir))
    return replace(settings, vision=vision, gallery=gallery)


def _only_face(eyes: Eyes, picture: np.ndarray) -> Probe:
    faces = _meant(eyes.detect_thoroughly(picture))
    if not faces:
        raise NoFace
    if len(faces) > 1:
        raise ManyFaces(len(faces))
    return eyes.probe_to_enrol(picture, faces)[0]


def _meant(faces: Sequence[Detection]) -> list[Detection]:
    """The faces that are not in the background, the largest first."""
    largest = max((face.area for face in faces), default=0)
    return sorted((face for face in faces if face.area > largest * _BACKGROUND), key=lambda face: -face.area)


def _largest(faces: Sequence[Detection]) -> Detection:
    if not faces:
        raise NoFace
    return max(faces, key=lambda face: face.area)


def _usable(probe: Probe) -> np.ndarray:
    if probe.encoding is None:
        raise LowQuality("; ".join(probe.quality.problems) or "it is not clear enough")
    return probe.encoding
