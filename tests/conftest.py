"""What tests share: real pictures, the model cache, and a guard against leaked threads."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.clock import Clock
from support.terminal import Terminal

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from support.browser import Visits

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".cache"
SHARED = ROOT.parent / "shared"


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: many tests wait for a camera, a clock or a program."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The model cache of the tests; kept between runs, since a conversion is work."""
    folder = CACHE / "models"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def obtain(models_dir: Path) -> Callable[[str], Path]:
    """Makes an optional network ready, by name: from the optional test data, else as a user gets it; skips where it cannot be had."""
    from ostiary.assets import find, sha256_of
    from ostiary.errors import ModelError
    from ostiary.vision.weights import WEIGHTS, ready

    def obtained(name: str) -> Path:
        for asset in WEIGHTS[name].assets:
            same = (path for path in (SHARED / "models").glob("*") if path.stat().st_size == asset.size and sha256_of(path) == asset.sha256)
            if find(asset, models_dir) is None and (path := next(same, None)):
                shutil.copy(path, models_dir / asset.name)
        try:
            return ready(name, models_dir)
        except ModelError as error:
            pytest.skip(str(error))

    return obtained


@pytest.fixture(scope="session")
def looks(obtain: Callable[[str], Path]) -> None:
    """The networks that tell age, gender, mask and pose, or a skip."""
    for name in ("face_age_gender", "face_mask", "head_pose_1x1", "head_pose_var"):
        obtain(name)


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


@pytest.fixture(scope="session")
def with_liveness(models_dir: Path) -> Path:
    """The model cache, with the liveness network in it."""
    from ostiary.assets import fetch, find
    from ostiary.errors import ModelError
    from ostiary.vision.weights import WEIGHTS

    asset = WEIGHTS["liveness"].asset
    beside = SHARED / "models" / "liveness_minifasv2se_128_celebaspoof_raiven_fp32.onnx"
    if find(asset, models_dir) is None and beside.exists():
        shutil.copyfile(beside, models_dir / asset.name)
    try:
        fetch(asset, models_dir)
    except ModelError as error:
        pytest.skip(str(error))
    return models_dir


@pytest.fixture(scope="session")
def browser(portraits: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A real Chromium, whose webcam shows the resident's portrait; started once, where a test wants it.

    Playwright's event loop stays in the main thread until the end: tests must not call `asyncio.run` there.
    """
    from support.browser import launched

    with launched(portraits["obama2.jpg"], tmp_path_factory.mktemp("webcam")) as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visits]:
    """Opens an address in a window of its own. The test fails on errors in its console, and on requests to other machines."""
    from support.browser import Visits

    visits = Visits(browser)
    yield visits
    visits.close()
    assert visits.wrong == []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ostiary(tmp_path: Path, models_dir: Path) -> Terminal:
    """The command in an empty folder, which knows where the networks are."""
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "models").symlink_to(models_dir)
    return Terminal(tmp_path)


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    until = time.monotonic() + 2
    while leaked := [t for t in threading.enumerate() if t not in before and not t.daemon]:
        if time.monotonic() > until:
            pytest.fail(f"threads left running: {', '.join(t.name for t in leaked)}")
        time.sleep(0.02)
