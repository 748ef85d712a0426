"""How many bytes a request may bring, by where it goes: said once for the server, which refuses early, and for the app."""

from __future__ import annotations

from ostiary.bulk import MEGABYTE
from ostiary.errors import TooLarge
from ostiary.settings import LimitSettings

ZIP_PATH = "/register-faces"
RESTORE_PATH = "/restore"
_FORM_BYTES = 64 << 10  # the form around a picture: its other fields and boundaries


def most_bytes(path: str, limits: LimitSettings) -> int:
    megabytes = {ZIP_PATH: limits.max_zip_mb, RESTORE_PATH: limits.max_restore_mb}.get(path, limits.max_upload_mb)
    return int(megabytes * MEGABYTE) + _FORM_BYTES


def too_large(path: str, limits: LimitSettings) -> TooLarge:
    if path == ZIP_PATH:
        return TooLarge("the ZIP", f"{limits.max_zip_mb:g} MB", "MAX_ZIP_MB")
    if path == RESTORE_PATH:
        return TooLarge("the backup", f"{limits.max_restore_mb:g} MB", "MAX_RESTORE_MB")
    return TooLarge("the picture", f"{limits.max_upload_mb:g} MB", "MAX_UPLOAD_MB")
