"""How clearly an encoder saw a face, where it can tell."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from ostiary.domain import Crop, Encoder


@runtime_checkable
class ClearEncoder(Protocol):
    def encode_clearly(self, crops: list[Crop]) -> tuple[np.ndarray, np.ndarray]:
        """What `encode` gives, and for each row how clearly a face was seen, 0 to 1."""
        ...


def encode_clearly(encoder: Encoder, crops: list[Crop]) -> list[tuple[np.ndarray, float | None]]:
    """Each crop's encoding and its clarity, None with encoders that cannot tell."""
    if isinstance(encoder, ClearEncoder):
        rows, clarity = encoder.encode_clearly(crops)
        return [(row, float(value)) for row, value in zip(rows, clarity, strict=True)]
    return [(row, None) for row in encoder.encode(crops)]
