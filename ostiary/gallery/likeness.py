"""Whether a new picture can show the person under whose name it comes, told by the pictures that person has. Pure.

Measured on Labeled Faces in the Wild (its development half): `FOREIGN` refuses 98 % of strangers' pictures, whether beside one
picture or three, and of 832 people's second pictures 1.1 % with SFace (0.7 % mirrored, 0.6 % dlib, 0.4 % fusion), of 435 third
ones none. Of those nine second pictures at least four show two people whom LFW takes for one. What is left of the strangers
is `ODD` but for 0.1 %, as are 0.6 % of second pictures (dlib: 4 %).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ostiary.encoders import info_of
from ostiary.gallery.gallery import Gallery

FOREIGN, ODD = 0.02, 0.001
"""Shares of strangers who come as near to one of the person's pictures; the more there are, the nearer they come. Whoever is
farther away than that share of them is refused, or for the smaller share doubted."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How far a picture is from the nearest of the person's; `limit` is the distance beyond which it is `foreign`, so judged."""

    distance: float
    limit: float
    foreign: bool
    odd: bool


def likeness(gallery: Gallery, name: str, encoding: np.ndarray, accepted: float) -> Likeness | None:
    """Of a new `encoding` to `name`; None where that person has no picture yet. At `accepted` the door would know them anyway."""
    if name not in gallery:
        return None
    pictures = gallery.only(name)
    nearest = pictures.match(encoding).nearest
    assert nearest is not None  # whoever is enrolled has a picture
    _, info = info_of(str(gallery.encoder_id))
    limit, doubtful = (max(info.threshold(len(pictures.face_ids), share), accepted) for share in (FOREIGN, ODD))
    return Likeness(nearest.shown, limit, nearest.distance > limit, nearest.distance > doubtful)
