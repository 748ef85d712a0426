"""How far a new picture may be from the others of the person whose name it bears."""

from __future__ import annotations

import numpy as np
import pytest

from ostiary.encoders import ENCODERS, EncoderInfo
from ostiary.gallery.gallery import Example, Gallery
from ostiary.gallery.likeness import FOREIGN, ODD, likeness


def _at(info: EncoderInfo, distance: float, towards: int = 1) -> np.ndarray:
    """An encoding so far from the one at 0."""
    cosine = 1 - distance if info.metric == "cosine" else 1 - (distance / info.length) ** 2 / 2
    row = np.zeros(info.dim, np.float32)
    row[0], row[towards] = cosine, np.sqrt(1 - cosine**2)
    return row * np.float32(info.length)


@pytest.mark.parametrize("info", ENCODERS.values(), ids=ENCODERS)
def test_near_odd_and_foreign(info: EncoderInfo) -> None:
    gallery = Gallery.of(info.id, ["katya"], _at(info, 0)[None])
    odd, foreign = info.threshold(1, ODD), info.threshold(1, FOREIGN)
    told = [likeness(gallery, "katya", _at(info, d), 0.1) for d in (0.9 * odd, (odd + foreign) / 2, 1.02 * foreign)]
    assert [(each.odd, each.foreign) for each in told if each] == [(False, False), (True, False), (True, True)]
    assert all(each and each.limit == foreign for each in told)
    assert told[2]
    assert told[2].distance == pytest.approx(1.02 * foreign, abs=1e-4)


def test_the_nearest_of_several_pictures_counts_and_nobody_else_s() -> None:
    info = ENCODERS["sface"]
    rows = np.stack([_at(info, 0), _at(info, 0.9), _at(info, 0.85)])
    gallery = Gallery.of(info.id, ["katya", "katya", "ema"], rows)
    assert not likeness(gallery, "katya", _at(info, 0.88), 0.1).odd  # type: ignore[union-attr]
    alone = gallery.removing("katya").adding([("katya", Example("one", 0.0, _at(info, 0)))], info.id)
    assert likeness(alone, "katya", _at(info, 0.88), 0.1).foreign  # type: ignore[union-attr]


def test_the_more_pictures_there_are_the_nearer_one_of_them_must_be() -> None:
    info = ENCODERS["sface"]
    rows = np.stack([_at(info, 0), _at(info, 0.3, 2), _at(info, 0.3, 3)])
    one, three = (Gallery.of(info.id, ["katya"] * n, rows[:n]) for n in (1, 3))
    probe = _at(info, info.threshold(2, FOREIGN), 4)
    assert not likeness(one, "katya", probe, 0.1).foreign  # type: ignore[union-attr]
    assert likeness(three, "katya", probe, 0.1).foreign  # type: ignore[union-attr]


def test_a_first_picture_is_like_nothing_yet() -> None:
    info = ENCODERS["sface"]
    gallery = Gallery.of(info.id, ["katya"], _at(info, 0)[None])
    assert likeness(gallery, "ema", _at(info, 0.9), 0.1) is None
    assert likeness(Gallery(), "ema", _at(info, 0.9), 0.1) is None


def test_whom_the_door_would_know_is_never_refused() -> None:
    info = ENCODERS["sface"]
    gallery = Gallery.of(info.id, ["katya"], _at(info, 0)[None])
    like = likeness(gallery, "katya", _at(info, 0.79), accepted=0.8)
    assert like
    assert (like.odd, like.foreign, like.limit) == (False, False, 0.8)
