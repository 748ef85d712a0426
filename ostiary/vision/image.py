"""Pictures from outside: whatever is sent becomes a BGR array, or an error that names the reason.

Read are JPEG, PNG, WebP, BMP, TIFF and GIF, the first frame of each, upright (EXIF), with transparency laid over
white. The number of pixels is checked before anything is decoded.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import BmpImagePlugin, GifImagePlugin, Image, ImageFile, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

from ostiary.errors import BadImage, TooLarge, UnsupportedImage
from ostiary.vision import icons
from ostiary.vision.jpeg_scans import has_more_scans_than

# Pillow warns of flaws that it reads over; what it cannot read over is an error here anyway.
for _category in (UserWarning, Image.DecompressionBombWarning):
    warnings.filterwarnings("ignore", category=_category, module=r"PIL\.")

_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    struct.error,
    zlib.error,
    MemoryError,
    Warning,
)
"""What Pillow's readers raise on damaged files."""

_LONGEST_PX = 65535  # what a JPEG can have at most: of others, too, a longer one is a trap rather than a picture
_MOST_SCANS = 100
_STRIP_PX = 1 << 20  # of a deep picture that are made shallow at a time: numbers of 64 bits come between

_ORIENTATION = 0x0112
_UPRIGHT: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a.swapaxes(0, 1)[:, ::-1],
    7: lambda a: a.swapaxes(0, 1)[::-1, ::-1],
    8: lambda a: a.swapaxes(0, 1)[::-1],
}
"""How a picture with an EXIF orientation is turned upright."""

_STORED: dict[int, Callable[[np.ndarray, np.ndarray, int, int], np.ndarray]] = {
    1: lambda x, y, w, h: np.stack([x, y], 1),
    2: lambda x, y, w, h: np.stack([w - x, y], 1),
    3: lambda x, y, w, h: np.stack([w - x, h - y], 1),
    4: lambda x, y, w, h: np.stack([x, h - y], 1),
    5: lambda x, y, w, h: np.stack([y, x], 1),
    6: lambda x, y, w, h: np.stack([y, h - x], 1),
    7: lambda x, y, w, h: np.stack([w - y, h - x], 1),
    8: lambda x, y, w, h: np.stack([w - y, x], 1),
}
"""The way back for x and y, in a file of width w and height h."""


def load(image: np.ndarray | bytes | str | Path, max_pixels: float) -> np.ndarray:
    """The BGR uint8 array of an array, of an encoded picture or of a file. Raises BadImage and TooLarge."""
    if isinstance(image, np.ndarray):
        return _checked_array(image, max_pixels)
    if isinstance(image, str | Path):
        try:
            image = Path(image).read_bytes()
        except OSError as error:
            raise BadImage(f"{error.filename}: {error.strerror}") from None
    return decode(image, max_pixels)


def decode(data: bytes, max_pixels: float) -> np.ndarray:
    """The BGR uint8 array of an encoded picture. Raises BadImage, UnsupportedImage and TooLarge."""
    return _upright(*_decoded(data, max_pixels))  # Pillow's own copy is gone by now: these are large


def _upright(rgb: np.ndarray, orientation: int) -> np.ndarray:
    """BGR."""
    upright = _UPRIGHT[orientation](rgb) if orientation in _UPRIGHT else rgb
    return np.ascontiguousarray(upright[:, :, ::-1])


@dataclass(frozen=True, slots=True, eq=False)
class Turned:
    """A picture upright; `stored` is the (width, height) of how it lies in the file."""

    image: np.ndarray
    stored: tuple[int, int]
    orientation: int

    def as_stored(self, points: np.ndarray) -> np.ndarray:
        """Where points (n, 2) of the upright picture are in the file's pixels."""
        return _STORED.get(self.orientation, _STORED[1])(points[:, 0], points[:, 1], *self.stored)


def decode_leniently(data: bytes, max_pixels: float) -> Turned:
    """As `decode`, but reads icons too, and what is cut short as far as it goes."""
    rgb, orientation = _decoded(icons.largest(data) if icons.is_icon(data) else data, max_pixels, whole=False)
    return Turned(_upright(rgb, orientation), (rgb.shape[1], rgb.shape[0]), orientation)


