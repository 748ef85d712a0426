"""Pictures of every kind become the same array, or an error that names the reason."""

from __future__ import annotations

import io
import random
import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from ostiary.errors import BadImage, TooLarge, UnsupportedImage
from ostiary.vision.image import decode, encode_jpeg, load

MANY = 40e6


def scene(width: int = 40, height: int = 30) -> np.ndarray:
    """RGB, smooth, and different in every corner."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 // width, y * 255 // height, np.full_like(x, 90)], axis=2).astype(np.uint8)


def saved(picture: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def far(a: np.ndarray, b: np.ndarray) -> float:
    assert a.shape == b.shape
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


RGB = scene()
BGR = RGB[:, :, ::-1]
FORMS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95},
    "PNG": {},
    "WEBP": {"lossless": True},
    "BMP": {},
    "TIFF": {"compression": "tiff_lzw"},
    "GIF": {},
}
ENCODED = {form: saved(Image.fromarray(RGB), form, **options) for form, options in FORMS.items()}


@pytest.mark.parametrize("form", FORMS)
def test_every_format_is_read(form: str) -> None:
    image = decode(ENCODED[form], MANY)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert far(image, BGR) < {"JPEG": 3, "GIF": 12}.get(form, 0.01)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_upright_once(form: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(Image.fromarray(RGB), form, **FORMS[form], exif=exif)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))
    assert upright.shape[:2] == ((30, 40) if orientation < 5 else (40, 30))
    assert far(decode(data, MANY), upright[:, :, ::-1]) < 0.01


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # as the module does outside of tests
def test_broken_exif_does_not_matter() -> None:
    data = saved(Image.fromarray(RGB), "JPEG", quality=95, exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\xff\xff\xff")
    assert far(decode(data, MANY), BGR) < 3


def _with_alpha(mode: str) -> Image.Image:
    picture = Image.fromarray(RGB).convert(mode)
    alpha = np.full(RGB.shape[:2], 255, np.uint8)
    alpha[:, :20] = 0
    alpha[:, 20:25] = 128
    picture.putalpha(Image.fromarray(alpha))
    return picture


@pytest.mark.parametrize(("mode", "form"), [("RGBA", "PNG"), ("RGBA", "WEBP"), ("RGBA", "TIFF"), ("LA", "PNG")])
def test_transparent_parts_are_white(mode: str, form: str) -> None:
    image = decode(saved(_with_alpha(mode), form, **FORMS[form]), MANY)
    plain = np.asarray(Image.fromarray(RGB).convert(mode[:-1]).convert("RGB"))[:, :, ::-1]
    assert (image[:, :20] == 255).all()
    assert far(image[:, 25:], plain[:, 25:]) < 0.01
    assert far(image[:, 20:25], (plain[:, 20:25] + np.full(3, 255)) / 2) < 2


def test_a_palette_with_a_transparent_colour_is_white_there() -> None:
    picture = Image.new("P", (4, 4), 1)
    picture.putpalette([10, 20, 30, 40, 50, 60])
    picture.putpixel((0, 0), 0)
    for form in ("PNG", "GIF"):
        image = decode(saved(picture, form, transparency=0), MANY)
        assert image[0, 0].tolist() == [255, 255, 255]
        assert image[1, 1].tolist() == [60, 50, 40]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "BMP"])
def test_grey_is_read(form: str) -> None:
    grey = Image.fromarray(RGB).convert("L")
    image = decode(saved(grey, form, **FORMS[form]), MANY)
    assert far(image, np.repeat(np.asarray(grey)[:, :, None], 3, axis=2)) < 2


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_black_and_white_is_read(form: str) -> None:
    image = decode(saved(Image.fromarray(RGB[:, :, 0] > 120), form), MANY)
    assert (image[:, 0] == 0).all()
    assert (image[:, -1] == 255).all()


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_not_cut(form: str) -> None:
    deep = RGB[:, :, 0].astype(np.uint16) * 257
    image = decode(saved(Image.fromarray(deep), form), MANY)
    assert far(image[:, :, 1], RGB[:, :, 0]) < 0.01


def test_sixteen_bit_colours_are_read() -> None:
    assert far(decode(_deep_png(RGB), MANY), BGR) < 0.01


def test_floats_are_read() -> None:
    light = RGB[:, :, 0].astype(np.float32)
    for scale in (1, 255):
        assert far(decode(saved(Image.fromarray(light / scale), "TIFF"), MANY)[:, :, 0], RGB[:, :, 0]) < 0.01


def test_print_colours_are_read() -> None:
    image = decode(saved(Image.fromarray(RGB).convert("CMYK"), "JPEG", quality=95), MANY)
    assert far(image, BGR) < 4


def test_of_an_animation_the_first_frame_is_read() -> None:
    frames = [Image.fromarray(np.full((20, 20, 3), value, np.uint8)) for value in (200, 20)]
    for form, options in {"GIF": {}, "WEBP": {"lossless": True}, "PNG": {}, "TIFF": {}}.items():
        data = saved(frames[0], form, save_all=True, append_images=frames[1:], **options)
        assert far(decode(data, MANY), np.full((20, 20, 3), 200)) < 1, form


@pytest.mark.parametrize(
    "data",
    [b"hello, this is a text", b"%PDF-1.7 ...", b"\0\0\0\x1cftypheic\0\0\0\0mif1heic", b"<svg></svg>", b"PK\x03\x04" + b"\0" * 50, b"\0"],
)
def test_other_files_are_unsupported(data: bytes) -> None:
    with pytest.raises(UnsupportedImage, match="not a JPEG, PNG, WebP, BMP, TIFF or GIF"):
        decode(data, MANY)


def test_an_empty_file_is_named_so() -> None:
    with pytest.raises(BadImage, match="empty"):
        decode(b"", MANY)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_truncated_file_is_refused(form: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    data = saved(Image.fromarray(noise), form, **FORMS[form])
    with pytest.raises(BadImage, match=r"damaged or cut short"):
        decode(data[: int(len(data) * share)], MANY)


@pytest.mark.parametrize("form", FORMS)
def test_a_damaged_file_is_read_or_refused_but_never_more(form: str) -> None:
    rng = random.Random(1)
    for _ in range(150):
        data = bytearray(ENCODED[form])
        for _ in range(rng.randint(1, 8)):
            data[rng.randrange(len(data) if rng.random() < 0.5 else min(60, len(data)))] = rng.randrange(256)
        try:
            image = decode(bytes(data), 1e6)
        except (BadImage, TooLarge):
            continue
        assert image.dtype == np.uint8
        assert image.shape[2] == 3


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (10_000, 10_000)])
def test_pixels_are_counted_before_decoding(width: int, height: int) -> None:
    with pytest.raises(TooLarge, match="MAX_PIXELS") as raised:
        decode(_png_header(width, height), MANY)
    assert f"{width} x {height}" in str(raised.value)


def test_a_giant_gif_is_refused() -> None:
    data = bytearray(ENCODED["GIF"])
    data[6:10] = struct.pack("<HH", 60_000, 60_000)
    with pytest.raises(TooLarge, match="MAX_PIXELS"):
        decode(bytes(data), MANY)


def test_the_limit_is_the_setting_and_nothing_else() -> None:
    with pytest.raises(TooLarge):
        decode(ENCODED["PNG"], 40 * 30 - 1)
    decode(ENCODED["PNG"], 40 * 30)
    with pytest.raises(BadImage, match="damaged"):  # the pixels are allowed; they are only not there
        decode(_png_header(20_000, 10_000), 1e9)


@pytest.mark.parametrize("size", [(65536, 1), (1, 65536)])
def test_no_side_is_longer_than_a_jpegs(size: tuple[int, int]) -> None:
    with pytest.raises(BadImage, match="65535"):
        decode(saved(Image.new("L", size), "PNG"), MANY)


def test_a_jpeg_that_is_gone_over_for_ever_is_refused() -> None:
    whole = saved(Image.new("L", (64, 64), 128), "JPEG", progressive=True)
    before, last = whole.rindex(b"\xff\xc4"), whole.rindex(b"\xff\xd9")
    scan = whole[before:last]  # with the table that it needs
    assert decode(whole[:last] + 20 * scan + whole[last:], MANY).shape == (64, 64, 3)
    for trap in (b"", b"\xff\x02\xff\xff", b"\xff\xd0", b"\xff\xff"):  # what hides scans from whoever goes by lengths alone
        with pytest.raises(BadImage, match="100 scans"):
            decode(whole[:last] + (trap + scan) * 120 + whole[last:], MANY)


def test_what_only_looks_like_scans_is_none() -> None:
    note = b"\xff\xfe\x03\xea" + b"\xff\xda" * 500
    assert decode(ENCODED["JPEG"][:2] + note + ENCODED["JPEG"][2:] + b"\xff\xda" * 500, MANY).shape == BGR.shape


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_deep_pictures_are_made_shallow_strip_by_strip(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    grey = np.arange(200 * 300).reshape(200, 300)
    deep = Image.fromarray(grey.astype(np.float32) / 60000 if mode == "F" else grey.astype(np.uint16 if mode == "I;16" else np.int32))
    at_once = decode(saved(deep, "TIFF"), MANY)
    monkeypatch.setattr("ostiary.vision.image._STRIP_PX", 1000)
    tracemalloc.start()
    by_strips = decode(saved(deep, "TIFF"), MANY)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (by_strips == at_once).all()
    assert peak < 16 * grey.size  # of which the file takes four, the picture six


def test_arrays_pass_and_are_checked() -> None:
    array = np.ascontiguousarray(BGR)
    assert load(array, MANY) is array
    grey = array[:, :, 0]
    for flat in (grey, grey[:, :, None]):
        assert (load(flat, MANY) == grey[:, :, None]).all()
        assert load(flat, MANY).shape == (30, 40, 3)
    for wrong in (array.astype(np.float32), array[None], array[:, :, :2], np.zeros((0, 5, 3), np.uint8)):
        with pytest.raises(BadImage):
            load(wrong, MANY)
    with pytest.raises(TooLarge):
        load(array, 100)


def test_files_are_loaded_by_name(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(ENCODED["PNG"])
    assert far(load(file, MANY), BGR) == far(load(str(file), MANY), BGR) == 0
    with pytest.raises(BadImage, match=r"b\.png: No such file"):
        load(tmp_path / "b.png", MANY)
    with pytest.raises(BadImage, match="directory"):
        load(tmp_path, MANY)


def test_jpegs_are_written() -> None:
    assert far(decode(encode_jpeg(np.ascontiguousarray(BGR), 95), MANY), BGR) < 3
    assert len(encode_jpeg(np.ascontiguousarray(BGR), 20)) < len(encode_jpeg(np.ascontiguousarray(BGR), 95))


def _png(width: int, height: int, depth: int, kind: int, rows: bytes) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _png_header(width: int, height: int) -> bytes:
    return _png(width, height, 8, 2, b"\0" * 100)


def _deep_png(rgb: np.ndarray) -> bytes:
    """Sixteen bits for each colour, which Pillow cannot write."""
    deep = (rgb.astype(">u2") * 257).astype(">u2")
    return _png(rgb.shape[1], rgb.shape[0], 16, 2, b"".join(b"\0" + row.tobytes() for row in deep))
