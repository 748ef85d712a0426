"""What is missing of somebody's three to five photos: numbers alone."""

from __future__ import annotations

import pytest

from ostiary.album import missing
from ostiary.domain import Quality


def _photo(yaw: float = 0.0, score: float = 0.8, usable: bool = True) -> Quality:
    return Quality(usable, None, score, 80.0, 0.8, 120.0, yaw)


@pytest.mark.parametrize(
    ("photos", "expected"),
    [
        ([None], ["2 more photos"]),
        ([None, None], ["one more photo"]),
        ([None] * 3, []),
        ([_photo()], ["2 more photos", "one with the head turned a little to the side"]),
        ([_photo(), _photo(20.0)], ["one more photo", "one with the head turned a little the other way"]),
        ([_photo(), _photo(20.0), _photo(-20.0)], []),
        ([_photo()] * 5, []),
        ([_photo(), _photo(), None], []),
        ([_photo(score=0.2)] * 5, ["a clearer photo"]),
        ([_photo(usable=False)] * 5, ["a clearer photo"]),
    ],
)
def test_what_is_missing_is_said_once_and_the_most_useful_first(photos: list[Quality | None], expected: list[str]) -> None:
    assert list(missing(photos)) == expected