def _decoded(data: bytes, max_pixels: float, *, whole: bool = True) -> tuple[np.ndarray, int]:
    """RGB as it lies in the file, and the orientation that makes it upright."""
    form, open_file = _reader(data)
    try:
        with open_file(io.BytesIO(data)) as file:
            _check_size(*file.size, max_pixels)
            _read(file, whole)
            return _rgb(file), _orientation(file)
    except Image.DecompressionBombError:  # Pillow's own measure, which its GIF reader also takes
        raise TooLarge("the picture", f"{max_pixels / 1e6:g} million pixels", "MAX_PIXELS") from None
    except _DAMAGED as error:
        raise BadImage(f"the {form} picture is damaged or cut short ({error})") from None


def _read(file: ImageFile.ImageFile, whole: bool) -> None:
    try:
        file.load()
    except _DAMAGED:
        if whole or file._im is None:  # Pillow's own leave to go on is one for the whole process
            raise
        file.tile = []  # there is nothing more to read: what was read so far is the picture


def encode_jpeg(image: np.ndarray, quality: int) -> bytes:
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()


_Opener = Callable[[io.BytesIO], ImageFile.ImageFile]


def _reader(data: bytes) -> tuple[str, _Opener]:
    """The format's name and its reader; chosen here, as `Image.open` also counts pixels, but by its own measure."""
    if not data:
        raise BadImage("the file is empty")
    if data.startswith(b"\xff\xd8\xff"):
        if has_more_scans_than(_MOST_SCANS, data):
            raise BadImage(f"the JPEG picture has more than {_MOST_SCANS} scans")
        return "JPEG", JpegImagePlugin.jpeg_factory
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG", PngImagePlugin.PngImageFile
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WebP", WebPImagePlugin.WebPImageFile
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF", GifImagePlugin.GifImageFile
    if data.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF", TiffImagePlugin.TiffImageFile
    if data.startswith(b"BM"):
        return "BMP", BmpImagePlugin.BmpImageFile
    raise UnsupportedImage("not a JPEG, PNG, WebP, BMP, TIFF or GIF picture")


def _check_size(width: int, height: int, max_pixels: float) -> None:
    if width * height > max_pixels:
        raise TooLarge(f"a picture of {width} x {height} pixels", f"{max_pixels / 1e6:g} million pixels", "MAX_PIXELS")
    if width < 1 or height < 1:
        raise BadImage("it has no pixels")
    if max(width, height) > _LONGEST_PX:
        raise BadImage(f"it has {width} x {height} pixels, and no side may be longer than {_LONGEST_PX}")


def _orientation(file: ImageFile.ImageFile) -> int:
    try:
        return int(file.getexif().get(_ORIENTATION, 1))
    except _DAMAGED:  # a picture with broken notes is still a picture
        return 1


def _rgb(file: Image.Image) -> np.ndarray:
    """RGB uint8, transparency over white."""
    if file.mode == "F" or file.mode.startswith("I"):
        return np.repeat(_eight_bits(np.asarray(file))[:, :, None], 3, axis=2)
    if file.mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in file.info:
        return np.asarray(_over_white(file))
    return np.asarray(file if file.mode == "RGB" else file.convert("RGB"))


def _over_white(file: Image.Image) -> Image.Image:
    picture = file if file.mode == "RGBA" else file.convert("RGBA")
    white = Image.new("RGB", file.size, "white")
    white.paste(picture, mask=picture)
    return white


def _eight_bits(grey: np.ndarray) -> np.ndarray:
    """8-bit grey of a deeper grey. Integers are taken for 16 bits, as deeper ones hold in practice; floats for 0..1 or 0..255."""
    rows = max(1, _STRIP_PX // grey.shape[1])
    strips = [grey[top : top + rows] for top in range(0, len(grey), rows)]
    if np.issubdtype(grey.dtype, np.integer):
        scaled = (strip / 257 for strip in strips)
    else:
        up = 255 if max(_finite(strip).max() for strip in strips) <= 1 else 1
        scaled = (_finite(strip) * up for strip in strips)
    return np.concatenate([np.clip(np.rint(strip), 0, 255).astype(np.uint8) for strip in scaled])


def _finite(grey: np.ndarray) -> np.ndarray:
    return np.nan_to_num(grey, nan=0, posinf=255, neginf=0)


def _checked_array(image: np.ndarray, max_pixels: float) -> np.ndarray:
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (1, 3)):
        raise BadImage(
            f"an array must be uint8 (height, width, 3) in BGR order or (height, width); this one is {image.dtype} {image.shape}"
        )
    _check_size(image.shape[1], image.shape[0], max_pixels)
    if image.ndim == 2 or image.shape[2] == 1:
        return np.repeat(image.reshape(*image.shape[:2], 1), 3, axis=2)
    return image
