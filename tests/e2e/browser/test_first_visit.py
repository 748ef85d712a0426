"""What whoever opens the dashboard for the first time meets, and the live picture."""

from __future__ import annotations

import time

import requests
from playwright.sync_api import expect

WATCH_FOR_A_PASS = """() => {
    window.seen = [];
    const opened = Date.now();
    new MutationObserver(() => {
        for (const row of document.querySelectorAll("#events li:has(.badge.pass)")) {
            const captured = Date.parse(row.querySelector("time").dateTime);
            if (captured > opened) window.seen.push([captured, Date.now(), row.querySelector(".who").textContent]);
        }
    }).observe(document.getElementById("events"), { childList: true });
}"""

NAME, PASSWORD = "Olga", "three words and more"


def test_the_owner_comes_in_by_the_link_and_the_house_is_locked_from_then_on(house, visit) -> None:
    assert requests.get(f"{house.address}/faces", timeout=10).status_code == 200  # open to this machine so far
    page = visit(house.owners_link)
    page.get_by_label("Your name").fill(NAME)
    page.get_by_label("A password", exact=True).fill(PASSWORD)
    page.get_by_label("The password again").fill(PASSWORD)
    page.get_by_role("button", name="Come in").click()
    expect(page.get_by_role("heading", name="Live", exact=True)).to_be_visible()
    expect(page.get_by_text(NAME).first).to_be_visible()

    assert requests.get(f"{house.address}/faces", timeout=10).status_code == 401
    other = visit(house.address, allow=("401",))
    other.get_by_label("Name").fill(NAME)
    other.get_by_label("Password").fill("not that one")
    other.get_by_role("button", name="Log in", exact=True).click()
    expect(other.get_by_role("main").get_by_role("status")).to_contain_text("wrong")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Log in", exact=True).click()
    expect(other.get_by_role("heading", name="Live", exact=True)).to_be_visible()

    again = visit(house.owners_link, allow=("401", "403", "404", "410"))
    again.get_by_label("Your name").fill("Mallory")
    again.get_by_label("A password", exact=True).fill(PASSWORD)
    again.get_by_label("The password again").fill(PASSWORD)
    again.get_by_role("button", name="Come in").click()
    expect(again.get_by_role("main").get_by_role("status")).to_contain_text("link")


def test_a_pass_is_seen_within_two_seconds_of_its_frame(house, visit) -> None:
    page = visit(house.address)
    expect(page.get_by_role("img", name="Live picture of camera demo")).to_be_visible()
    page.evaluate(WATCH_FOR_A_PASS)
    until = time.monotonic() + 60
    while not (seen := page.evaluate("window.seen")):
        assert time.monotonic() < until, page.inner_text("main")
        page.wait_for_timeout(200)
    captured, shown, who = seen[0]
    assert 0 <= shown - captured <= 2000  # what the house promises whoever watches
    assert who == "obama"
