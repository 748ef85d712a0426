"""What tests share: real pictures, the model cache, and a guard against leaked threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".cache"
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The model cache of the tests; kept between runs, since a conversion is work."""
    folder = CACHE / "models"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def portraits() -> dict[str, Path]:
    """Portraits in the public domain by file name: obama.jpg, obama2.jpg, obama3.jpg, biden.jpg, ..."""
    from ostiary.assets import fetch_all
    from ostiary.portraits import PORTRAITS

    return fetch_all(PORTRAITS.values(), CACHE / "portraits")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The optional folder of larger test data beside the checkout."""
    if not (SHARED / "testdata").is_dir():
        pytest.skip("the optional test data is not beside this checkout")
    return SHARED


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    until = time.monotonic() + 2
    while leaked := [t for t in threading.enumerate() if t not in before and not t.daemon]:
        if time.monotonic() > until:
            pytest.fail(f"threads left running: {', '.join(t.name for t in leaked)}")
        time.sleep(0.02)
