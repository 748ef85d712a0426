"""Attributes of a face as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING

from ostiary.domain import Attributes, Guess, HeadPose

if TYPE_CHECKING:
    import numpy as np


def described(attributes: Attributes) -> Iterator[str]:
    """One line for each attribute that is there."""
    for name in (field.name for field in fields(Attributes)):
        value: float | Guess | HeadPose | tuple[float, float] | np.ndarray | None = getattr(attributes, name)
        if value is not None:
            yield f"{name}: {_text(value)}"


def _text(value: float | Guess | HeadPose | tuple[float, float] | np.ndarray) -> str:
    match value:
        case float():
            return f"about {value:.0f}"
        case Guess():
            return f"{value.label} ({value.probability:.0%})"
        case HeadPose():
            return f"yaw {value.yaw:+.0f}, pitch {value.pitch:+.0f}, roll {value.roll:+.0f} degrees"
        case (float(left), float(right)):
            return f"{left:.2f} on image left, {right:.2f} on image right (closed about 0.05, open 0.13 to 0.36)"
        case points:
            return " ".join(",".join(f"{value:.0f}" for value in point) for point in points)
