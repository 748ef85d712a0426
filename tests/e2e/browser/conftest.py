"""A running house for the tests of a file. Whoever changes it puts it back, or is alone in the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.site import House, free_port, moved_in, opened


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory, models_dir: Path, portraits: dict[str, Path]) -> Iterator[House]:
    """With the demo; CompreFace's API is also served on a port of its own."""
    with opened(tmp_path_factory.mktemp("house"), models_dir, portraits) as site:
        site.env["COMPREFACE_PORT"] = str(free_port())
        yield moved_in(site, HISTORY_FLUSH="0.5")


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    yield shared_house
    print(shared_house.log)
