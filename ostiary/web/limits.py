"""How many bytes a request may bring, by where it goes: said once for the server, which refuses early, and for the app."""

from __future__ import annotations

from ostiary.bulk import MEGABYTE
from ostiary.errors import TooLarge
from ostiary.settings import LimitSettings

ZIP_PATH = "/register-faces"
RESTORE_PATH = "/restore"
COMPREFACE = "/api/v1/"
_EMBEDDINGS_MB = 4  # more than a thousand of the longest
_FORM_BYTES = 64 << 10  # the form around a picture: its other fields and boundaries


def most_bytes(path: str, limits: LimitSettings) -> int:
    if path.startswith(f"{COMPREFACE}recognition/subjects"):
        return _FORM_BYTES
    if path.startswith(COMPREFACE) and ("/embeddings/" in path or path.endswith("/faces/delete")):
        return int(min(_EMBEDDINGS_MB, limits.max_upload_mb) * MEGABYTE)
    megabytes = {ZIP_PATH: limits.max_zip_mb, RESTORE_PATH: limits.max_restore_mb}.get(path, limits.max_upload_mb)
    return int(megabytes * MEGABYTE) + _FORM_BYTES


def most_file_bytes(limits: LimitSettings) -> int:
    """Of each file of a form that CompreFace's clients send: two go into one request."""
    return int(limits.max_upload_mb * MEGABYTE / 2)


def too_large(path: str, limits: LimitSettings) -> TooLarge:
    if path == ZIP_PATH:
        return TooLarge("the ZIP", f"{limits.max_zip_mb:g} MB", "MAX_ZIP_MB")
    if path == RESTORE_PATH:
        return TooLarge("the backup", f"{limits.max_restore_mb:g} MB", "MAX_RESTORE_MB")
    return TooLarge("the picture", f"{limits.max_upload_mb:g} MB", "MAX_UPLOAD_MB")
