"""People on the page, in a real browser: enrolled, refused, removed, and only looked at."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect
from support.site import wait_for

from ostiary.errors import AlreadyKnown
from ostiary.scopes import Scope

# Of these the browser tells by itself.
REFUSED = ("status of 401",)
NO_PHOTO = ("status of 404",)  # the engine that obeys keeps none


def enter_by_key(page: Page, view: str, *keys: str) -> None:
    """To the view that was asked for, trying each key."""
    expect(page.locator("#title")).to_have_text("Log in")
    page.evaluate("view => { location.hash = view }", view)
    wait_for("the log-in", lambda: page.evaluate("location.hash") == "#/login")
    page.get_by_role("button", name="Log in with an API key").click()
    for key in keys:
        page.get_by_label("API key").fill(key)
        page.get_by_role("button", name="Log in", exact=True).click()
        if key != keys[-1]:
            expect(page.locator(".view-login .problem")).to_contain_text("not accepted")


def enrol(page: Page, name: str, photo: Path) -> None:
    page.evaluate("location.hash = '#/people?add=1'")
    page.get_by_label("Name", exact=True).fill(name)
    page.locator("#photos-input").set_input_files(photo)


def test_enrolling_and_removing_with_the_key_asked_for(site, engine, visit, portraits, store):
    page = visit(f"{site(engine, key='schlüssel', store=store)}/", allow=REFUSED + NO_PHOTO)
    enter_by_key(page, "#/people", "wrong", "schlüssel")
    nobody = page.get_by_role("heading", name="Nobody is enrolled yet")
    expect(nobody).to_be_visible()  # the view that was asked for
    enrol(page, "王芳", portraits["obama.jpg"])
    expect(page.locator(".taken li")).to_contain_text("added as the first photo, very good")
    assert engine.people == {"王芳": [portraits["obama.jpg"].read_bytes()]}
    page.get_by_role("link", name="Everybody").click()
    expect(page.locator("#people .person-name")).to_have_text("王芳")

    page.locator("#people a").click()
    page.get_by_role("button", name="Forget").click()
    page.get_by_role("dialog").get_by_role("button", name="Forget").click()
    expect(nobody).to_be_visible()
    assert engine.people == {}


def test_an_error_is_shown_in_its_own_words_and_may_be_overruled(site, engine, visit, portraits):
    page = visit(f"{site(engine)}/#/people", allow=("status of 409",))
    expect(page.locator("#people h2")).to_have_text("Nobody is enrolled yet")
    engine.error = AlreadyKnown("zero", 0.2)
    enrol(page, "katya", portraits["obama.jpg"])
    expect(page.locator(".taken .problem")).to_contain_text("already enrolled as 'zero'")
    engine.error = None
    page.locator(".taken button").click()
    expect(page.locator(".taken li")).to_contain_text("added as the first photo")


def test_every_field_has_a_label(site, engine, visit):
    page = visit(f"{site(engine)}/#/people?add=1")
    expect(page.locator("#photos-input")).to_be_attached()
    unnamed = "[...document.querySelectorAll('input')].filter((field) => !field.labels.length && !field.ariaLabel)"
    assert page.evaluate(f"{unnamed}.length") == 0


def test_who_may_only_read_sees_people_and_cannot_change_them(site, engine, visit, store):
    engine.people = {"katya": [b"a photo", b"another"]}
    key = store.keys.create("reader", frozenset({Scope.READ}), by="test").secret
    page = visit(f"{site(engine, store=store)}/", allow=REFUSED + NO_PHOTO)
    enter_by_key(page, "#/people", key)
    expect(page.locator("#people .person-name")).to_have_text("katya")
    pressed = page.locator("main button:not([hidden]), main a.button:not([hidden])")
    assert pressed.all_inner_texts() == []
    page.locator("#people a").click()
    expect(page.locator("main h2").first).to_have_text("katya")
    assert pressed.all_inner_texts() == ["Events"]
    page.evaluate("location.hash = '#/people?add=1'")
    expect(page.locator("#people .person-name")).to_have_text("katya")
