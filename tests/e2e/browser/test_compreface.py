"""CompreFace in the dashboard: applications and keys, and the demos, which anybody with a key may use."""

from __future__ import annotations

import itertools
import re
import time

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from support.site import free_port

PHONE, DESKTOP = (390, 844), (1280, 900)


def _is_fit_for_all(page: Page) -> None:
    """On a phone and on a desktop: nothing beyond the edge, nothing that a screen reader stumbles over."""
    for width, height in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in {"serious", "critical"}] == []


def _key(page: Page, service: str) -> str:
    page.get_by_role("button", name=f"Key: {service}", exact=True).click()
    dialog = page.get_by_role("dialog")
    key = dialog.locator("code").inner_text()
    dialog.get_by_role("button", name="Close").click()
    return key


def _answers(address: str, key: str) -> int:
    url = f"{address}/api/v1/recognition/subjects"
    return requests.get(url, headers={"x-api-key": key}, timeout=10).status_code


def _painted(page: Page, canvas: str) -> bool:
    """Whether anything is drawn there."""
    data = f"document.querySelector('{canvas}').getContext('2d').getImageData(0, 0, 4000, 3000).data"
    return bool(page.evaluate(f"new Uint32Array({data}.buffer).some(Boolean)"))


@pytest.fixture
def own_port(site) -> str:
    """Has the house serve CompreFace's API on a port of its own too; its address."""
    site.env["COMPREFACE_PORT"] = str(free_port())
    return f"http://127.0.0.1:{site.env['COMPREFACE_PORT']}"


def test_services_are_made_tried_connected_and_deleted(own_port: str, house, visit, portraits) -> None:
    page = visit(f"{house.address}/#/compreface", allow=("409",))
    expect(page.get_by_text("the door's own people")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^recognition"))).to_contain_text("1 person, 1 picture")
    _is_fit_for_all(page)

    page.get_by_role("button", name="New application").click()
    page.get_by_role("textbox", name="Name").fill("Ostiary")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("Ostiary is taken")).to_be_visible()
    page.get_by_role("button", name="New application").click()
    page.get_by_role("textbox", name="Name").fill("Cameras <b>")
    page.get_by_role("button", name="Make it").click()
    page.get_by_role("button", name="New service: Cameras").click()
    page.get_by_role("textbox", name="Name").fill("front")
    page.get_by_role("button", name="Make it").click()
    key = page.get_by_role("dialog").locator("code").inner_text()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    assert _answers(house.address, key) == _answers(own_port, key) == 200
    assert key == _key(page, "front")

    _it_learns_a_face(page, portraits)
    _its_people_are_managed(page, portraits)
    _programs_are_pointed_here(page, own_port, key)

    page.get_by_role("link", name="Applications").click()
    expect(page.get_by_role("row", name=re.compile("^front"))).to_contain_text("1 person, 1 picture")
    page.get_by_role("button", name="Key: front").click()
    page.get_by_role("button", name="Change the key").click()
    page.get_by_role("dialog").get_by_role("button", name="Change", exact=True).click()
    changed = page.get_by_role("dialog").locator("code")
    expect(changed).not_to_have_text(key)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    assert _answers(house.address, key) == 404
    page.get_by_role("button", name="Delete: Cameras").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 service and 1 picture")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Cameras")).to_have_count(0)


def _it_learns_a_face(page: Page, portraits) -> None:
    """The key goes from the dashboard to the demo without being in an address."""
    page.get_by_role("button", name="Try it: front").click()
    expect(page.get_by_role("heading", name="Cameras <b>: front")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator("#demo-file").set_input_files(str(portraits["biden.jpg"]))
    expect(page.get_by_text("nobody was added yet")).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="Add this face").click()
    page.get_by_label("Name", exact=True).fill("Джо & Co")
    page.get_by_role("dialog").get_by_role("button", name="Add").click()
    expect(page.get_by_role("list", name="Faces")).to_contain_text("1.00000 to Джо & Co", timeout=15_000)
    page.get_by_label("Age", exact=True).check()
    expect(page.get_by_role("list", name="Faces")).to_contain_text(re.compile(r"Age\s*(about )?\d"), timeout=15_000)
    assert _painted(page, ".cf-picture canvas")
    page.get_by_text("Request and answer").click()
    expect(page.get_by_label("The request")).to_contain_text("face_plugins=age")
    _is_fit_for_all(page)
    assert len([url for url in asked if "/api/v1/" in url]) == 4
    uuid = re.compile("[0-9a-f]{8}-[0-9a-f]{4}")
    assert not any(uuid.search(url) for url in asked if not url.startswith("blob:"))
    assert not uuid.search(page.evaluate("JSON.stringify([location.href, {...localStorage}, {...sessionStorage}, document.cookie])"))


