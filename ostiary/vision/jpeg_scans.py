"""How often a JPEG goes over its picture: a progressive one sharpens it scan by scan, and each may cost as much as a whole picture."""

from __future__ import annotations

import re

_MARKER = re.compile(rb"\xff+([^\x00\xff])")
_SCAN, _END = 0xDA, 0xD9
_WITHOUT_CONTENT = frozenset(
    (*range(0x01, 0xC0), *range(0xD0, 0xD9))
)  # what is reserved is none that a reader would pass over by its length


def has_more_scans_than(most: int, data: bytes) -> bool:
    """Programs that write JPEGs make ten or so. A few bytes tell of a scan that adds nothing, and takes a while all the same."""
    if data.count(b"\xff\xda") <= most:
        return False
    at, scans = 2, 0
    while scans <= most and (marker := _MARKER.search(data, at)):
        at, code = marker.end(), marker[1][0]
        if code == _END:
            break
        scans += code == _SCAN
        if code not in _WITHOUT_CONTENT:
            at += int.from_bytes(data[at : at + 2])  # what notes hold, thumbnails for one, is not gone over
    return scans > most
