"""Text for pictures, in any script for which this machine has a font; else a plain stand-in, never empty boxes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont, features

Colour = tuple[int, int, int]

FONTS = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "NotoSansCJK-Regular.ttc",
    "NotoSansArabic-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansThai-Regular.ttf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "LiberationSans-Regular.ttf",
    "FreeSans.ttf",
    "Arial Unicode.ttf",
    "PingFang.ttc",
    "segoeui.ttf",
    "msyh.ttc",
    "malgun.ttf",
)
"""Looked for by name in the system's font folders, when a text needs more than the built-in font's Latin letters."""
STAND_IN = "person"
PADDING = 0.3
"""Of a label, round its text, in heights of the text."""
NO_CHARACTER = "\U0010ffff"


@lru_cache(maxsize=256)
def label(text: str, height_px: int, colour: Colour, ink: Colour) -> np.ndarray:
    """`text` on a plate of `colour`, BGR; cached, since labels change far less often than frames. Not to be written on."""
    font = _font_for(text, height_px)
    if font is None:
        text = plain(text)
        font = _built_in(height_px)
    pad = round(height_px * PADDING)
    left, _, right, _ = font.getbbox(text)
    ascent, descent = font.getmetrics()
    plate = Image.new("RGB", (max(1, round(right - left)) + 2 * pad, ascent + descent + pad), colour)
    ImageDraw.Draw(plate).text((pad - left, pad // 2), text, font=font, fill=ink)
    drawn = np.asarray(plate)  # the colours came as BGR, so this is BGR
    drawn.flags.writeable = False
    return drawn


def plain(text: str) -> str:
    """`text` in ASCII where its letters are Latin ones with marks, else a stand-in for each of its words that are not."""
    return " ".join(_plain_word(word) for word in text.split(" "))


def _plain_word(word: str) -> str:
    bare = [unicodedata.normalize("NFKD", character)[0] for character in word if not unicodedata.combining(character)]
    return "".join(bare) if all(character.isascii() for character in bare) else STAND_IN


def _font_for(text: str, height_px: int) -> ImageFont.FreeTypeFont | None:
    """The first font that has every character of `text`; None where there is none, or its script needs more than that."""
    if not features.check("raqm") and any(_needs_shaping(character) for character in text):
        return None
    wanted = frozenset(text) - {" "}
    return next((font for font in _fonts(height_px) if all(_has(font, character) for character in wanted)), None)


def _fonts(height_px: int) -> Iterator[ImageFont.FreeTypeFont]:
    yield _built_in(height_px)
    for name in FONTS:
        font = _installed(name, height_px)
        if font is not None:
            yield font


@lru_cache(maxsize=64)
def _installed(name: str, height_px: int) -> ImageFont.FreeTypeFont | None:
    try:
        return ImageFont.truetype(name, height_px)
    except OSError:
        return None


@lru_cache(maxsize=8)
def _built_in(height_px: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(height_px)
    assert isinstance(font, ImageFont.FreeTypeFont)  # every wheel of Pillow brings FreeType
    return font


@lru_cache(maxsize=4096)
def _has(font: ImageFont.FreeTypeFont, character: str) -> bool:
    """Whether `font` has a glyph of its own for `character`: it looks different from what cannot exist."""
    mask, missing = font.getmask(character), font.getmask(NO_CHARACTER)
    return mask.size != missing.size or bytes(mask) != bytes(missing)


def _needs_shaping(character: str) -> bool:
    return unicodedata.bidirectional(character) in {"R", "AL"} or unicodedata.category(character) in {"Mn", "Mc"}
