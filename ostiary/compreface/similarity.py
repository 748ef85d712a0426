"""How much two faces look alike on CompreFace's scale: 0 to 1, and 0.5 where the encoder cannot tell.

`similarity = (tanh((c0 - d) * c1) + 1) / 2`, where d is the distance of the two embeddings at unit length. `c0` and `c1`
belong to an encoder; `python -m bench.similarity FOLDER` prints them. It takes `c0` where pairs of one person and pairs of
two people part best, and `c1` from a logistic regression through it: of pairs that are told 0.9, nine in ten show
one person, where both kinds are equally frequent.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

import numpy as np

from ostiary.encoders import info_of
from ostiary.errors import BadEmbedding


class Scale(NamedTuple):
    c0: float
    c1: float


# LFW's development half: 4,157 pairs of one person, 4,105,545 of two. On the wrong side of c0 are 0.50 % (sface), 0.51 %
# (sface-mirrored), 1.05 % (dlib) and 0.33 % (fusion).
SCALES = {
    "sface": Scale(1.1493, 19.327),
    "sface-mirrored": Scale(1.1434, 18.827),
    "dlib": Scale(0.4327, 34.913),
    "fusion": Scale(0.7908, 28.556),
}

_PLACES = Decimal("0.00001")


def scale_of(encoder_id: str) -> Scale:
    return SCALES[info_of(encoder_id)[0]]


def unit(embedding: np.ndarray, encoder_id: str) -> np.ndarray:
    """Of length one, as float64. Raises BadEmbedding for what cannot be that encoder's."""
    row, dim = np.asarray(embedding, float), info_of(encoder_id)[1].dim
    if row.shape != (dim,):
        raise BadEmbedding(f"it has {row.size} numbers, not {dim}")
    largest = float(np.abs(row).max())
    if not 0 < largest < np.inf:  # also refuses nan
        raise BadEmbedding("its numbers are not finite, or all zero")
    row = row / largest  # so that no square is too large or too small
    return row / np.linalg.norm(row)


def scaled(distances: np.ndarray, encoder_id: str) -> np.ndarray:
    """The similarities of embeddings that are so far from each other at unit length; not rounded."""
    c0, c1 = scale_of(encoder_id)
    return (np.tanh((c0 - distances) * c1) + 1) / 2


def similarity(one: np.ndarray, other: np.ndarray, encoder_id: str) -> float:
    """Of two embeddings of any length; not rounded. Raises BadEmbedding."""
    distance = np.linalg.norm(unit(one, encoder_id) - unit(other, encoder_id))
    return float(scaled(np.array(distance), encoder_id))


def rounded(value: float) -> float:
    """To five places, half up as it is written."""
    return float(Decimal(str(value)).quantize(_PLACES, ROUND_HALF_UP))
