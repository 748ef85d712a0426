"""Whose face is it? Pure: the looks of one track against the visitors seen before."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from statistics import median_high

import numpy as np

from ostiary.domain import Match
from ostiary.encoders import info_of
from ostiary.gallery.gallery import Gallery
from ostiary.visitors.values import Look

LOOKS_KEPT = 5
"""Of one visitor: as many as the match is better for."""

TAKEN_FOR_ANOTHER = 0.001
"""The wished share of newcomers who are taken for an earlier visitor; the door's own FPIR_TARGET is about residents."""


def belonging(looks: Sequence[Look], encoder_id: str, known: Sequence[tuple[int, np.ndarray]]) -> int | None:
    """The visitor of `known` (ids with an encoding each, all of that encoder) whom `looks` show, or None: a new one.

    As at the door a track must agree with itself: the visitor nearest in most looks, at a median distance within what
    the encoder accepts among so many people.
    """
    if not known or not looks:
        return None
    gallery = Gallery.of(encoder_id, [str(key) for key, _ in known], np.stack([row for _, row in known]))
    matches = gallery.match_all(np.stack([look.encoding for look in looks]))
    votes = Counter(match.nearest.person for match in matches if match.nearest)
    candidate = min(votes, key=lambda person: (-votes[person], _median(matches, person)))
    threshold = info_of(encoder_id)[1].threshold(len(gallery), TAKEN_FOR_ANOTHER)
    return int(candidate) if _median(matches, candidate) <= threshold else None


def _median(matches: Sequence[Match], person: str) -> float:
    return median_high([min((c.distance for c in match.candidates if c.person == person), default=math.inf) for match in matches])
