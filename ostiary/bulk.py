"""Pictures out of a ZIP: one at a time, nothing unpacked to disk, nothing believed before it is checked.

`katya.jpg` is a picture of katya, literally: `katya_2.jpg` is one of somebody called katya_2. Several pictures of one
person lie in a folder of that name, `katya/any.jpg`; of nested folders the innermost names the person. Hidden files and
what macOS and Windows leave behind (`__MACOSX`, `.DS_Store`, `Thumbs.db`) are passed over.

An archive that lies about paths, is encrypted, broken or too big is refused as a whole, before its first picture. A
single picture that cannot be read is handed on as `Refused`, and the rest follows.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from ostiary.domain import Enrolment
from ostiary.errors import BadImage, BadName, BadZip, InputError, TooLarge
from ostiary.settings import LimitSettings

MEGABYTE = 1 << 20

_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".heic", ".avif")
_LEFTOVERS = {"__macosx", "thumbs.db", "desktop.ini"}
# bzip2 and LZMA unpack without a limit on what one step may yield, and pictures gain nothing by them.
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED, _UTF8 = 0x1, 0x800
_UNICODE_PATH = 0x7075
# All that zipfile is known to raise over bytes that are no proper archive.
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OverflowError, OSError)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its `file` in the archive, the person's `name` as written there, and its bytes, undecoded."""

    file: str
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A file of the archive that holds no usable picture, and why."""

    file: str
    error: InputError


def read_pictures(file: IO[bytes], limits: LimitSettings) -> Pictures:
    """The pictures of the ZIP in `file`. Raises BadZip or TooLarge before the first one where the archive is no good."""
    careful = _Careful(file, limits)
    try:
        archive = zipfile.ZipFile(careful)
        entries = [_entry(info) for info in archive.infolist()]
    except _BROKEN as error:
        raise BadZip(f"it is damaged or no ZIP at all ({error})") from None
    careful.reading_list = False
    entries = [entry for entry in entries if not entry.passed_over]
    _check(entries, limits)
    return Pictures(archive, entries, limits)


@dataclass(frozen=True, slots=True)
class Taken:
    """How many pictures were registered, which not and why; `doubtful` are files that were, and what speaks against it."""

    registered: int
    refused: tuple[Refused, ...]
    doubtful: tuple[tuple[str, str], ...]


def enrol(pictures: Iterable[Picture | Refused], register: Callable[[str, bytes], Enrolment]) -> Taken:
    """Hands each picture to `register(name, data)`, one after the other."""
    registered, refused, doubtful = 0, [], []
    for found in pictures:
        try:
            if isinstance(found, Refused):
                raise found.error
            enrolment = register(found.name, found.data)
        except InputError as error:
            refused.append(Refused(found.file, error))
            continue
        registered += 1
        if enrolment.doubt:
            doubtful.append((found.file, enrolment.doubt))
    return Taken(registered, tuple(refused), tuple(doubtful))


class Pictures:
    """The pictures of one checked archive: `len()` tells how many, iterating reads them one by one."""

    def __init__(self, archive: zipfile.ZipFile, entries: list[_Entry], limits: LimitSettings):
        self._archive, self._entries, self._limits = archive, entries, limits

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Picture | Refused]:
        for entry in self._entries:
            try:
                yield Picture(entry.file, entry.person, self._read(entry))
            except InputError as error:
                yield Refused(entry.file, error)

    def _read(self, entry: _Entry) -> bytes:
        info = entry.info
        if stat.S_ISLNK(info.external_attr >> 16):
            raise BadImage("it is a link, not a picture")
        if info.compress_type not in _METHODS:
            raise BadImage("it is packed by an unusual method: pack with deflate, or without compression")
        if info.file_size > self._limits.max_upload_mb * MEGABYTE:
            raise TooLarge("the picture", f"{self._limits.max_upload_mb:g} MB", "MAX_UPLOAD_MB")
        try:
            with self._archive.open(info) as member:
                # With a size, zipfile unpacks no more than that, and then finds out about a false declaration by the CRC.
                return member.read(info.file_size + 1)
        except _BROKEN as error:
            raise BadImage(f"it is damaged inside the ZIP ({error})") from None


@dataclass(frozen=True, slots=True)
class _Entry:
    info: zipfile.ZipInfo
    path: str
    legible: bool

    @property
    def parts(self) -> list[str]:
        return [part for part in self.path.split("/") if part not in {"", "."}]

    @property
    def file(self) -> str:
        return "/".join(self.parts)

    @property
    def passed_over(self) -> bool:
        """Folders have no content; hidden files and leftovers are nobody's picture. A `..` is not hidden: it is seen to."""
        hidden = any(part.lower() in _LEFTOVERS or (part.startswith(".") and part != "..") for part in self.parts)
        return hidden or self.path.endswith("/") or not self.parts

    @property
    def person(self) -> str:
        if not self.legible:
            raise BadName("the file's name is in an unknown encoding: pack the ZIP with UTF-8 names")
        if len(self.parts) > 1:
            return self.parts[-2]
        stem, dot, suffix = self.parts[0].rpartition(".")
        return stem if (dot + suffix).lower() in _SUFFIXES else self.parts[0]


