"""CompreFace in the dashboard: applications and keys, and the demos, which anybody with a key may use."""

from __future__ import annotations

import itertools
import re

import pytest
import requests
from playwright.sync_api import Page, expect
from support.browser import is_fit_for_all, painted
from support.site import wait_for


def _key(page: Page, service: str) -> str:
    page.get_by_role("button", name=f"Key: {service}", exact=True).click()
    dialog = page.get_by_role("dialog")
    key = dialog.locator("code").inner_text()
    dialog.get_by_role("button", name="Close").click()
    return key


def _answers(address: str, key: str) -> int:
    url = f"{address}/api/v1/recognition/subjects"
    return requests.get(url, headers={"x-api-key": key}, timeout=30).status_code


@pytest.fixture
def own_port(house) -> str:
    """Where the house serves CompreFace's API on a port of its own."""
    return f"http://127.0.0.1:{house.site.env['COMPREFACE_PORT']}"


def test_services_are_made_tried_connected_and_deleted(own_port: str, house, visit, portraits) -> None:
    page = visit(f"{house.address}/#/compreface", allow=("409",))
    expect(page.get_by_text("the door's own people")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^recognition"))).to_contain_text("1 person, 1 picture")
    is_fit_for_all(page)

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
    expect(page.get_by_text("nobody was added yet")).to_be_visible()
    page.get_by_role("button", name="Add this face").click()
    page.get_by_label("Name", exact=True).fill("Джо & Co")
    page.get_by_role("dialog").get_by_role("button", name="Add").click()
    expect(page.get_by_role("list", name="Faces")).to_contain_text("1.00000 to Джо & Co")
    page.get_by_label("Age", exact=True).check()
    expect(page.get_by_role("list", name="Faces")).to_contain_text(re.compile(r"Age\s*(about )?\d"))
    wait_for("a box", lambda: painted(page.locator(".cf-picture canvas")))
    page.get_by_text("Request and answer").click()
    expect(page.get_by_label("The request")).to_contain_text("face_plugins=age")
    is_fit_for_all(page)
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
    expect(page.get_by_text("1 picture of Джо & Co added.")).to_be_visible()
    expect(page.get_by_role("img", name="Picture 2 of Джо & Co")).to_be_visible()
    is_fit_for_all(page)
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
    is_fit_for_all(page)


def test_the_demos_on_a_page_of_their_own_need_a_key_and_nothing_else(own_port: str, house, visit, portraits) -> None:
    services = {
        one["kind"]: one["id"] for one in requests.get(f"{house.address}/applications", timeout=30).json()["applications"][0]["services"]
    }
    keys = {kind: requests.get(f"{house.address}/services/{id_}/key", timeout=30).json()["key"] for kind, id_ in services.items()}
    page = visit(f"{own_port}/demo", allow=("404", "400"))
    key = page.get_by_label("Key of the service")
    is_fit_for_all(page)
    key.fill("nonsense")
    page.get_by_role("button", name="Use this key").click()
    assert "32 hexadecimal digits" in key.evaluate("input => input.validationMessage")

    def use(kind: str, shown: str) -> None:
        page.get_by_label("What the key is for").select_option(kind)
        key.fill(shown)
        page.get_by_role("button", name="Use this key").click()

    use("detection", keys["recognition"])
    page.locator("#demo-file").set_input_files(str(portraits["obama.jpg"]))
    expect(page.locator("#demo-result")).to_contain_text("This key opens no detection service")
    page.get_by_role("button", name="Another service").click()

    use("recognition", keys["recognition"])
    page.get_by_role("button", name="Webcam").click()
    expect(page.locator("#demo-live")).to_have_text(re.compile(r"^obama (1\.00|0\.\d\d)$"))
    wait_for("a box", lambda: painted(page.locator(".cf-live canvas")))
    frames: list[str] = []
    page.on("request", lambda request: frames.append("sent"))
    page.on("response", lambda response: frames.append("answered"))
    while frames.count("answered") < 3:
        page.wait_for_event("response")
    assert all(one != other for one, other in itertools.pairwise(frames))  # one after another
    page.get_by_label("Has a name from").fill("1.1")
    expect(page.locator("#demo-live")).to_contain_text("nobody known: obama")
    is_fit_for_all(page)
    page.get_by_label("Has a name from").fill("0.5")
    page.get_by_role("button", name="Another service").click()
    expect(key).to_be_visible()
    sent = frames.count("sent")
    page.wait_for_timeout(700)
    assert frames.count("sent") == sent  # nothing is sent any more

    use("verification", keys["verification"])
    page.locator("#demo-source_image").set_input_files(str(portraits["obama.jpg"]))
    page.locator("#demo-target_image").set_input_files(str(portraits["biden.jpg"]))
    expect(page.get_by_role("list", name="Faces")).to_contain_text("Somebody else")
    page.locator("#demo-target_image").set_input_files(str(portraits["obama2.jpg"]))
    expect(page.get_by_role("list", name="Faces")).to_contain_text("The same person")
    page.locator("#demo-target_image").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    expect(page.locator("#demo-result")).to_contain_text("cannot read that picture")
    assert requests.get(f"{own_port}/applications", timeout=30).status_code == 404
