"""One error tree. An error carries facts and words itself; the doors turn its `code` into a status.

OstiaryError
├── SettingsError              a knob has a value that cannot be used
│   └── SettingOverridden      the file may say what it likes: a stronger place sets the knob
├── WouldNotStart              the settings changed so that the next start would fail
├── ImportFailed               people cannot be taken over from where they are known
├── MissingExtra               an optional library is not installed
├── ModelError                 a weight file is missing, wrong or cannot be read
├── SourceError                a camera or file cannot be opened or stopped delivering
├── UnknownCamera              the settings name no camera of that name
├── AddressError               a port is taken, or an address is closed by default
├── StreamRefused              the broadcast server is there, but does not let us in
├── GalleryError
│   ├── GalleryDamaged         the file on disk cannot be read; the last good one stays in force
│   ├── GalleryUnavailable     the file cannot be reached, locked or written just now
│   ├── EncoderMismatch        encodings of two encoders would meet
│   ├── UnknownName            nobody of that name is enrolled
│   ├── UnknownFace            that person has no such example
│   ├── LastExample            without it nothing would be left of the person
│   ├── NameTaken              somebody else has that name
│   └── NotAlike               two people are to be made one who do not look it
├── VisitorsError
│   ├── VisitorsUnavailable    their file cannot be read or written
│   ├── UnknownVisitor
│   ├── UnknownDecision
│   ├── UnknownChange
│   └── Conflict               what was said before stands in the way
├── UnknownCorrection          of somebody's attendance
├── DatabaseUnavailable        a database cannot be opened, read or written
├── UnknownEvent               the history does not hold it
├── CollectionError            CompreFace's services and what they keep
│   ├── UnknownApplication
│   ├── UnknownService         no such key, or of another kind
│   ├── UnknownSubject
│   ├── SubjectExists
│   ├── UnknownImage
│   └── BadEmbedding           not one of the encoder in force
├── VaultError                 what is stored cannot be opened, or may not be stored
│   ├── KeyMissing             it is sealed, and no key is set
│   ├── WrongKey               it is sealed with another key
│   ├── NotSealed              it is not sealed, where everything has to be
│   ├── SealBroken             it was changed since it was sealed, or is cut off
│   └── KeyUnusable            the file that holds the keys, or tells of them, cannot be used
├── AccessError                whoever asks may not
│   ├── Unauthorized           the key is missing or wrong
│   │   └── WrongPassword      a log-in with a wrong name or password
│   ├── OutOfScope             the key is right, but not made for this
│   ├── OwnersOnly             only an owner may change owners, and what is theirs
│   ├── ForeignOrigin          without a key, something that is not this machine's own page asks
│   ├── MissingCsrf            a change came with the cookie alone, without what only the own page knows
│   ├── BadInvitation          an invitation is used up, expired or wrong
│   ├── TooManyAttempts        log-ins or requests come too fast
│   ├── UnknownKey
│   ├── UnknownUser
│   └── AccessConflict         a key or a user stands in the way
├── AlreadyRunning             what only one may do at a time is being done
├── Overloaded                 too many requests wait already
└── InputError                 something that a person sent cannot be used
    ├── MissingField
    ├── BadField
    ├── BadName
    ├── WeakPassword
    ├── BadImage
    │   └── UnsupportedImage
    ├── BadZip
    ├── BadBackup
    ├── BadFolder              a folder of labelled pictures
    ├── TooLarge
    └── FaceError              the picture is fine, the face is not
        ├── NoFace
        ├── ManyFaces
        ├── LowQuality
        ├── AlreadyKnown
        ├── Unlike             the face is far from the other pictures of the person whose name it bears
        └── KeptOut            the face is nearest to one that is to be recognised as nobody
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class OstiaryError(Exception):
    """Base of all errors that this project raises on purpose. `code` is stable and machine-readable."""

    code = "error"


class SettingsError(OstiaryError):
    code = "bad_setting"

    def __init__(self, knob: str, value: object, problem: str):
        super().__init__(knob, value, problem)
        self.knob, self.value, self.problem = knob, value, problem

    def __str__(self) -> str:
        return f"{self.knob}={self.value!r}: {self.problem}"


class SettingOverridden(SettingsError):
    code = "setting_overridden"

    def __init__(self, knob: str, origin: str):
        super().__init__(knob, "", origin)
        self.origin = origin

    def __str__(self) -> str:
        place = "the environment" if self.origin == "environment" else self.origin
        return f"{self.knob} is set in {place}, which overrides ostiary.toml: change it there, and start the program again"


class WouldNotStart(OstiaryError):
    code = "would_not_start"

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"the next start would fail: {self.problem}"


class ImportFailed(OstiaryError):
    code = "import_failed"

    def __init__(self, place: object, problem: str):
        super().__init__(place, problem)
        self.place, self.problem = place, problem

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


class MissingExtra(OstiaryError):
    code = "missing_extra"

    def __init__(self, extra: str, needed_for: str):
        super().__init__(extra, needed_for)
        self.extra, self.needed_for = extra, needed_for

    def __str__(self) -> str:
        return (
            f"{self.needed_for} needs an optional part: pip install 'ostiary[{self.extra}]' (in a checkout: make setup EXTRAS={self.extra})"
        )


class ModelError(OstiaryError):
    code = "bad_model"

    def __init__(self, model: str, problem: str):
        super().__init__(model, problem)
        self.model, self.problem = model, problem

    def __str__(self) -> str:
        return f"model {self.model}: {self.problem}"


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


class AddressError(OstiaryError):
    code = "bad_address"

    def __init__(self, host: str, port: int, problem: str):
        super().__init__(host, port, problem)
        self.host, self.port, self.problem = host, port, problem

    def __str__(self) -> str:
        return f"{self.host}:{self.port}: {self.problem}"


class StreamRefused(OstiaryError):
    code = "stream_refused"

    def __init__(self, place: str, status: int, because: str):
        super().__init__(place, status, because)
        self.place, self.status, self.because = place, status, because

    def __str__(self) -> str:
        return f"the stream at {self.place} refused with status {self.status}: {self.because}"


class GalleryError(OstiaryError):
    code = "gallery"


class GalleryDamaged(GalleryError):
    code = "gallery_damaged"

    def __init__(self, path: Path, problem: str):
        super().__init__(path, problem)
        self.path, self.problem = path, problem

    def __str__(self) -> str:
        return (
            f"{self.path} cannot be read ({self.problem}); nothing is written until it is repaired: "
            f"copy {self.path.name}.prev over it to go back one change, or move it away to start empty"
        )


class GalleryUnavailable(GalleryError):
    code = "not_ready"

    def __init__(self, path: Path, problem: str):
        super().__init__(path, problem)
        self.path, self.problem = path, problem

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


class EncoderMismatch(GalleryError):
    code = "encoder_mismatch"

    def __init__(self, gallery: str, engine: str):
        super().__init__(gallery, engine)
        self.gallery, self.engine = gallery, engine

    def __str__(self) -> str:
        return (
            f"the gallery was encoded with {self.gallery}, the engine encodes with {self.engine}: "
            f"set ENCODER to match the gallery, or run 'ostiary reencode' to encode the kept photos again"
        )


class UnknownName(GalleryError):
    code = "unknown_name"

    def __init__(self, name: str):
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"nobody named {self.name!r} is enrolled"


class UnknownFace(GalleryError):
    code = "unknown_face"

    def __init__(self, name: str, face_id: str):
        super().__init__(name, face_id)
        self.name, self.face_id = name, face_id

    def __str__(self) -> str:
        return f"{self.name!r} has no example {self.face_id!r}: removed, or never there"


class LastExample(GalleryError):
    code = "last_example"

    def __init__(self, name: str):
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"it is the only example of {self.name!r}: add a better one first, or remove the person"


class NameTaken(GalleryError):
    code = "name_taken"

    def __init__(self, name: str):
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"{self.name!r} is enrolled already: if both are one person, merge them"


class NotAlike(GalleryError):
    code = "not_alike"

    def __init__(self, one: str, other: str, distance: float):
        super().__init__(one, other, distance)
        self.one, self.other, self.distance = one, other, distance

    def __str__(self) -> str:
        return (
            f"{self.one!r} and {self.other!r} do not look like one person (distance {self.distance:.3f}): "
            f"force=true makes them one all the same, and the door then takes either for {self.other!r}"
        )


class VisitorsError(OstiaryError):
    code = "visitors"


class VisitorsUnavailable(VisitorsError):
    code = "not_ready"

    def __init__(self, path: Path, problem: str):
        super().__init__(path, problem)
        self.path, self.problem = path, problem

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}; moved away, it is begun anew"


class UnknownVisitor(VisitorsError):
    code = "unknown_visitor"

    def __init__(self, visitor: int):
        super().__init__(visitor)
        self.visitor = visitor

    def __str__(self) -> str:
        return f"there is no visitor {self.visitor}: forgotten, or never there"


class UnknownDecision(VisitorsError):
    code = "unknown_decision"

    def __init__(self, decision: str):
        super().__init__(decision)
        self.decision = decision

    def __str__(self) -> str:
        return f"the decision {self.decision!r} is not kept: too old, forgotten, or never made"


class UnknownChange(VisitorsError):
    code = "unknown_change"

    def __init__(self, change: int):
        super().__init__(change)
        self.change = change

    def __str__(self) -> str:
        return f"there is no change {self.change}"


class Conflict(VisitorsError):
    code = "conflict"

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return self.problem


class UnknownCorrection(OstiaryError):
    code = "unknown_correction"

    def __init__(self, correction: int):
        super().__init__(correction)
        self.correction = correction

    def __str__(self) -> str:
        return f"there is no correction {self.correction}: forgotten with the person, or never made"


class DatabaseUnavailable(OstiaryError):
    code = "not_ready"

    def __init__(self, path: Path, problem: str):
        super().__init__(path, problem)
        self.path, self.problem = path, problem

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


class UnknownEvent(OstiaryError):
    code = "unknown_event"

    def __init__(self, event: str):
        super().__init__(event)
        self.event = event

    def __str__(self) -> str:
        return f"the event {self.event!r} is not kept: too old, deleted, or never there"


class CollectionError(OstiaryError):
    """What CompreFace's API asked for is not there, or in the way."""


