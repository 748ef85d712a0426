"""The drop-in on the tests' model cache, and the original to compare it with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.original import Original
from ostiary.face_recognition import networks

PORTRAITS = ("obama", "obama2", "obama3", "biden", "obama_partial_face", "obama_partial_face2")


@pytest.fixture(autouse=True)
def on_the_tests_cache(models_dir: Path) -> None:
    if networks.means().models_dir != models_dir:
        networks.use(networks.Means(models_dir))


@pytest.fixture(scope="session")
def theirs(models_dir: Path) -> Original:
    return Original(models_dir)


@pytest.fixture(scope="session")
def pictures(portraits: dict[str, Path]) -> dict[str, np.ndarray]:
    """The portraits by name without suffix, RGB, 400 pixels wide, as a door's frames are small."""
    return {name: _small(portraits[f"{name}.jpg"]) for name in PORTRAITS}


def _small(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        small = np.array(image.convert("RGB").resize((400, round(400 * image.height / image.width)), Image.Resampling.BOX))
    small.flags.writeable = False
    return small
