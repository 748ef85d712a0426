"""CompreFace's collections."""

from __future__ import annotations

from ostiary.errors.base import OstiaryError


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
