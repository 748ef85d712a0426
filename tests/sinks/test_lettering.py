from __future__ import annotations

import numpy as np
import pytest

from ostiary.sinks.lettering import label, plain

GREEN, WHITE, BLACK = (80, 160, 20), (255, 255, 255), (0, 0, 0)
NOWHERE = "𒀀𒀁"  # cuneiform: none of the fonts has it


@pytest.mark.parametrize(
    ("text", "ascii_text"),
    [
        ("katya 0.31", "katya 0.31"),
        ("José Müller", "Jose Muller"),
        ("Зоя 0.31", "person 0.31"),
        ("Łukasz", "person"),
        ("अमित", "person"),
        ("", ""),
    ],
)
def test_the_stand_in_for_what_cannot_be_written(text: str, ascii_text: str) -> None:
    assert plain(text) == ascii_text


def test_a_label_is_a_plate_with_ink() -> None:
    plate = label("katya 0.31", 20, GREEN, WHITE)
    assert plate.dtype == np.uint8
    assert plate.shape[2] == 3
    assert tuple(plate[0, 0]) == GREEN  # BGR in, BGR out
    assert (plate == WHITE).all(axis=2).sum() > 20
    assert plate.shape[1] > label("katya", 20, GREEN, WHITE).shape[1]
    assert label("katya 0.31", 40, GREEN, WHITE).shape[0] > plate.shape[0]
    assert not plate.flags.writeable


def test_no_text_becomes_empty_boxes() -> None:
    assert np.array_equal(label(f"{NOWHERE} 0.31", 20, GREEN, BLACK), label("person 0.31", 20, GREEN, BLACK))


@pytest.mark.parametrize("text", ["", " ", "katya", "Зоя", "王小明", "שלום", "كريم", "अमित", "e\u0301", "\u200d", "👩🏽‍🚀", "x" * 300])
def test_any_name_can_be_written_somehow(text: str) -> None:
    plate = label(text, 14, GREEN, BLACK)
    assert plate.shape[0] >= 14
    assert plate.shape[1] >= 1
