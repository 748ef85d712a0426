"""The tests that `face_recognition` 1.3.0 was published with, run on ours in its place."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ostiary.assets import Asset, InPackage, fetch_all
from ostiary.errors import ModelError
from ostiary.portraits import PORTRAITS

SHIM = 'import ostiary.face_recognition, sys\nsys.modules["face_recognition"] = ostiary.face_recognition\n'
TESTS = 30


def _asset(path: str, size: int, sha256: str) -> Asset:
    source = InPackage("face_recognition==1.3.0", "sdist", f"tests/{path}")
    return Asset(Path(path).name, sha256, size, "MIT", "face_recognition", (source,))


FILES = (
    _asset("test_face_recognition.py", 15215, "391b7f08f1ce356d8c7f675d474b8c44aa8e1e636cc4032ed414615d18765c39"),
    _asset("test_images/32bit.png", 887446, "44dca895a7d635a4aedddd91a4f37af9a8a5b44e66154282a24645a757b5f627"),
)


@pytest.fixture
def suite(tmp_path: Path, models_dir: Path) -> Path:
    """A folder with the published `tests` and, as the package under test, the shim."""
    images = tmp_path / "tests" / "test_images"
    shim = tmp_path / "face_recognition"
    images.mkdir(parents=True)
    shim.mkdir()
    try:
        files = {
            **fetch_all(FILES, models_dir.parent / "face_recognition"),
            **fetch_all(PORTRAITS.values(), models_dir.parent / "portraits"),
        }
    except ModelError as error:
        pytest.skip(f"face_recognition's source distribution cannot be had: {error}")
    for name, path in files.items():
        shutil.copy(path, images.parent if name.endswith(".py") else images)
    (shim / "__init__.py").write_text(SHIM)
    return tmp_path


def test_all_of_it_passes(suite: Path, models_dir: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(models_dir.parent), "PYTHONPATH": str(suite)}
    command = [sys.executable, "-m", "unittest", "tests/test_face_recognition.py"]
    done = subprocess.run(command, cwd=suite, env=environ, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert re.search(rf"^Ran {TESTS} tests .*\n\nOK$", done.stderr, re.MULTILINE), done.stderr