class UnknownApplication(CollectionError):
    code = "unknown_application"

    def __init__(self, application: object):
        super().__init__(application)
        self.application = application

    def __str__(self) -> str:
        return f"there is no application {self.application!r}"


class UnknownService(CollectionError):
    code = "unknown_service"

    def __init__(self, service: object):
        super().__init__(service)
        self.service = service

    def __str__(self) -> str:
        return f"there is no service {self.service!r}"


class UnknownSubject(CollectionError):
    code = "unknown_subject"

    def __init__(self, subject: str):
        super().__init__(subject)
        self.subject = subject

    def __str__(self) -> str:
        return f"Subject {self.subject} not found"


class SubjectExists(CollectionError):
    code = "subject_exists"

    def __init__(self, subject: str):
        super().__init__(subject)
        self.subject = subject

    def __str__(self) -> str:
        return "Subject already exists"


class UnknownImage(CollectionError):
    code = "unknown_image"

    def __init__(self, image_id: str):
        super().__init__(image_id)
        self.image_id = image_id

    def __str__(self) -> str:
        return f"Image {self.image_id} not found"


class BadEmbedding(CollectionError):
    code = "bad_embedding"

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"the embedding cannot be used: {self.problem}"


class VaultError(OstiaryError):
    """`where` tells what it is about, once somebody knows."""

    code = "locked"
    where: str | Path | None = None

    @property
    def problem(self) -> str:
        return "it cannot be opened"

    def __str__(self) -> str:
        return self.problem if self.where is None else f"{self.where}: {self.problem}"


