"""How many bytes a request may bring, by where it goes: said once for the server, which refuses early, and for the app."""

from __future__ import annotations

from ostiary.bulk import MEGABYTE
from ostiary.errors import TooLarge
from ostiary.settings import LimitSettings

ZIP_PATH = "/register-faces"
_FORM_BYTES = 64 << 10  # the form around a picture: its other fields and boundaries


def most_bytes(path: str, limits: LimitSettings) -> int:
    megabytes = limits.max_zip_mb if path == ZIP_PATH else limits.max_upload_mb
    return int(megabytes * MEGABYTE) + _FORM_BYTES


def too_large(path: str, limits: LimitSettings) -> TooLarge:
    if path == ZIP_PATH:
        return TooLarge("the ZIP", f"{limits.max_zip_mb:g} MB", "MAX_ZIP_MB")
    return TooLarge("the picture", f"{limits.max_upload_mb:g} MB", "MAX_UPLOAD_MB")
