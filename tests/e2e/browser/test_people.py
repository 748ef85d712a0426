"""People, visitors and events, as the owner meets them: photos, the webcam, a ZIP, names, corrections."""

from __future__ import annotations

import re
import time
import zipfile
from pathlib import Path

import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect


def _enrolled(address: str) -> dict[str, int]:
    people = requests.get(f"{address}/people", timeout=10).json()["people"]
    return {person["name"]: person["faces"] for person in people}


def _is_fit_for_all(page: Page) -> None:
    """On a phone and on a desktop: nothing beyond the edge, nothing that a screen reader stumbles over."""
    for width, height in ((390, 844), (1280, 900)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in {"serious", "critical"}] == []


def _menu(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name=name, exact=True).click()


def test_people_are_added_seen_closely_changed_and_forgotten(house, visit, portraits, tmp_path: Path) -> None:
    _by_a_photo(house, visit, portraits)
    _by_the_webcam(house, visit)
    _by_a_zip(house, visit, portraits, tmp_path)


def test_visitors_are_named_and_events_corrected(house, visit) -> None:
    _an_event_is_read(house, visit)
    _a_visitor_is_named(house, visit)


def _by_a_photo(house, visit, portraits) -> None:
    page = visit(f"{house.address}/#/people")
    page.get_by_role("link", name="Add people").click()
    page.get_by_label("Name", exact=True).fill("Катя")
    page.locator("#photos-input").set_input_files(str(portraits["biden.jpg"]))
    expect(page.get_by_role("list", name="Photos just added")).to_contain_text("added as the first photo")
    assert _enrolled(house.address)["Катя"] == 1
    _is_fit_for_all(page)

    page.get_by_role("link", name="Everybody").click()
    page.get_by_role("link", name=re.compile("Катя")).click()
    expect(page.get_by_role("img", name="Photo 1 of Катя")).to_be_visible()
    expect(page.locator("#missing")).to_contain_text("2 more photos")
    expect(page.locator("#photos")).to_contain_text("good")
    _is_fit_for_all(page)
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("New name").fill("Joe")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", name="Joe")).to_be_visible()
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("May pass until").fill("2020-01-01")
    page.get_by_label("Consent").fill("signed form")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("expired")).to_be_visible()
    expect(page.get_by_text("signed form")).to_be_visible()
    page.get_by_role("button", name="Forget").click()
    page.get_by_role("dialog").get_by_role("button", name="Forget").click()
    expect(page.get_by_role("link", name="Add people")).to_be_visible()
    assert "Joe" not in _enrolled(house.address)


def _by_the_webcam(house, visit) -> None:
    page = visit(f"{house.address}/#/people?name=obama")
    page.get_by_role("button", name="Use the webcam").click()
    take = page.get_by_role("button", name="Take this photo")
    expect(take).to_be_enabled(timeout=30_000)
    expect(page.locator(".booth-advice")).not_to_be_empty()
    take.click()
    expect(page.get_by_role("list", name="Photos just added")).to_contain_text("added as photo 2", timeout=15_000)
    expect(page.get_by_role("heading", name="2 photos")).to_be_visible()
    page.get_by_role("button", name="Remove photo 2").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", name="1 photo", exact=True)).to_be_visible()


def _by_a_zip(house, visit, portraits, tmp_path: Path) -> None:
    file = tmp_path / "people.zip"
    with zipfile.ZipFile(file, "w") as packed:
        packed.write(portraits["biden.jpg"], "joe/1.jpg")
        packed.writestr("nobody.jpg", b"no picture")
    page = visit(f"{house.address}/#/people?add=1")
    page.get_by_role("button", name="ZIP of many people").click()
    page.get_by_label("ZIP file").set_input_files(str(file))
    page.get_by_role("button", name="Add everybody in it").click()
    expect(page.locator("#zip-form")).to_contain_text("1 picture was added, 1 could not be used", timeout=15_000)
    expect(page.get_by_role("cell", name="nobody.jpg")).to_be_visible()
    assert _enrolled(house.address)["joe"] == 1


def _a_visitor_is_named(house, visit) -> None:
    page = visit(f"{house.address}/#/visitors")
    name = page.get_by_role("button", name="Name", exact=True)
    expect(name).to_be_visible(timeout=60_000)  # somebody unknown walks by in the demo
    name.first.click()
    page.get_by_label("Name", exact=True).fill("Joe")
    page.get_by_role("button", name="That is them").click()
    expect(page.locator("#changes")).to_contain_text("is Joe")
    _is_fit_for_all(page)
    assert "Joe" in _enrolled(house.address)
    page.get_by_role("button", name=re.compile("^Undo: visitor")).click()
    expect(page.locator("#changes")).to_contain_text("undone")
    assert "Joe" not in _enrolled(house.address)


def _an_event_is_read(house, visit) -> None:
    page = visit(f"{house.address}/#/events")
    expect(page.get_by_label("What", exact=True)).to_be_visible()
    with page.expect_response(re.compile(r"/events\?kind=pass&")):
        page.get_by_label("What", exact=True).select_option("pass")
    card = page.locator(".event").filter(has=page.locator(".badge.pass")).first
    expect(card).to_be_visible(timeout=60_000)  # the list follows by itself
    card.locator("summary").click()
    expect(card.locator(".grounds")).to_contain_text(re.compile(r"0\.\d\d to obama; up to 0\.\d\d counts as the same person"))
    expect(card).to_contain_text("clear frames agreed")
    _is_fit_for_all(page)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="CSV").click()
    assert "obama" in Path(downloading.value.path()).read_text("utf-8")
    card.get_by_role("button", name="Not them").click()
    page.get_by_role("dialog").get_by_role("button", name="Not them").click()
    expect(page.get_by_text("That was not obama.")).to_be_visible()
    _menu(page, "Visitors")
    expect(page.locator("#changes")).to_contain_text("that was not obama")
    until = time.monotonic() + 10
    while not any(change["kind"] == "correct" for change in requests.get(f"{house.address}/corrections", timeout=10).json()):
        assert time.monotonic() < until
        time.sleep(0.1)
