"""The dashboard's shell in a real browser: log-in, invitation, roles, ways round, colours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ostiary.access.store import AccessStore
from ostiary.scopes import Role, Scope

PASSWORD = "three words and more"


def text(selector: str) -> str:
    return f"document.querySelector({json.dumps(selector)})?.innerText"


def fill(chromium, **fields: str) -> None:
    for name, value in fields.items():
        chromium.evaluate(f"document.querySelector('main [name={name}]').value = {json.dumps(value)}")
    chromium.evaluate("document.querySelector('main [type=submit]').click()")


def links(chromium) -> set[str]:
    return set(chromium.evaluate("[...document.querySelectorAll('#links a')].map((link) => link.textContent)"))


@pytest.fixture
def owned(store: AccessStore) -> AccessStore:
    """A house with an owner, Olga."""
    store.users.claim(store.users.invite_owner().token, "Olga", PASSWORD)
    return store


@pytest.fixture(autouse=True)
def forgotten(chromium) -> None:
    """Each test begins in a browser that was never here."""
    chromium("Network.clearBrowserCookies")


def test_without_a_credential_the_page_opens_directly(site, engine, store, chromium):
    chromium.show(f"{site(engine, store=store)}/")
    chromium.wait_for(f"{text('#title')} === 'Live'")
    assert chromium.evaluate(text("#who")) == "open to this machine"
    assert {"Live", "People", "Test"} <= links(chromium)
    chromium.wait_for("document.querySelector('[data-hint=open]') !== null && document.querySelector('[data-hint=nobody]') !== null")


def test_the_first_link_makes_an_owner_who_is_in_at_once(site, engine, store, chromium):
    token = store.users.invite_owner().token
    chromium.show(f"{site(engine, store=store)}/#/welcome?token={token}")
    chromium.wait_for("document.querySelector('main [name=again]') !== null")
    fill(chromium, name="Olga", password=PASSWORD, again="something else")
    chromium.wait_for(f"{text('main .problem')} === 'The two passwords differ.'")
    fill(chromium, again=PASSWORD)
    chromium.wait_for(f"{text('#title')} === 'Live' && {text('#who')} === 'olga, owner'")


def test_name_and_password_lead_to_the_view_that_was_asked_for_and_log_out_leads_away(site, engine, owned, chromium):
    chromium.show(f"{site(engine, store=owned)}/")
    chromium.wait_for("location.hash === '#/login' && document.querySelector('main [name=password]') !== null")
    chromium.evaluate("location.hash = '#/test'")
    chromium.wait_for("location.hash === '#/login' && document.querySelector('main [name=password]') !== null")
    fill(chromium, name="Olga", password="wrong wrong wrong")
    chromium.wait_for(f"{text('main .problem')}?.includes('wrong')")
    fill(chromium, name="Olga", password=PASSWORD)
    chromium.wait_for("location.hash === '#/test' && document.querySelector('.view-test .drop') !== null")
    chromium.evaluate("document.querySelector('#who button').click()")
    chromium.wait_for("location.hash === '#/login'")
    assert chromium.evaluate("fetch('/faces').then((answer) => answer.status)") == 401


def test_a_viewer_is_shown_what_a_viewer_may_see(site, engine, owned, chromium):
    owned.users.add("Vera", Role.VIEWER)
    owned.users.claim(owned.users.invite("Vera").token, None, PASSWORD)
    chromium.show(f"{site(engine, store=owned)}/")
    chromium.wait_for("document.querySelector('main [name=password]') !== null")
    fill(chromium, name="Vera", password=PASSWORD)
    chromium.wait_for(f"{text('#who')} === 'vera, viewer'")
    assert {"Live", "People"} <= links(chromium)
    assert not {"Test", "Access", "Settings"} & links(chromium)


def test_whoever_may_not_watch_is_led_to_what_they_may_see(site, engine, owned, chromium):
    made = owned.keys.create("reader", frozenset({Scope.READ}), by="olga")
    chromium.show(f"{site(engine, store=owned)}/")
    chromium.wait_for("document.querySelector('main .link') !== null")
    chromium.evaluate("document.querySelector('main .link').click()")
    fill(chromium, key=made.secret)
    chromium.wait_for(f"{text('#title')} === 'People'")
    assert "Live" not in links(chromium)


def test_a_picture_is_tested(site, engine, chromium, portraits):
    from ostiary.domain import Attributes, Quality, Recognition

    quality = Quality(True, None, 0.9, 80.0, 0.8, 120.0, 0.1, hints=("come closer",))
    engine.recognize = lambda image, wanted: [
        Recognition((10, 10, 90, 90), "Катя", 0.41, "zero", 0.78, None, quality, Attributes(age=41.0) if "age" in wanted else None)
    ]
    chromium.show(f"{site(engine)}/#/test")
    chromium.wait_for("document.querySelector('#test-image') !== null")
    chromium.choose_file("#test-image", portraits["obama.jpg"])
    chromium.wait_for(f"{text('main .facts')}?.includes('0.41 to Катя, 0.78 to zero')")
    assert "come closer" in chromium.evaluate(text("main .facts"))
    chromium.evaluate("document.querySelector('.choices input').click()")
    chromium.wait_for(f"{text('main .facts')}?.includes('about 41')")
    assert chromium.evaluate("JSON.parse(document.querySelector('main pre').textContent).faces[0].name") == "Катя"
    painted = "[...document.querySelector('main canvas').getContext('2d').getImageData(0, 0, 9999, 9999).data].some(Boolean)"
    assert chromium.evaluate(painted.replace("9999, 9999", "300, 200"))


def test_on_a_phone_the_rest_of_the_house_is_in_a_drawer(site, engine, chromium):
    chromium.show(f"{site(engine)}/", width=390)
    chromium.wait_for("document.querySelector('#more') !== null")
    chromium.evaluate("document.querySelector('#more').click()")
    chromium.wait_for("document.activeElement.closest('#side') !== null")
    chromium.evaluate("[...document.querySelectorAll('#links a')].find((link) => link.textContent === 'Test').click()")
    chromium.wait_for("location.hash === '#/test' && !document.body.classList.contains('drawer')")


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(244, 245, 246)"), ("dark", "rgb(16, 19, 22)")])
def test_the_colours_follow_the_system_until_somebody_chooses(site, engine, chromium, scheme: str, ground: str):
    chromium.show(f"{site(engine)}/", scheme=scheme)
    chromium.wait_for(f"getComputedStyle(document.body).backgroundColor === '{ground}'")
    chromium.evaluate("document.getElementById('theme').click()")  # light
    chromium.wait_for("getComputedStyle(document.body).backgroundColor === 'rgb(244, 245, 246)'")
    chromium.evaluate("document.getElementById('theme').click()")  # dark
    chromium.wait_for("getComputedStyle(document.body).backgroundColor === 'rgb(16, 19, 22)'")
    chromium.evaluate("location.reload()")
    chromium.wait_for("document.readyState === 'complete' && document.documentElement.dataset.theme === 'dark'")


def test_every_module_and_style_of_the_page_is_packaged():
    import tomllib

    root = Path(__file__).parent.parent.parent
    patterns = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]["ostiary"]
    packaged = {file for pattern in patterns for file in (root / "ostiary").glob(pattern) if file.is_file()}
    assert packaged >= {file for folder in ("static", "templates") for file in (root / "ostiary/web" / folder).rglob("*") if file.is_file()}