class KeyMissing(VaultError):
    def __init__(self, key_id: str):
        super().__init__(key_id)
        self.key_id = key_id

    @property
    def problem(self) -> str:
        return f"it is encrypted with the key {self.key_id}, and no key is set: let KEY_FILE name the file of that key"


class WrongKey(VaultError):
    def __init__(self, key_id: str, known: Sequence[str]):
        super().__init__(key_id, known)
        self.key_id, self.known = key_id, tuple(known)

    @property
    def problem(self) -> str:
        return f"it is encrypted with the key {self.key_id}, and KEY_FILE holds {' and '.join(self.known)}: nothing was changed"


class NotSealed(VaultError):
    @property
    def problem(self) -> str:
        return "it is not encrypted, although everything here has to be: if you put it there yourself, run 'ostiary encrypt'"


class SealBroken(VaultError):
    def __init__(self, key_id: str):
        super().__init__(key_id)
        self.key_id = key_id

    @property
    def problem(self) -> str:
        return f"it was encrypted with the right key {self.key_id}, and is damaged or was changed since: take it from a backup"


class KeyUnusable(VaultError):
    def __init__(self, file: Path, problem: str):
        super().__init__(file, problem)
        self.where, self._problem = file, problem

    @property
    def problem(self) -> str:
        return self._problem


class AccessError(OstiaryError):
    code = "forbidden"


class OutOfScope(AccessError):
    """Whoever asks is known, and may not do this."""

    code = "out_of_scope"

    def __init__(self, who: str, scope: str):
        super().__init__(who, scope)
        self.who, self.scope = who, scope

    def __str__(self) -> str:
        return f"{self.who} may not do this: the scope '{self.scope}' is needed"


class Unauthorized(AccessError):
    code = "unauthorized"

    def __str__(self) -> str:
        return "the key is missing or wrong: send a key in the header x-api-key, or as Authorization: Bearer, or log in"


class WrongPassword(Unauthorized):
    def __str__(self) -> str:
        return "the name or the password is wrong, or the account is disabled"


class ForeignOrigin(AccessError):
    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"{self.problem}: without API_KEY only this machine's own page and programs are served; set API_KEY to open the API to others"
        )


class OwnersOnly(AccessError):
    code = "owners_only"

    def __init__(self, what: str = "make, change or remove owners"):
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"only an owner may {self.what}"