def _entry(info: zipfile.ZipInfo) -> _Entry:
    name, legible = _decoded(info)
    return _Entry(info, name.replace("\\", "/"), legible)  # some Windows packers write backslashes


def _decoded(info: zipfile.ZipInfo) -> tuple[str, bool]:
    """The entry's name, and whether it can be trusted to say what its packer meant.

    Names without the UTF-8 flag ought to be code page 437. In truth macOS writes UTF-8 without saying so, Info-ZIP puts
    the proper name into an extra field, and Windows writes its country's own code page, which nothing tells apart: there
    Latin letters are believed and anything else is not, since it would enrol somebody under a name of box drawings.
    """
    name = info.orig_filename
    if info.flag_bits & _UTF8 or name.isascii():
        return name, True
    raw = name.encode("cp437")
    for candidate in (_unicode_path(info.extra, raw), raw):
        try:
            return candidate.decode("utf-8"), True
        except UnicodeDecodeError:
            continue
    return name, all(char.isascii() or (char.isalpha() and char < "\u0250") for char in name)


def _unicode_path(extra: bytes, raw: bytes) -> bytes:
    """The name in Info-ZIP's extra field, where it still belongs to the name `raw`; else `raw`."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _UNICODE_PATH and len(field) > 5 and struct.unpack_from("<L", field, 1)[0] == zlib.crc32(raw):
            return field[5:]
    return raw


def _check(entries: list[_Entry], limits: LimitSettings) -> None:
    for entry in entries:
        if entry.path.startswith("/") or ".." in entry.parts or "\0" in entry.path or entry.path[1:2] == ":":
            raise BadZip(f"it holds a path that leads out of it ({entry.path!r}): nothing of it was used")
        if entry.info.flag_bits & _ENCRYPTED:
            raise BadZip("it is encrypted: pack it without a password")
    if not entries:
        raise BadZip("it holds no pictures: put in katya.jpg, or katya/any.jpg for several of one person")
    if len(entries) > limits.max_zip_files:
        raise _too_many(limits)
    if sum(entry.info.file_size for entry in entries) > limits.max_zip_mb * MEGABYTE:
        raise TooLarge("what the ZIP unpacks to", f"{limits.max_zip_mb:g} MB", "MAX_ZIP_MB")


def _too_many(limits: LimitSettings) -> TooLarge:
    return TooLarge("the list of files in the ZIP", f"{limits.max_zip_files} files", "MAX_ZIP_FILES")


class _Careful:
    """A file that yields no endless list of files: zipfile reads that in one piece, whatever its size, before anything else."""

    def __init__(self, file: IO[bytes], limits: LimitSettings):
        self._file, self._limits = file, limits
        self.reading_list = True
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        # Leftovers of macOS double the list; a name with its extra fields seldom needs 500 bytes.
        if self.reading_list and size > (2 * self._limits.max_zip_files + 200) * 500:
            raise _too_many(self._limits)
        return self._file.read(size)

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        """The file is its opener's to close."""
