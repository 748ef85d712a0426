"""What somebody sent cannot be used."""

from __future__ import annotations

from pathlib import Path

from ostiary.errors.base import OstiaryError


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
