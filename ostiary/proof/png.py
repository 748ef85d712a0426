"""Paints drawings as one PNG, one below the other, with Pillow and its own font."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ostiary.proof.chart import INK, Dot, Drawing, Stroke, Words

_SCALE = 2  # pixels per unit: sharp on a good screen and on paper
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}


def save_png(drawings: Sequence[Drawing], path: Path) -> None:
    width, height = max(d.width for d in drawings), sum(d.height for d in drawings)
    sheet = Image.new("RGB", (_SCALE * width, _SCALE * height), "white")
    top = 0
    for drawing in drawings:
        sheet.paste(_painted(drawing), (0, _SCALE * top))
        top += drawing.height
    sheet.save(path, optimize=True)


def _painted(drawing: Drawing) -> Image.Image:
    image = Image.new("RGB", (_SCALE * drawing.width, _SCALE * drawing.height), "white")
    brush = ImageDraw.Draw(image)
    for mark in drawing.marks:
        match mark:
            case Stroke(points, colour, width):
                brush.line([(_SCALE * x, _SCALE * y) for x, y in points], colour, round(_SCALE * width), joint="curve")
            case Dot((x, y), colour, radius):
                brush.circle((_SCALE * x, _SCALE * y), _SCALE * radius, colour, "white", 3)
            case Words():
                _write(image, brush, mark)
    return image


def _write(image: Image.Image, brush: ImageDraw.ImageDraw, words: Words) -> None:
    font = ImageFont.load_default(_SCALE * words.size)
    x, y = (_SCALE * side for side in words.at)
    if not words.upwards:
        brush.text((x, y), words.text, INK, font, _ANCHORS[words.anchor])
        return
    left, top, right, bottom = (round(side) for side in font.getbbox(words.text))
    strip = Image.new("RGB", (right - left, bottom - top), "white")
    ImageDraw.Draw(strip).text((-left, -top), words.text, INK, font)
    turned = strip.rotate(90, expand=True)
    image.paste(turned, (round(x) - turned.width, round(y) - turned.height // 2))
