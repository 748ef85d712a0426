from __future__ import annotations

import unicodedata

import pytest

from ostiary.errors import BadName
from ostiary.gallery.names import clean_name, new_name


@pytest.mark.parametrize("name", ["katya", "Катя", "李小龍", "محمد", "Zoë", "O'Neill", "Anne-Marie 2", "अनुष्का", "x" * 64])
def test_names_of_any_script_stay_as_they_are(name: str) -> None:
    assert clean_name(name) == unicodedata.normalize("NFC", name)


def test_a_name_has_one_spelling() -> None:
    assert clean_name("  Zoe\u0308\n") == "Zo\u00eb"


def test_length_is_counted_in_the_one_spelling() -> None:
    assert len(clean_name("e\u0301" * 64)) == 64


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("", "empty"),
        (" \t ", "empty"),
        ("x" * 65, "65 characters"),
        ("a\nb", "U+000A"),
        ("a\x00b", "U+0000"),
        ("a\u202eb", "U+202E"),
        ("a\u200bb", "U+200B"),
        ("\ufeffa", "U+FEFF"),
        ("a\ud800", "surrogate"),
        ("a\ue000", "private-use"),
        ("a\u0378", "unassigned"),
        ("a\u2028b", "line separator"),
        ("ka\u200dtya", "U+200D"),
    ],
)
def test_what_makes_no_name_is_refused_with_the_reason(raw: str, said: str) -> None:
    with pytest.raises(BadName, match=said.replace("+", r"\+")):
        clean_name(raw)


def test_joiners_that_belong_to_the_spelling_stay() -> None:
    for name in ("علی\u200cرضا", "क्\u200dष"):
        assert clean_name(name) == name


@pytest.mark.parametrize("raw", [".", "..", " .. "])
def test_nobody_new_has_a_name_that_no_address_can_hold(raw: str) -> None:
    with pytest.raises(BadName, match="choose another"):
        new_name(raw)
    assert new_name(raw, known={raw.strip()}) == clean_name(raw) == raw.strip(), "whoever has it already keeps it"
    assert new_name("...") == "..."
