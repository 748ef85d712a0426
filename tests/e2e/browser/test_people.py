"""Enrolling, as the owner meets it: photos, the webcam, a ZIP; renaming, dates, forgetting."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import requests
from playwright.sync_api import expect
from support.browser import is_fit_for_all


def _enrolled(address: str) -> dict[str, int]:
    people = requests.get(f"{address}/people", timeout=30).json()["people"]
    return {person["name"]: person["faces"] for person in people}


def test_somebody_is_added_by_a_photo_changed_and_forgotten(house, visit, portraits: dict[str, Path]) -> None:
    page = visit(f"{house.address}/#/people")
    page.get_by_role("link", name="Add people").click()
    page.get_by_label("Name", exact=True).fill("Катя")
    page.locator("#photos-input").set_input_files(str(portraits["biden.jpg"]))
    expect(page.get_by_role("list", name="Photos just added")).to_contain_text("added as the first photo")
    assert _enrolled(house.address)["Катя"] == 1
    is_fit_for_all(page)

    page.get_by_role("link", name="Everybody").click()
    page.get_by_role("link", name=re.compile("Катя")).click()
    expect(page.get_by_role("img", name="Photo 1 of Катя")).to_be_visible()
    expect(page.locator("#missing")).to_contain_text("2 more photos")
    expect(page.locator("#photos")).to_contain_text("good")
    is_fit_for_all(page)
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


def test_a_photo_is_taken_by_the_webcam_and_removed(house, visit) -> None:
    page = visit(f"{house.address}/#/people?name=obama")
    page.get_by_role("button", name="Use the webcam").click()
    take = page.get_by_role("button", name="Take this photo")
    expect(take).to_be_enabled()
    expect(page.locator(".booth-advice")).not_to_be_empty()
    take.click()
    expect(page.get_by_role("list", name="Photos just added")).to_contain_text("added as photo 2")
    expect(page.get_by_role("heading", name="2 photos")).to_be_visible()
    page.get_by_role("button", name="Remove photo 2").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", name="1 photo", exact=True)).to_be_visible()


def test_many_are_added_by_a_zip(house, visit, portraits: dict[str, Path], tmp_path: Path) -> None:
    file = tmp_path / "people.zip"
    with zipfile.ZipFile(file, "w") as packed:
        packed.write(portraits["biden.jpg"], "joe/1.jpg")
        packed.writestr("nobody.jpg", b"no picture")
    page = visit(f"{house.address}/#/people?add=1")
    page.get_by_role("button", name="ZIP of many people").click()
    page.get_by_label("ZIP file").set_input_files(str(file))
    page.get_by_role("button", name="Add everybody in it").click()
    expect(page.locator("#zip-form")).to_contain_text("1 picture was added, 1 could not be used")
    expect(page.get_by_role("cell", name="nobody.jpg")).to_be_visible()
    assert _enrolled(house.address)["joe"] == 1
    assert requests.post(f"{house.address}/unregister", data={"name": "joe"}, timeout=30).ok
