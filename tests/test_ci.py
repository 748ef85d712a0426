"""The script that checks a submission, with stand-ins for what it calls."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / ".ci" / "run"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout whose machine has no network, and root for its user."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(SCRIPT, tmp_path / ".ci" / "run")
    (tmp_path / "bin").mkdir()
    for name, does in {"id": "echo 0", "apt-get": "exit 100", "make": 'echo "make $*"'}.items():
        _program(tmp_path, name, does)
    return tmp_path


def _program(folder: Path, name: str, does: str) -> None:
    path = folder / "bin" / name
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)


def _run(folder: Path) -> subprocess.CompletedProcess[str]:
    env = {"PATH": f"{folder / 'bin'}:/usr/bin:/bin"}
    return subprocess.run(["bash", folder / ".ci" / "run"], env=env, capture_output=True, text=True, timeout=60)


def test_without_a_network_what_is_installed_will_do(folder: Path) -> None:
    _program(folder, "dpkg-query", "printf installed")
    done = _run(folder)
    assert (done.returncode, "could not install" in done.stderr) == (0, True)
    assert "make test" in done.stdout


@pytest.mark.parametrize("dpkg", ["exit 1", "printf config-files"])
def test_without_a_network_and_the_packages_it_fails_and_names_one(folder: Path, dpkg: str) -> None:
    _program(folder, "dpkg-query", dpkg)
    done = _run(folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert "python3-gi is missing" in done.stderr
