"""One file with everything about people in it: made while programs run, proved whole before any of it takes its place.

A tar: `faces/` and `data/` as they lie, and last `manifest.json` with the size and SHA-256 of each. What is encrypted stays
so. The key, the settings, the secret of tokens and the models are never inside.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ostiary.errors import BadBackup

FORMAT = "ostiary backup 1"
MANIFEST = "manifest.json"
MOST_FILES = 1_000_000
_MOST_MANIFEST = 512 * 1024 * 1024
_PIECE = 1 << 20

_ALLOWED = re.compile(
    r"faces/face_db\.pkl|faces/photos/[0-9A-Za-z_-]{1,64}\.jpg"
    r"|data/(history|people|attendance|access|compreface)\.db|data/visitors/visitors\.db"
    r"|data/(erasures|webhooks)\.log|data/vault\.json|data/spoofs/[^/\\]{1,200}\.jpg"
    r"|data/imports/[^/\\]{1,200}\.log"
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """`made_at` is in seconds since 1970; `key_id` tells the key that is needed, '' for none; `files` is (size, SHA-256) by name."""

    made_at: float
    version: str
    key_id: str
    files: dict[str, tuple[int, str]]

    def to_json(self) -> bytes:
        told = {"format": FORMAT, "made_at": self.made_at, "version": self.version, "key": self.key_id, "files": self.files}
        return json.dumps(told).encode()


class Packer:
    """Writes the file piece by piece; `finish` makes it whole."""

    def __init__(self, file: IO[bytes]):
        self._tar = tarfile.open(fileobj=file, mode="w")  # noqa: SIM115 - `finish` closes it
        self.files: dict[str, tuple[int, str]] = {}

    def add(self, name: str, data: bytes) -> None:
        self._put(name, data)
        self.files[name] = len(data), hashlib.sha256(data).hexdigest()

    def add_file(self, name: str, path: Path) -> None:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
            file.seek(0)
            self._tar.addfile(_member(name, size), file)
        self.files[name] = size, sha256

    def finish(self, made_at: float, version: str, key_id: str) -> Manifest:
        manifest = Manifest(made_at, version, key_id, self.files)
        self._put(MANIFEST, manifest.to_json())
        self._tar.close()
        return manifest

    def _put(self, name: str, data: bytes) -> None:
        self._tar.addfile(_member(name, len(data)), io.BytesIO(data))


def unpack(file: IO[bytes], folder: Path, room: Callable[[], int]) -> Manifest:
    """Unpacks into `folder`, an empty one or none yet, and proves that everything is there as it was packed. Raises BadBackup.

    `room` tells how many bytes may still be written; nothing is trusted before: neither names nor sizes nor kinds.
    """
    found: dict[str, tuple[int, str]] = {}
    manifest: Manifest | None = None
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        with tarfile.open(fileobj=file, mode="r|") as tar:
            for member in _members(tar):
                if manifest is not None:
                    raise BadBackup("something follows its manifest")
                source = tar.extractfile(member)
                assert source is not None  # of a regular file
                if member.name == MANIFEST:
                    manifest = _read_manifest(source.read(_MOST_MANIFEST))
                elif member.size > room():
                    raise BadBackup(f"{member.name} needs {member.size / 1e6:.0f} MB, and the disk has no room for it")
                else:
                    found[member.name] = _unpacked(source, folder / member.name)
    except (tarfile.TarError, EOFError) as error:
        raise BadBackup(f"it is damaged or no backup ({error})") from None
    if manifest is None:
        raise BadBackup("its end is missing: it was not copied as a whole")
    if found != manifest.files:
        wrong = sorted({name for name, _ in found.items() ^ manifest.files.items()})
        raise BadBackup(f"{wrong[0]} is not as it was packed" + (f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""))
    return manifest


def _members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    seen: set[str] = set()
    for member in tar:
        if not member.isreg() or member.issparse() or member.name in seen:
            raise BadBackup(f"{member.name[:80]!r} is no plain file, or there twice")
        if member.name != MANIFEST and not _ALLOWED.fullmatch(member.name):
            raise BadBackup(f"{member.name[:80]!r} does not belong into a backup")
        seen.add(member.name)
        if len(seen) > MOST_FILES:
            raise BadBackup(f"it holds more than {MOST_FILES} files")
        yield member


def _unpacked(source: IO[bytes], path: Path) -> tuple[int, str]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    size, sha256 = 0, hashlib.sha256()
    with path.open("xb") as file:
        path.chmod(0o600)
        while piece := source.read(_PIECE):
            file.write(piece)
            sha256.update(piece)
            size += len(piece)
    return size, sha256.hexdigest()


def _read_manifest(data: bytes) -> Manifest:
    try:
        told: dict[str, Any] = json.loads(data)
        if told["format"] != FORMAT:
            raise BadBackup(f"it is of the format {str(told['format'])[:40]!r}, and this version reads {FORMAT!r}")
        files = {str(name): (int(size), str(sha256)) for name, (size, sha256) in told["files"].items()}
        made_at = float(told["made_at"])
        if not math.isfinite(made_at):  # who was forgotten since then?
            raise ValueError
        return Manifest(made_at, str(told["version"]), str(told["key"]), files)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise BadBackup("its manifest cannot be read") from None


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member
