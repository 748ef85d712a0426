"""Icons, pictures that are cut short, and where things lie in pictures that are stored turned."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ostiary.errors import BadImage, TooLarge
from ostiary.vision.icons import is_icon, largest
from ostiary.vision.image import decode, decode_leniently


def written(form: str, size: tuple[int, int] = (48, 48), mode: str = "RGB", **options) -> bytes:
    rows = np.linspace(0, 255, size[0] * size[1] * 3).reshape(size[1], size[0], 3).astype(np.uint8)
    Image.fromarray(rows).convert(mode).save(file := io.BytesIO(), form, **options)
    return file.getvalue()


@pytest.mark.parametrize("bitmap", ["bmp", "png"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L"])
def test_the_largest_picture_of_an_icon_is_read(bitmap: str, mode: str) -> None:
    icon = written("ICO", (64, 64), mode, sizes=[(16, 16), (64, 64), (32, 32)], bitmap_format=bitmap)
    assert is_icon(icon)
    picture = decode_leniently(icon, 1e6).image
    assert picture.shape == (64, 64, 3)
    assert np.abs(picture.astype(int) - decode(written("PNG", (64, 64), mode), 1e6)).mean() < 2


def test_a_broken_icon_is_said_to_be_one() -> None:
    icon = written("ICO", sizes=[(48, 48)], bitmap_format="bmp")
    for data in (icon[:4], icon[:10], icon[:30], b"\0\0\1\0\0\0"):
        with pytest.raises(BadImage):
            largest(data)


def test_a_large_bitmap_in_an_icon_is_refused_before_it_is_read() -> None:
    icon = bytearray(written("ICO", sizes=[(48, 48)], bitmap_format="bmp"))
    start = icon.index(b"\x28\0\0\0")
    icon[start + 4 : start + 12] = (30000).to_bytes(4, "little") * 2
    with pytest.raises(TooLarge):
        decode_leniently(bytes(icon), 40e6)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "BMP", "TIFF", "GIF"])
def test_what_is_cut_short_is_read_as_far_as_it_goes(form: str, portraits: dict[str, Path]) -> None:
    Image.open(portraits["obama.jpg"]).resize((300, 300)).save(file := io.BytesIO(), form)
    whole = file.getvalue()
    cut = whole[: len(whole) * 9 // 10]
    read = decode_leniently(cut, 1e6).image
    first = slice(150, None) if form == "BMP" else slice(150)  # a bitmap begins with its last row
    assert (read[first] == decode_leniently(whole, 1e6).image[first]).all()
    if form != "TIFF":
        with pytest.raises(BadImage):
            decode(cut, 1e6)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_cut_within_its_head_it_is_no_picture(form: str) -> None:
    with pytest.raises(BadImage):
        decode_leniently(written(form)[:20], 1e6)


@pytest.mark.parametrize("orientation", range(10))
def test_points_find_back_to_where_they_are_stored(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    marked = Image.new("L", (40, 24))
    marked.paste(255, (28, 4, 34, 8))
    marked.save(file := io.BytesIO(), "PNG", exif=exif)
    turned = decode_leniently(file.getvalue(), 1e6)
    assert (turned.image == decode(file.getvalue(), 1e6)).all()
    rows, columns = turned.image[:, :, 0].nonzero()
    corners = np.array([[columns.min(), rows.min()], [columns.max() + 1, rows.max() + 1]])
    stored = turned.as_stored(corners)
    assert (*stored.min(0), *stored.max(0)) == (28, 4, 34, 8)
    assert turned.stored == (40, 24)
