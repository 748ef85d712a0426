"""The gallery, and what is remembered of who came."""

from __future__ import annotations

from pathlib import Path

from ostiary.errors.base import OstiaryError


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


class UnknownEvent(OstiaryError):
    code = "unknown_event"

    def __init__(self, event: str):
        super().__init__(event)
        self.event = event

    def __str__(self) -> str:
        return f"the event {self.event!r} is not kept: too old, deleted, or never there"
