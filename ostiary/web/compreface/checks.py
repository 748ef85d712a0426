"""Whose key it is, before anything else is looked at: one service's, of the kind that the path belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
from flask import g

from ostiary.compreface.collection import Collection
from ostiary.compreface.register import Register
from ostiary.compreface.values import Kind, KnownFace, Near, Service
from ostiary.errors import UnknownImage, UnknownService
from ostiary.scopes import Principal
from ostiary.web.auth import Admit, Header
from ostiary.web.compreface.problems import Refused, invalid, wrong

KEY_HEADER = "x-api-key"
MOST_CANDIDATES = 20_000


@dataclass(frozen=True, slots=True)
class Client(Principal):
    """Whoever shows a service's key; may nothing elsewhere."""

    service: Service = field(kw_only=True)


def keyholder(register: Register, kind: Kind) -> Admit:
    """Admits whoever shows the key of a service of that kind."""

    def admit(header: Header) -> Client:
        key = header(KEY_HEADER)
        if key is None:
            raise Refused(400, 20, f"Missing header: {KEY_HEADER}")
        if not is_uuid(key):
            raise invalid("Service API key should be UUID")
        try:
            service = register.service_of(key, kind)
        except UnknownService:
            raise Refused(404, 10, f"{kind.value.capitalize()} service with API Key {key} not found") from None
        return Client("service", f"{service.name} {service.id}", frozenset(), service=service)

    return admit


def anybody(header: Header) -> None:
    """Admits all, pages of other origins too."""


def service() -> Service:
    """Whose key the current request shows; only in views that `keyholder` admits to."""
    client: Client = g.principal
    return client.service


def known_to(collection: Collection, image_id: str) -> KnownFace:
    """The stored face that a question is about."""
    try:
        return collection.known(image_id)
    except UnknownImage:
        raise Refused(404, 44, "Image Id is incorrect") from None


def nearest(collection: Collection, embeddings: Iterable[np.ndarray], count: int) -> list[list[Near]]:
    """Of each embedding the stored faces most like it; all together no more than an answer should hold."""
    found: list[list[Near]] = []
    left = MOST_CANDIDATES
    for embedding in embeddings:
        found.append(collection.nearest(embedding, count))
        left -= len(found[-1])
        if left < 0:
            raise wrong(f"that would be more than {MOST_CANDIDATES} candidates: ask for fewer (prediction_count)")
    return found


def is_uuid(text: str) -> bool:
    """Whether it is one as CompreFace writes it: 36 characters, with hyphens."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
