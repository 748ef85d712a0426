"""The owner at the desk: cameras, settings, proof, keys and users, in a real browser."""

from __future__ import annotations

from pathlib import Path

import requests
from playwright.sync_api import Page, expect

PASSWORD = "three words and more"


def enter(page: Page, link: str, name: str | None = None) -> None:
    page.goto("about:blank")
    page.goto(link)
    if name:
        page.get_by_label("Your name").fill(name)
    page.get_by_label("A password", exact=True).fill(PASSWORD)
    page.get_by_label("The password again").fill(PASSWORD)
    page.get_by_role("button", name="Come in").click()
    expect(page.get_by_role("heading", name="Live", exact=True)).to_be_visible()


def test_settings_cameras_and_proof(house, visit, portraits: dict[str, Path]) -> None:
    shots = house.site.folder / "shots"
    shots.mkdir()
    (shots / "a.jpg").write_bytes(portraits["obama3.jpg"].read_bytes())
    page = visit(f"{house.address}/#/settings", allow=("400", "ERR_CONNECTION_REFUSED"))

    frames = page.get_by_label("CONFIRM_FRAMES", exact=True)
    frames.fill("30")
    frames.press("Tab")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("nobody could pass")).to_be_visible()
    frames.fill("4")
    frames.press("Tab")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Waiting for the next start: CONFIRM_FRAMES.")).to_be_visible()
    assert (house.site.folder / "ostiary.toml").read_text("utf-8") == "CONFIRM_FRAMES = 4\n"
    expect(page.get_by_label("VIDEO_SOURCE", exact=True)).to_be_disabled()  # the environment names the demo

    page.goto(f"{house.address}/#/proof")
    page.get_by_role("button", name="Calibrate now").click()
    expect(page.get_by_role("heading", name="Calibration")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("1 people, 1 photos")).to_be_visible()

    page.goto(f"{house.address}/#/cameras")
    expect(page.locator("#cameras").get_by_text("live", exact=True)).to_be_visible()
    expect(page.get_by_text("they can be changed only there")).to_be_visible()

    page.goto(f"{house.address}/#/system")
    expect(page.get_by_role("heading", name="Memory in use")).to_be_visible()
    page.get_by_role("button", name="Check the files").click()
    expect(page.get_by_role("cell", name="sface", exact=True)).to_be_visible()
    page.get_by_role("button", name="Start anew").click()
    page.get_by_role("dialog").get_by_role("button", name="Start anew").click()
    expect(page.get_by_text("Starting anew…")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=90_000)
    told = requests.get(f"{house.address}/settings", timeout=10).json()["settings"]
    assert next(one["value"] for one in told if one["name"] == "CONFIRM_FRAMES") == "4"


def test_keys_users_and_what_a_viewer_sees(house, visit) -> None:
    page = visit(house.owners_link, allow=("401",))
    enter(page, house.owners_link, "Olga")
    page.goto(f"{house.address}/#/access")
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name").fill("gate")
    page.get_by_role("button", name="Make it").click()
    secret = page.get_by_role("dialog").locator("code").inner_text()
    page.get_by_role("button", name="I have kept it").click()
    assert requests.get(f"{house.address}/faces", headers={"x-api-key": secret}, timeout=10).status_code == 200
    page.get_by_role("button", name="Revoke gate").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("revoked just now")).to_be_visible()
    assert requests.get(f"{house.address}/faces", headers={"x-api-key": secret}, timeout=10).status_code == 401

    page.get_by_role("link", name="Users").click()
    page.get_by_role("button", name="Invite somebody").click()
    page.get_by_label("Name").fill("Vera")
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_role("dialog").locator("code").inner_text()
    page.get_by_role("button", name="I have kept it").click()
    expect(page.get_by_text("invited", exact=True)).to_be_visible()

    page.get_by_role("link", name="Record of changes").click()
    expect(page.get_by_text("key.revoke")).to_be_visible()
    page.get_by_label("Find in the record").fill("user.add")
    expect(page.get_by_text("key.revoke")).to_have_count(0)
    expect(page.get_by_text("user.add")).to_be_visible()

    viewer = visit(link)
    enter(viewer, link)
    navigation = viewer.get_by_role("navigation", name="Main")
    expect(navigation.get_by_role("link", name="Cameras")).to_be_visible()
    for hidden in ("Settings", "Access"):
        expect(navigation.get_by_role("link", name=hidden)).to_have_count(0)
    viewer.goto(f"{house.address}/#/cameras")
    expect(viewer.locator("#cameras").get_by_text("live", exact=True)).to_be_visible()
    for button in ("Test", "Remove", "Add", "Start anew"):
        expect(viewer.get_by_role("main").get_by_role("button", name=button)).to_have_count(0)
