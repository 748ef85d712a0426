"""A real Chromium before a running house. Whatever it visits must log no error and ask no other machine for anything."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright
from support.site import Site, wait_for

DESKTOP, PHONE = (1280, 900), (390, 844)

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def webcam(portraits: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the browser's webcam shows: the resident's portrait, filling a picture of 640 x 480."""
    portrait = cv2.imread(str(portraits["obama2.jpg"]))
    scale = 480 / portrait.shape[0]
    small = cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    scene = np.full((480, 640, 3), 190, np.uint8)
    left = max(0, (640 - small.shape[1]) // 2)
    scene[:, left : left + small.shape[1]] = small[:, :640]
    path = tmp_path_factory.mktemp("webcam") / "face.mjpeg"
    picture = cv2.imencode(".jpg", scene, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
    path.write_bytes(picture * 30)
    return path


@pytest.fixture(scope="session")
def browser(webcam: Path) -> Iterator[Browser]:
    program = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
        browser = playwright.chromium.launch(executable_path=program, args=[*flags, f"--use-file-for-fake-video-capture={webcam}"])
        page = browser.new_page()
        page.screenshot(path=webcam.with_name("blank.png"))  # begins the thread that writes files, which stays for the session
        page.close()
        yield browser


@dataclass
class House:
    """`ostiary up` with the demo, and the link by which its owner comes in."""

    site: Site
    process: subprocess.Popen[str]

    @property
    def address(self) -> str:
        return self.site.api

    @property
    def owners_link(self) -> str:
        found = re.search(r"http://\S+/#/welcome\?token=\S+", self.site.log(self.process))
        assert found, "no link in the log"
        return found[0]


@pytest.fixture
def house(site: Site) -> House:
    process = site.start("ostiary", "up", VIDEO_SOURCE="demo")
    wait_for("the house", lambda: "ready: open" in site.log(process))
    return House(site, process)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """Opens an address in a window of its own; `allow` are console errors that a test brings about on purpose."""
    contexts, wrong, forgiven = [], [], []

    def open_page(address: str, size: tuple[int, int] = DESKTOP, scheme: str = "light", allow: tuple[str, ...] = ()) -> Page:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, accept_downloads=True)
        contexts.append(context)
        forgiven.extend(allow)
        page = context.new_page()
        home = urlsplit(address).hostname or "127.0.0.1"

        def on_console(message: ConsoleMessage) -> None:
            if message.type == "error":
                wrong.append(message.text)

        def on_request(request: Request) -> None:
            if urlsplit(request.url).scheme not in {"data", "blob"} and urlsplit(request.url).hostname != home:
                wrong.append(f"asked elsewhere: {request.url}")

        page.on("console", on_console)
        page.on("request", on_request)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [text for text in wrong if not any(part in text for part in forgiven)] == []
