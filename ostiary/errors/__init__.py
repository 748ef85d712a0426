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

from ostiary.errors.access import (
    AccessConflict,
    AccessError,
    BadInvitation,
    ForeignOrigin,
    MissingCsrf,
    OutOfScope,
    OwnersOnly,
    TooManyAttempts,
    Unauthorized,
    UnknownKey,
    UnknownUser,
    WrongPassword,
)
from ostiary.errors.base import OstiaryError
from ostiary.errors.cameras import SourceError, StreamRefused, UnknownCamera
from ostiary.errors.inputs import (
    AlreadyKnown,
    BadBackup,
    BadField,
    BadFolder,
    BadImage,
    BadName,
    BadZip,
    FaceError,
    InputError,
    KeptOut,
    LowQuality,
    ManyFaces,
    MissingField,
    NoFace,
    TooLarge,
    Unlike,
    UnsupportedImage,
    WeakPassword,
)
from ostiary.errors.people import (
    Conflict,
    EncoderMismatch,
    GalleryDamaged,
    GalleryError,
    GalleryUnavailable,
    LastExample,
    NameTaken,
    NotAlike,
    UnknownChange,
    UnknownCorrection,
    UnknownDecision,
    UnknownEvent,
    UnknownFace,
    UnknownName,
    UnknownVisitor,
    VisitorsError,
    VisitorsUnavailable,
)
from ostiary.errors.running import (
    AddressError,
    AlreadyRunning,
    DatabaseUnavailable,
    ImportFailed,
    MissingExtra,
    ModelError,
    Overloaded,
    SettingOverridden,
    SettingsError,
    WouldNotStart,
)
from ostiary.errors.services import (
    BadEmbedding,
    CollectionError,
    SubjectExists,
    UnknownApplication,
    UnknownImage,
    UnknownService,
    UnknownSubject,
)
from ostiary.errors.vault import KeyMissing, KeyUnusable, NotSealed, SealBroken, VaultError, WrongKey

__all__ = [
    "AccessConflict",
    "AccessError",
    "AddressError",
    "AlreadyKnown",
    "AlreadyRunning",
    "BadBackup",
    "BadEmbedding",
    "BadField",
    "BadFolder",
    "BadImage",
    "BadInvitation",
    "BadName",
    "BadZip",
    "CollectionError",
    "Conflict",
    "DatabaseUnavailable",
    "EncoderMismatch",
    "FaceError",
    "ForeignOrigin",
    "GalleryDamaged",
    "GalleryError",
    "GalleryUnavailable",
    "ImportFailed",
    "InputError",
    "KeptOut",
    "KeyMissing",
    "KeyUnusable",
    "LastExample",
    "LowQuality",
    "ManyFaces",
    "MissingCsrf",
    "MissingExtra",
    "MissingField",
    "ModelError",
    "NameTaken",
    "NoFace",
    "NotAlike",
    "NotSealed",
    "OstiaryError",
    "OutOfScope",
    "Overloaded",
    "OwnersOnly",
    "SealBroken",
    "SettingOverridden",
    "SettingsError",
    "SourceError",
    "StreamRefused",
    "SubjectExists",
    "TooLarge",
    "TooManyAttempts",
    "Unauthorized",
    "UnknownApplication",
    "UnknownCamera",
    "UnknownChange",
    "UnknownCorrection",
    "UnknownDecision",
    "UnknownEvent",
    "UnknownFace",
    "UnknownImage",
    "UnknownKey",
    "UnknownName",
    "UnknownService",
    "UnknownSubject",
    "UnknownUser",
    "UnknownVisitor",
    "Unlike",
    "UnsupportedImage",
    "VaultError",
    "VisitorsError",
    "VisitorsUnavailable",
    "WeakPassword",
    "WouldNotStart",
    "WrongKey",
    "WrongPassword",
]
