"""Windows icons: several pictures in one file, each a PNG or a bitmap that lacks its file's head."""

from __future__ import annotations

import struct

from ostiary.errors import BadImage

_HEAD, _ENTRY, _INFO = struct.Struct("<HHH"), struct.Struct("<BBBBHHII"), struct.Struct("<IiiHHIIiiII")
_PNG = b"\x89PNG\r\n\x1a\n"


def is_icon(data: bytes) -> bool:
    return data.startswith(b"\0\0\1\0")


def largest(data: bytes) -> bytes:
    """The largest picture of an icon, as a PNG or BMP file; without its mask. Raises BadImage."""
    try:
        _, _, count = _HEAD.unpack_from(data)
        entries = [_ENTRY.unpack_from(data, _HEAD.size + n * _ENTRY.size) for n in range(min(count, 256))]
        entry = max(entries, key=lambda entry: ((entry[0] or 256) * (entry[1] or 256), entry[5]))
        image = data[entry[7] : entry[7] + entry[6]]
        return image if image.startswith(_PNG) else _bitmap(image)
    except (struct.error, ValueError) as error:
        raise BadImage(f"the icon is damaged or cut short ({error})") from None


def _bitmap(image: bytes) -> bytes:
    """With its head, and the height that is told for picture and mask together halved."""
    info, _, height, _, bits, _, _, _, _, used, _ = _INFO.unpack_from(image)
    colours = used or (1 << bits if bits <= 8 else 0)
    head = struct.pack("<2sIHHI", b"BM", 14 + len(image), 0, 0, 14 + info + 4 * colours)
    return head + image[:8] + struct.pack("<i", height // 2) + image[12:]
