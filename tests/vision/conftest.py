"""Networks and pictures that the tests of vision share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ostiary.domain import Encoder
from ostiary.vision.detect import Scaled, open_detector
from ostiary.vision.encode import open_encoder
from ostiary.vision.image import load


@pytest.fixture(scope="session")
def yunet(models_dir: Path) -> Scaled:
    return open_detector("yunet", models_dir)


@pytest.fixture(scope="session")
def sface(models_dir: Path) -> Encoder:
    return open_encoder("sface", models_dir)


@pytest.fixture(scope="session")
def pictures(portraits: dict[str, Path]) -> dict[str, np.ndarray]:
    """The portraits by name without suffix; not to be written on."""
    images = {name.removesuffix(".jpg"): load(path, 40e6) for name, path in portraits.items()}
    for image in images.values():
        image.flags.writeable = False
    return images
