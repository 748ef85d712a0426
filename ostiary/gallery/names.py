"""What may be a person's name: any script, one spelling."""

from __future__ import annotations

import unicodedata
from collections.abc import Container

from ostiary.errors import BadName

MAX_LENGTH = 64
_REFUSED = {
    "Cc": "a control character",
    "Cf": "an invisible formatting character",
    "Cs": "half a character (a lone surrogate)",
    "Co": "a private-use character",
    "Cn": "an unassigned character",
    "Zl": "a line separator",
    "Zp": "a paragraph separator",
}
_UNREACHABLE = {".", ".."}  # browsers take these out of an address, however they are encoded
_JOINERS = "\u200c\u200d"
_JOINED_SCRIPTS = ("ARABIC", "SYRIAC", "MONGOLIAN", "NKO", "MANDAIC")
_VIRAMA = 9


def clean_name(raw: str) -> str:
    """`raw` in its one spelling (NFC, trimmed). Raises BadName saying what is wrong with it."""
    name = unicodedata.normalize("NFC", raw).strip()
    if not name:
        raise BadName("it is empty; give 1 to 64 characters")
    if len(name) > MAX_LENGTH:
        raise BadName(f"it has {len(name)} characters, at most {MAX_LENGTH} are possible")
    for position, character in enumerate(name):
        problem = _REFUSED.get(unicodedata.category(character))
        if problem and not _spells(name[:position], character):
            raise BadName(f"it contains {problem} (U+{ord(character):04X})")
    return name


def new_name(raw: str, known: Container[str] = ()) -> str:
    """The same of somebody who is to be enrolled. Raises BadName also where no address can hold it, unless it is `known` already."""
    name = clean_name(raw)
    if name in _UNREACHABLE and name not in known:
        raise BadName(f"an address that ends in {name} means another one, so that nobody of this name could be reached; choose another")
    return name


def _spells(before: str, character: str) -> bool:
    """True for a joiner where it is part of the spelling, as in Persian and Hindi; elsewhere it only makes look-alikes."""
    if character not in _JOINERS or not before:
        return False
    return unicodedata.combining(before[-1]) == _VIRAMA or unicodedata.name(before[-1], "").startswith(_JOINED_SCRIPTS)
