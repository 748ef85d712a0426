"""Makers of values for tests that use numbers alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ostiary.domain import Candidate, Detection, Match, Probe, Quality, Sighting, Track


def _face(x: float = 100, y: float = 100, width: float = 80) -> Detection:
    """A face centred at (x, y)."""
    half = width / 2
    return Detection((round(x - half), round(y - half), round(x + half), round(y + half)), 0.9)


def _quality(usable: bool = True) -> Quality:
    return Quality(usable, None if usable else "blurred: hold still", 0.8 if usable else 0.1, 60, 1, 0.5, 0)


def _seen(track: int = 1, at: float = 0.0, looked: bool = True, usable: bool = True, /, **distances: float) -> Sighting:
    """A sighting of a track whose look found these people at these distances; whose name begins with `not_` is a negative."""
    face = _face()
    probe = Probe(face, _quality(usable), np.ones(4, np.float32) if usable else None) if looked else None
    nearest_first = sorted(distances.items(), key=lambda item: item[1])
    match = Match(tuple(Candidate(name, d, name.startswith("not_")) for name, d in nearest_first)) if looked and usable else None
    return Sighting(Track(track, "door", face, 0.0, at), probe, match)


@pytest.fixture(scope="session")
def face() -> Callable[..., Detection]:
    return _face


@pytest.fixture(scope="session")
def quality() -> Callable[..., Quality]:
    return _quality


@pytest.fixture(scope="session")
def seen() -> Callable[..., Sighting]:
    return _seen
