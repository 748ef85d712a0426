"""How many bytes a request may bring, by where it goes: said once for the server, which refuses early, and for the app."""

from __future__ import annotations

from ostiary.bulk import MEGABYTE
from ostiary.errors import TooLarge
from ostiary.settings import LimitSettings

ZIP_PATH = "/register-faces"
RESTORE_PATH = "/restore"
COMPREFACE = "/api/v1/"
_WITH_PICTURES = {"recognition", "detection", "verification"}
_EMBEDDINGS_MB = 4  # more than a thousand of the longest
_FORM_BYTES = 64 << 10  # the form around a picture: its other fields and boundaries


def most_bytes(path: str, limits: LimitSettings) -> int:
    if path.startswith(COMPREFACE):
        return _most_for_compreface(path.removeprefix(COMPREFACE), limits)
    megabytes = {ZIP_PATH: limits.max_zip_mb, RESTORE_PATH: limits.max_restore_mb}.get(path, limits.max_upload_mb)
    return int(megabytes * MEGABYTE) + _FORM_BYTES


def _most_for_compreface(path: str, limits: LimitSettings) -> int:
    family = path.partition("/")[0]
    if family not in _WITH_PICTURES or path.startswith("recognition/subjects"):
        return _FORM_BYTES
    megabytes = limits.max_upload_mb
    if "/embeddings/" in path or path.rstrip("/").endswith("/faces/delete"):
        megabytes = min(_EMBEDDINGS_MB, megabytes)
    return int(megabytes * MEGABYTE) + _FORM_BYTES


def most_file_bytes(limits: LimitSettings) -> int:
    """Of each file of a form that CompreFace's clients send: two go into one request."""
    return int(limits.max_upload_mb * MEGABYTE / 2)


def too_large(path: str, limits: LimitSettings) -> TooLarge:
    if path == ZIP_PATH:
        return TooLarge("the ZIP", f"{limits.max_zip_mb:g} MB", "MAX_ZIP_MB")
    if path == RESTORE_PATH:
        return TooLarge("the backup", f"{limits.max_restore_mb:g} MB", "MAX_RESTORE_MB")
    if path.startswith(COMPREFACE) and (most := most_bytes(path, limits)) < limits.max_upload_mb * MEGABYTE:
        return TooLarge("the request", f"{most / MEGABYTE:.2g} MB", "none of the settings")
    return TooLarge("the picture", f"{limits.max_upload_mb:g} MB", "MAX_UPLOAD_MB")