def _its_people_are_managed(page: Page, portraits) -> None:
    page.get_by_role("button", name="People").click()
    page.get_by_role("list", name="People").get_by_text("Джо & Co").click()
    expect(page.get_by_role("img", name="Picture 1 of Джо & Co")).to_be_visible()
    page.get_by_role("button", name="Add pictures: Джо & Co").click()
    page.get_by_label("Pictures", exact=True).set_input_files([str(portraits["obama2.jpg"])])
    page.get_by_role("dialog").get_by_role("button", name="Add").click()
    expect(page.get_by_text("1 picture of Джо & Co added.")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("img", name="Picture 2 of Джо & Co")).to_be_visible()
    _is_fit_for_all(page)
    page.get_by_role("button", name="Remove picture 2 of Джо & Co").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("img", name="Picture 2 of Джо & Co")).to_have_count(0)
    page.get_by_role("button", name="Rename: Джо & Co").click()
    page.get_by_role("textbox", name="New name").fill("Joe")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(page.get_by_role("list", name="People")).to_have_text("Joe")


def _programs_are_pointed_here(page: Page, address: str, key: str) -> None:
    page.get_by_role("link", name="Connect").click()
    page.get_by_label("Service", exact=True).select_option(label="Cameras <b>: front (recognition)")
    double_take = page.get_by_label("Double Take", exact=True)
    expect(double_take).to_contain_text(f"url: {address}")
    expect(double_take).not_to_contain_text(key)
    page.get_by_role("button", name="Put its key in").click()
    expect(double_take).to_contain_text(f"key: {key}")
    expect(page.get_by_label("Python", exact=True)).to_contain_text("init_face_recognition")
    _is_fit_for_all(page)


def test_the_demos_on_a_page_of_their_own_need_a_key_and_nothing_else(own_port: str, house, visit, portraits) -> None:
    services = {
        one["kind"]: one["id"] for one in requests.get(f"{house.address}/applications", timeout=10).json()["applications"][0]["services"]
    }
    keys = {kind: requests.get(f"{house.address}/services/{id_}/key", timeout=10).json()["key"] for kind, id_ in services.items()}
    page = visit(f"{own_port}/demo", allow=("404", "400"))
    key = page.get_by_label("Key of the service")
    _is_fit_for_all(page)
    key.fill("nonsense")
    page.get_by_role("button", name="Use this key").click()
    assert "32 hexadecimal digits" in key.evaluate("input => input.validationMessage")

    def use(kind: str, shown: str) -> None:
        page.get_by_label("What the key is for").select_option(kind)
        key.fill(shown)
        page.get_by_role("button", name="Use this key").click()

    use("detection", keys["recognition"])
    page.locator("#demo-file").set_input_files(str(portraits["obama.jpg"]))
    expect(page.locator("#demo-result")).to_contain_text("This key opens no detection service", timeout=15_000)
    page.get_by_role("button", name="Another service").click()

    use("recognition", keys["recognition"])
    page.get_by_role("button", name="Webcam").click()
    expect(page.locator("#demo-live")).to_have_text(re.compile(r"^obama (1\.00|0\.\d\d)$"), timeout=15_000)
    assert _painted(page, ".cf-live canvas")
    frames = []
    page.on("request", lambda request: frames.append("sent"))
    page.on("requestfinished", lambda request: frames.append("answered"))
    until = time.monotonic() + 30
    while frames.count("answered") < 3:
        assert time.monotonic() < until, frames
        page.wait_for_timeout(100)
    assert all(one != other for one, other in itertools.pairwise(frames))  # one after another
    page.get_by_label("Has a name from").fill("1.1")
    expect(page.locator("#demo-live")).to_contain_text("nobody known: obama")
    _is_fit_for_all(page)
    page.get_by_label("Has a name from").fill("0.5")
    page.get_by_role("button", name="Another service").click()
    page.wait_for_timeout(300)
    frames.clear()
    page.wait_for_timeout(700)
    assert frames == []  # nothing is sent any more

    use("verification", keys["verification"])
    page.locator("#demo-source_image").set_input_files(str(portraits["obama.jpg"]))
    page.locator("#demo-target_image").set_input_files(str(portraits["biden.jpg"]))
    expect(page.get_by_role("list", name="Faces")).to_contain_text("Somebody else", timeout=15_000)
    page.locator("#demo-target_image").set_input_files(str(portraits["obama2.jpg"]))
    expect(page.get_by_role("list", name="Faces")).to_contain_text("The same person", timeout=15_000)
    page.locator("#demo-target_image").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    expect(page.locator("#demo-result")).to_contain_text("cannot read that picture")
    assert requests.get(f"{own_port}/applications", timeout=10).status_code == 404


def test_a_viewer_sees_services_without_their_keys(house, visit) -> None:
    made = requests.post(f"{house.address}/keys", json={"name": "reader", "scopes": ["read"]}, timeout=10).json()
    page = visit(house.address, allow=("401",))
    page.get_by_role("button", name="Log in with an API key").click()
    page.get_by_label("API key").fill(made["secret"])
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="CompreFace").click()
    expect(page.get_by_role("row", name=re.compile("^detection"))).to_be_visible()
    expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
    page.get_by_role("link", name="Connect").click()
    expect(page.get_by_label("curl", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Put its key in")).to_have_count(0)
