"""The dashboard's shell in a real browser: log-in, invitation, roles, ways round, colours."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.browser import PHONE, painted
from support.site import wait_for

from ostiary.access.store import AccessStore
from ostiary.scopes import Role, Scope

PASSWORD = "three words and more"
REFUSED = ("status of 401",)  # the browser tells of it by itself


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.locator(f"main [name={name}]").fill(value)
    page.locator("main [type=submit]").click()


def links(page: Page) -> set[str]:
    return set(page.locator("#links a").all_inner_texts())


@pytest.fixture
def owned(store: AccessStore) -> AccessStore:
    """A house with an owner, Olga."""
    store.users.claim(store.users.invite_owner().token, "Olga", PASSWORD)
    return store


def test_without_a_credential_the_page_opens_directly(site, engine, store, visit):
    page = visit(f"{site(engine, store=store)}/")
    expect(page.locator("#title")).to_have_text("Live")
    expect(page.locator("#who")).to_have_text("open to this machine")
    assert {"Live", "People", "Test"} <= links(page)
    expect(page.locator("[data-hint=open]")).to_be_attached()  # shown once somebody is enrolled
    expect(page.locator("[data-hint=nobody]")).to_be_visible()


def test_the_first_link_makes_an_owner_who_is_in_at_once(site, engine, store, visit):
    token = store.users.invite_owner().token
    page = visit(f"{site(engine, store=store)}/#/welcome?token={token}")
    fill(page, name="Olga", password=PASSWORD, again="something else")
    expect(page.locator("main .problem")).to_have_text("The two passwords differ.")
    fill(page, again=PASSWORD)
    expect(page.locator("#title")).to_have_text("Live")
    expect(page.locator("#who")).to_have_text("olga, owner")


def test_name_and_password_lead_to_the_view_that_was_asked_for_and_log_out_leads_away(site, engine, owned, visit):
    page = visit(f"{site(engine, store=owned)}/", allow=REFUSED)
    expect(page.locator("#title")).to_have_text("Log in")
    page.locator("main [name=name]").fill("Olga")
    page.evaluate("location.hash = '#/test'")
    wait_for("the log-in", lambda: page.evaluate("location.hash") == "#/login")
    fill(page, password="wrong wrong wrong")  # the name is still there
    expect(page.locator("main .problem")).to_contain_text("wrong")
    fill(page, password=PASSWORD)
    expect(page.locator(".view-test .drop")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.locator("#title")).to_have_text("Log in")
    assert page.evaluate("fetch('/faces').then((answer) => answer.status)") == 401


def test_a_viewer_is_shown_what_a_viewer_may_see(site, engine, owned, visit):
    owned.users.add("Vera", Role.VIEWER)
    owned.users.claim(owned.users.invite("Vera").token, None, PASSWORD)
    page = visit(f"{site(engine, store=owned)}/", allow=REFUSED)
    fill(page, name="Vera", password=PASSWORD)
    expect(page.locator("#who")).to_have_text("vera, viewer")
    assert {"Live", "People"} <= links(page)
    assert not {"Test", "Access", "Settings"} & links(page)


def test_whoever_may_not_watch_is_led_to_what_they_may_see(site, engine, owned, visit):
    made = owned.keys.create("reader", frozenset({Scope.READ}), by="olga")
    page = visit(f"{site(engine, store=owned)}/", allow=REFUSED)
    page.get_by_role("button", name="Log in with an API key").click()
    fill(page, key=made.secret)
    expect(page.locator("#title")).to_have_text("People")
    assert "Live" not in links(page)


def test_a_picture_is_tested(site, engine, visit, portraits):
    from ostiary.domain import Attributes, Quality, Recognition

    quality = Quality(True, None, 0.9, 80.0, 0.8, 120.0, 0.1, hints=("come closer",))
    engine.recognize = lambda image, wanted: [
        Recognition((10, 10, 90, 90), "Катя", 0.41, "zero", 0.78, None, quality, Attributes(age=41.0) if "age" in wanted else None)
    ]
    page = visit(f"{site(engine)}/#/test")
    page.locator("#test-image").set_input_files(portraits["obama.jpg"])
    facts = page.locator("main .facts")
    expect(facts).to_contain_text("0.41 to Катя, 0.78 to zero")
    expect(facts).to_contain_text("come closer")
    page.locator(".choices input").first.check()
    expect(facts).to_contain_text("about 41")
    assert page.evaluate("JSON.parse(document.querySelector('main pre').textContent).faces[0].name") == "Катя"
    wait_for("a box round the face", lambda: painted(page.locator("main canvas")))


def test_on_a_phone_the_rest_of_the_house_is_in_a_drawer(site, engine, visit):
    page = visit(f"{site(engine)}/", PHONE)
    page.locator("#more").click()
    expect(page.locator("#links a").first).to_be_focused()
    page.locator("#links").get_by_role("link", name="Test").click()
    expect(page.locator("#title")).to_have_text("Test")
    expect(page.locator("body")).not_to_contain_class("drawer")


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(244, 245, 246)"), ("dark", "rgb(16, 19, 22)")])
def test_the_colours_follow_the_system_until_somebody_chooses(site, engine, visit, scheme: str, ground: str):
    page = visit(f"{site(engine)}/", scheme=scheme)
    body = page.locator("body")
    expect(body).to_have_css("background-color", ground)
    page.locator("#theme").click()
    expect(body).to_have_css("background-color", "rgb(244, 245, 246)")  # light
    page.locator("#theme").click()
    expect(body).to_have_css("background-color", "rgb(16, 19, 22)")  # dark
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(body).to_have_css("background-color", "rgb(16, 19, 22)")


def test_every_module_and_style_of_the_page_is_packaged():
    import tomllib

    root = Path(__file__).parent.parent.parent
    patterns = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]["ostiary"]
    packaged = {file for pattern in patterns for file in (root / "ostiary").glob(pattern) if file.is_file()}
    assert packaged >= {file for folder in ("static", "templates") for file in (root / "ostiary/web" / folder).rglob("*") if file.is_file()}
