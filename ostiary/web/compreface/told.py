"""Faces as CompreFace tells them. A member is there only where it was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ostiary.compreface.seeing import Seen, SeenFace
from ostiary.compreface.similarity import rounded, similarity
from ostiary.compreface.values import Near, Page, StoredFace
from ostiary.web.compreface.parse import Options

_MASK = {"mask": "with_mask", "no mask": "without_mask"}


def stored(face: StoredFace) -> dict[str, str]:
    return {"image_id": face.image_id, "subject": face.subject}


def page(found: Page) -> dict[str, Any]:
    return {
        "faces": [stored(face) for face in found.faces],
        "page_number": found.number,
        "page_size": found.size,
        "total_pages": found.pages,
        "total_elements": found.total,
    }


def near(found: Sequence[Near]) -> list[dict[str, Any]]:
    return [{"subject": one.subject, "similarity": rounded(one.similarity)} for one in found]


def numbers(embedding: np.ndarray) -> list[float]:
    told: list[float] = embedding.tolist()
    return told


def result(faces: list[dict[str, Any]], seen: Seen, options: Options) -> dict[str, Any]:
    """The answer of whatever looks at one picture."""
    return {"result": faces, **versions(seen, options)}


def versions(seen: Seen, options: Options) -> dict[str, Mapping[str, str]]:
    return {"plugins_versions": seen.versions} if options.status else {}


def face(seen: SeenFace, options: Options, *, exact: bool = False) -> dict[str, Any]:
    """With `exact` the box's probability is not rounded."""
    x1, y1, x2, y2 = seen.box
    probability = seen.probability if exact else rounded(seen.probability)
    told: dict[str, Any] = {"box": {"probability": probability, "x_max": x2, "y_max": y2, "x_min": x1, "y_min": y1}}
    told |= _looks(seen)
    if seen.landmarks is not None:
        told["landmarks"] = [[int(x), int(y)] for x, y in seen.landmarks]
    if options.embedding:
        told["embedding"] = numbers(seen.embedding)
    if options.status:
        told["execution_time"] = dict(seen.timings)
    return told


def _looks(seen: SeenFace) -> dict[str, Any]:
    looks = seen.attributes
    told: dict[str, Any] = {}
    if looks.age is not None:
        years = round(looks.age)
        told["age"] = {"probability": 1.0, "high": years, "low": years}
    if looks.gender is not None:
        told["gender"] = {"probability": looks.gender.probability, "value": looks.gender.label}
    if looks.mask is not None:
        told["mask"] = {"probability": looks.mask.probability, "value": _MASK[looks.mask.label]}
    if looks.pose is not None:
        told["pose"] = {"pitch": looks.pose.pitch, "roll": looks.pose.roll, "yaw": looks.pose.yaw}
    return told


def ranked(embeddings: Sequence[np.ndarray], known: np.ndarray, encoder_id: str) -> dict[str, Any]:
    """How much each embedding is like a known one, the most similar first."""
    values = [similarity(one, known, encoder_id) for one in embeddings]
    order = sorted(range(len(values)), key=lambda place: -values[place])
    return {"result": [{"embedding": numbers(embeddings[place]), "similarity": rounded(values[place])} for place in order]}