class MissingCsrf(AccessError):
    code = "missing_csrf"

    def __str__(self) -> str:
        return "a change by whoever is logged in must send the header x-csrf-token: GET /me tells its value"


class BadInvitation(AccessError):
    code = "bad_invitation"

    def __str__(self) -> str:
        return "this link is used up, expired or wrong: ask for a new one (ostiary users invite NAME)"


class TooManyAttempts(AccessError):
    """`retry_after_s` is after how many whole seconds it is worth trying again."""

    code = "too_many_requests"

    def __init__(self, retry_after_s: int):
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return f"too many attempts: try again in {self.retry_after_s} s"


class UnknownKey(AccessError):
    code = "unknown_key"

    def __init__(self, key_id: str):
        super().__init__(key_id)
        self.key_id = key_id

    def __str__(self) -> str:
        return f"there is no key with the id {self.key_id!r}"


class UnknownUser(AccessError):
    code = "unknown_user"

    def __init__(self, name: str):
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"there is no user {self.name!r}"


class AccessConflict(AccessError):
    code = "conflict"

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return self.problem


class AlreadyRunning(OstiaryError):
    code = "already_running"

    def __init__(self, what: str):
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"{self.what} is under way already: wait until it is done"


class Overloaded(OstiaryError):
    code = "too_many_requests"

    def __str__(self) -> str:
        return "too many requests wait already: try again in a moment"


class InputError(OstiaryError):
    code = "bad_input"


class MissingField(InputError):
    code = "missing_field"

    def __init__(self, field: str, remedy: str):
        super().__init__(field, remedy)
        self.field, self.remedy = field, remedy

    def __str__(self) -> str:
        return f"the field '{self.field}' is missing: {self.remedy}"


class BadField(InputError):
    code = "bad_field"

    def __init__(self, field: str, problem: str):
        super().__init__(field, problem)
        self.field, self.problem = field, problem

    def __str__(self) -> str:
        return f"the field '{self.field}' cannot be used: {self.problem}"


class BadName(InputError):
    code = "bad_name"

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"name: {self.problem}"


class WeakPassword(InputError):
    code = "weak_password"

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"the password cannot be used: {self.problem}"


class BadImage(InputError):
    code = "bad_image"

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"image: {self.problem}"


class UnsupportedImage(BadImage):
    """Not one of the picture formats that are read."""

    code = "unsupported_type"


class BadZip(InputError):
    code = "bad_zip"

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"zip: {self.problem}"


class BadBackup(InputError):
    code = "bad_backup"

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"backup: {self.problem}; nothing was changed"


class BadFolder(InputError):
    code = "bad_folder"

    def __init__(self, folder: Path, problem: str):
        super().__init__(folder, problem)
        self.folder, self.problem = folder, problem

    def __str__(self) -> str:
        return f"{self.folder}: {self.problem}"


class TooLarge(InputError):
    code = "too_large"

    def __init__(self, what: str, limit: str, knob: str):
        super().__init__(what, limit, knob)
        self.what, self.limit, self.knob = what, limit, knob

    def __str__(self) -> str:
        return f"{self.what} is larger than {self.limit} (limit: {self.knob})"


class FaceError(InputError):
    code = "bad_face"


class NoFace(FaceError):
    code = "no_face"

    def __str__(self) -> str:
        return "no face was found: send a picture with one clear face that looks at the camera"


class ManyFaces(FaceError):
    code = "many_faces"

    def __init__(self, count: int):
        super().__init__(count)
        self.count = count

    def __str__(self) -> str:
        return f"{self.count} faces were found: send a picture with exactly one"


class LowQuality(FaceError):
    code = "low_quality"

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"the face cannot be judged: {self.problem}"


class AlreadyKnown(FaceError):
    code = "already_known_as"

    def __init__(self, name: str, distance: float):
        super().__init__(name, distance)
        self.name, self.distance = name, distance

    def __str__(self) -> str:
        return f"this face is already enrolled as {self.name!r} (distance {self.distance:.3f}): force=true enrols it all the same"


class Unlike(FaceError):
    code = "not_like_the_others"

    def __init__(self, name: str, distance: float, limit: float):
        super().__init__(name, distance, limit)
        self.name, self.distance, self.limit = name, distance, limit

    def __str__(self) -> str:
        return (
            f"this face is not like the other pictures of {self.name!r} (distance {self.distance:.3f}, of one person hardly ever more than "
            f"{self.limit:.3f}): check that both show the same person; force=true enrols it all the same"
        )


class KeptOut(FaceError):
    code = "kept_out"

    def __init__(self, label: str, distance: float):
        super().__init__(label, distance)
        self.label, self.distance = label, distance

    def __str__(self) -> str:
        return (
            f"this face is kept out as {self.label!r} (distance {self.distance:.3f}): undo that first (ostiary visitors changes); "
            f"force=true enrols it all the same"
        )
