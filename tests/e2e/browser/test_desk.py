"""The owner at the desk: settings, proof, cameras and the machine, in a real browser."""

from __future__ import annotations

from pathlib import Path

import requests
from playwright.sync_api import expect


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
    expect(page.get_by_role("heading", name="Calibration")).to_be_visible(timeout=180_000)  # it gives way to all else
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
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=120_000)
    told = requests.get(f"{house.address}/settings", timeout=30).json()["settings"]
    assert next(one["value"] for one in told if one["name"] == "CONFIRM_FRAMES") == "4"
