from __future__ import annotations

import numpy as np

from ostiary.domain import Detection
from ostiary.vision.boxes import best_of_each, overlap


def test_overlap() -> None:
    assert overlap((0, 0, 10, 10), (5, 5, 15, 15)) == 25
    assert overlap((0, 0, 10, 10), (10, 0, 20, 10)) == 0
    assert overlap((0, 0, 10, 10), (20, 20, 30, 30)) == 0
    assert overlap((0, 0, 10, 10), (2, 2, 4, 4)) == 4


def test_of_each_face_the_best_stays() -> None:
    whole, part, beside, empty = (
        Detection((0, 0, 100, 100), 0.8),
        Detection((20, 20, 60, 60), 0.9),
        Detection((90, 0, 190, 100), 0.7),
        Detection((5, 5, 5, 5), 0.6),
    )
    assert best_of_each([whole, beside, part]) == [part, beside]
    assert best_of_each([whole, empty]) == [whole, empty]
    assert best_of_each([]) == []


def test_many_boxes_are_sorted_out_as_pair_by_pair() -> None:
    numbers = np.random.default_rng(7)
    corners = numbers.integers(0, 200, (300, 2))
    boxes = np.hstack([corners, corners + numbers.integers(0, 60, (300, 2))]).tolist()
    found = [Detection(tuple(box), score) for box, score in zip(boxes, numbers.random(300).tolist(), strict=True)]
    kept: list[Detection] = []
    for one in sorted(found, key=lambda d: -d.score):
        if all(overlap(one.box, other.box) / max(1, min(one.area, other.area)) <= 0.5 for other in kept):
            kept.append(one)
    assert best_of_each(found) == kept
