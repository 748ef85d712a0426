"""The owner comes in by the link, locks the house by that, and lets others in: keys, users, and what a viewer sees."""

from __future__ import annotations

import re

import requests
from playwright.sync_api import Page, expect

PASSWORD = "three words and more"


def enter(page: Page, name: str | None = None) -> None:
    if name:
        page.get_by_label("Your name").fill(name)
    page.get_by_label("A password", exact=True).fill(PASSWORD)
    page.get_by_label("The password again").fill(PASSWORD)
    page.get_by_role("button", name="Come in").click()


def shows_live(page: Page) -> None:
    expect(page.get_by_role("heading", name="Live", exact=True)).to_be_visible()


def status_of_faces(address: str, key: str | None = None) -> int:
    return requests.get(f"{address}/faces", headers={"x-api-key": key} if key else {}, timeout=30).status_code


def test_the_owner_comes_in_and_lets_others_in(house, visit) -> None:
    page = visit(house.address, allow=("401", "403", "404", "410"))
    _the_house_is_locked_by_the_first_link(page, house, visit)
    _a_key_is_made_and_revoked(page, house)
    link = _somebody_is_invited(page)
    _what_changed_is_on_record(page)
    _a_viewer_changes_nothing(visit(link), house)


def _the_house_is_locked_by_the_first_link(page: Page, house, visit) -> None:
    assert status_of_faces(house.address) == 200  # open to this machine so far
    page.goto(house.owners_link)
    enter(page, "Olga")
    shows_live(page)
    expect(page.get_by_text("Olga").first).to_be_visible()
    assert status_of_faces(house.address) == 401

    other = visit(house.address)
    other.get_by_label("Name").fill("Olga")
    other.get_by_label("Password").fill("not that one")
    other.get_by_role("button", name="Log in", exact=True).click()
    expect(other.get_by_role("main").get_by_role("status")).to_contain_text("wrong")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Log in", exact=True).click()
    shows_live(other)

    again = visit(house.owners_link)
    enter(again, "Mallory")
    expect(again.get_by_role("main").get_by_role("status")).to_contain_text("link")


def _a_key_is_made_and_revoked(page: Page, house) -> None:
    page.goto(f"{house.address}/#/access")
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name").fill("gate")
    page.get_by_role("button", name="Make it").click()
    secret = page.get_by_role("dialog").locator("code").inner_text()
    page.get_by_role("button", name="I have kept it").click()
    assert status_of_faces(house.address, secret) == 200
    page.get_by_role("button", name="Revoke gate").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("revoked just now")).to_be_visible()
    assert status_of_faces(house.address, secret) == 401


def _somebody_is_invited(page: Page) -> str:
    page.get_by_role("link", name="Users").click()
    page.get_by_role("button", name="Invite somebody").click()
    page.get_by_label("Name").fill("Vera")
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_role("dialog").locator("code").inner_text()
    page.get_by_role("button", name="I have kept it").click()
    expect(page.get_by_text("invited", exact=True)).to_be_visible()
    return link


def _what_changed_is_on_record(page: Page) -> None:
    page.get_by_role("link", name="Record of changes").click()
    expect(page.get_by_text("key.revoke")).to_be_visible()
    page.get_by_label("Find in the record").fill("user.add")
    expect(page.get_by_text("key.revoke")).to_have_count(0)
    expect(page.get_by_text("user.add")).to_be_visible()


def _a_viewer_changes_nothing(viewer: Page, house) -> None:
    enter(viewer)
    shows_live(viewer)
    navigation = viewer.get_by_role("navigation", name="Main")
    expect(navigation.get_by_role("link", name="Cameras")).to_be_visible()
    for hidden in ("Settings", "Access"):
        expect(navigation.get_by_role("link", name=hidden)).to_have_count(0)
    viewer.goto(f"{house.address}/#/cameras")
    expect(viewer.locator("#cameras").get_by_text("live", exact=True)).to_be_visible()
    for button in ("Test", "Remove", "Add", "Start anew"):
        expect(viewer.get_by_role("main").get_by_role("button", name=button)).to_have_count(0)

    navigation.get_by_role("link", name="CompreFace").click()
    expect(viewer.get_by_role("row", name=re.compile("^detection"))).to_be_visible()
    expect(viewer.get_by_role("main").get_by_role("button")).to_have_count(0)
    viewer.get_by_role("link", name="Connect").click()
    expect(viewer.get_by_label("curl", exact=True)).to_be_visible()
    expect(viewer.get_by_role("button", name="Put its key in")).to_have_count(0)
