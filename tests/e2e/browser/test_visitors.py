"""Who came by, as the owner meets it: events and their grounds, visitors nobody knows, what is said of both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect
from support.browser import is_fit_for_all
from support.site import House, moved_in, opened

from ostiary.engine import FaceEngine
from ostiary.settings import load


@pytest.fixture(scope="module")
def shared_house(
    tmp_path_factory: pytest.TempPathFactory, models_dir: Path, portraits: dict[str, Path], both_video: Path
) -> Iterator[House]:
    """Before which the stranger stands, then the resident: sooner than in the demo."""
    with opened(tmp_path_factory.mktemp("house"), models_dir, portraits) as site:
        site.env |= {"DATA_DIR": str(site.folder / "data"), "FACES_DIR": str(site.folder / "faces")}
        FaceEngine.from_settings(load(site.env, site.folder)).register("obama", portraits["obama.jpg"])
        yield moved_in(site, VIDEO_SOURCE=str(both_video), HISTORY_FLUSH="0.5")


def _names(address: str) -> set[str]:
    return set(requests.get(f"{address}/faces", timeout=30).json())


def test_an_event_is_read_and_corrected(house, visit) -> None:
    page = visit(f"{house.address}/#/events")
    expect(page.get_by_label("What", exact=True)).to_be_visible()
    with page.expect_response(re.compile(r"/events\?kind=pass&")):
        page.get_by_label("What", exact=True).select_option("pass")
    card = page.locator(".event").filter(has=page.locator(".badge.pass")).first
    expect(card).to_be_visible(timeout=60_000)  # the list follows by itself
    card.locator("summary").click()
    expect(card.locator(".grounds")).to_contain_text(re.compile(r"0\.\d\d to obama; up to 0\.\d\d counts as the same person"))
    expect(card).to_contain_text("clear frames agreed")
    is_fit_for_all(page)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="CSV").click()
    assert "obama" in Path(downloading.value.path()).read_text("utf-8")
    card.get_by_role("button", name="Not them").click()
    page.get_by_role("dialog").get_by_role("button", name="Not them").click()
    expect(page.get_by_text("That was not obama.")).to_be_visible()
    expect(page.locator(".event").filter(has_text="It was not obama.").locator(".badge.wait")).to_have_text("corrected")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Visitors", exact=True).click()
    expect(page.locator("#changes")).to_contain_text("that was not obama")
    said = requests.get(f"{house.address}/corrections", timeout=30).json()
    assert "correct" in {change["kind"] for change in said}


def test_a_visitor_is_named_and_that_is_undone(house, visit) -> None:
    page = visit(f"{house.address}/#/visitors")
    name = page.get_by_role("button", name="Name", exact=True)
    expect(name.first).to_be_visible(timeout=60_000)  # as soon as they have left
    name.first.click()
    page.get_by_label("Name", exact=True).fill("Joe")
    page.get_by_role("button", name="That is them").click()
    expect(page.locator("#changes")).to_contain_text("is Joe")
    is_fit_for_all(page)
    assert _names(house.address) == {"obama", "Joe"}
    page.get_by_role("button", name=re.compile("^Undo: visitor")).click()
    expect(page.locator("#changes")).to_contain_text("undone")
    assert _names(house.address) == {"obama"}
