"""Text from elsewhere on a terminal: what would move the cursor, or is half a character, is shown, not done."""

from __future__ import annotations


def printable(text: str) -> str:
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
