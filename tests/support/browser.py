"""A real Chromium, driven by Playwright. Whatever it visits must log no error and ask no other machine for anything."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect, sync_playwright

from support.site import wait_for

DESKTOP, PHONE = (1280, 900), (390, 844)
PATIENCE_MS = 30_000  # a wait that is met costs nothing; one that is too short fails on a busy machine


@contextmanager
def launched(portrait: Path, folder: Path) -> Iterator[Browser]:
    """A browser whose webcam shows `portrait`."""
    program = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium is installed")
    webcam = _film(portrait, folder / "face.mjpeg")
    flags = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*flags, f"--use-file-for-fake-video-capture={webcam}"])
        page = browser.new_page()
        page.screenshot(path=folder / "blank.png")  # begins the thread that writes files, which stays for the session
        page.close()
        yield browser
        browser.close()


def _film(portrait: Path, path: Path) -> Path:
    """The portrait filling a picture of 640 x 480, again and again."""
    picture = cv2.imread(str(portrait))
    scale = 480 / picture.shape[0]
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    scene = np.full((480, 640, 3), 190, np.uint8)
    left = max(0, (640 - small.shape[1]) // 2)
    scene[:, left : left + small.shape[1]] = small[:, :640]
    path.write_bytes(cv2.imencode(".jpg", scene, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes() * 30)
    return path


class Visits:
    """Opens addresses, each in a window that was never anywhere before, and remembers what went wrong in any of them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._wrong: list[str] = []
        self._forgiven: list[str] = []

    def __call__(self, address: str, size: tuple[int, int] = DESKTOP, scheme: str = "light", allow: tuple[str, ...] = ()) -> Page:
        """`allow`: parts of console errors that a test brings about on purpose."""
        context = self._browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, accept_downloads=True)
        self._contexts.append(context)
        self._forgiven.extend(allow)
        page = context.new_page()
        home = urlsplit(address).hostname or "127.0.0.1"

        def on_console(message: ConsoleMessage) -> None:
            if message.type == "error":
                self._wrong.append(message.text)

        def on_request(request: Request) -> None:
            if urlsplit(request.url).scheme not in {"data", "blob"} and urlsplit(request.url).hostname != home:
                self._wrong.append(f"asked elsewhere: {request.url}")

        page.on("console", on_console)
        page.on("request", on_request)
        page.on("pageerror", lambda error: self._wrong.append(str(error)))
        page.goto(address)
        return page

    @property
    def wrong(self) -> list[str]:
        return [text for text in self._wrong if not any(part in text for part in self._forgiven)]

    def close(self) -> None:
        for context in self._contexts:
            context.close()


def faults_of(page: Page) -> list[tuple[str, str]]:
    """What a screen reader or a keyboard would stumble over, as (rule, where)."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] }).then((all) => all.violations)")
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in {"serious", "critical"}]


def is_fit_for_all(page: Page) -> None:
    """On a phone and on a desktop: nothing beyond the edge, nothing that a screen reader stumbles over."""
    for width, height in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": height})
        wait_for("the new size", functools.partial(page.evaluate, f"innerWidth === {width}"))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert faults_of(page) == []


def painted(canvas: Locator) -> bool:
    """Whether anything is drawn there."""
    data = "canvas.getContext('2d').getImageData(0, 0, canvas.width || 1, canvas.height || 1).data"
    return bool(canvas.evaluate(f"canvas => new Uint32Array({data}.buffer).some(Boolean)"))
