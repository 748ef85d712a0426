"""Logging in over real sockets: cookies, changes with and without the page's token, what others may not."""

from __future__ import annotations

import pytest
import requests

from ostiary.errors import AddressError
from ostiary.scopes import Role, Scope
from ostiary.settings import ApiSettings, LimitSettings
from ostiary.web.app import Rooms, create_app
from ostiary.web.auth import Access
from ostiary.web.server import serve

PASSWORD = "a long pass phrase"
PICTURE = {"image": ("a.jpg", b"1")}


@pytest.fixture
def owner(store):
    store.users.claim(store.users.invite_owner().token, "katya", PASSWORD)
    return {"name": "katya", "password": PASSWORD}


def test_who_one_is_while_nothing_is_locked(site, engine, store):
    base = site(engine, store=store)
    me = requests.get(f"{base}/me").json()
    assert (me["kind"], me["open"], me["csrf"], "admin" in me["scopes"]) == ("local", True, None, True)
    store.keys.create("door", frozenset({Scope.READ}), by="katya")
    assert requests.get(f"{base}/me").status_code == 401


def test_logging_in_and_out(site, engine, store, owner):
    base, browser = site(engine, store=store), requests.Session()
    assert browser.get(f"{base}/faces").status_code == 401
    answer = browser.post(f"{base}/session", json=owner)
    cookie = answer.headers["Set-Cookie"]
    assert (answer.json()["name"], answer.json()["role"], answer.json()["open"]) == ("katya", "owner", False)
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie
    assert browser.get(f"{base}/faces").status_code == 200
    kept = dict(browser.cookies)
    assert browser.delete(f"{base}/session").status_code == 200
    assert requests.get(f"{base}/faces", cookies=kept).status_code == 401


@pytest.mark.parametrize("token", [None, "", "wrong", "ключ".encode()])
def test_a_change_with_the_cookie_alone_is_refused(site, engine, store, owner, token):
    base, browser = site(engine, store=store), requests.Session()
    csrf = browser.post(f"{base}/session", json=owner).json()["csrf"]
    headers = {} if token is None else {"x-csrf-token": token}
    answer = browser.post(f"{base}/register", data={"name": "evil"}, files=PICTURE, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (403, "missing_csrf")
    assert engine.people == {}
    assert browser.get(f"{base}/me").json()["csrf"] == csrf
    assert browser.post(f"{base}/register", data={"name": "Zero"}, files=PICTURE, headers={"x-csrf-token": csrf}).status_code == 200


def test_a_session_does_not_take_over_a_token_that_was_there(site, engine, store, owner):
    base, browser = site(engine, store=store), requests.Session()
    browser.cookies.set("ostiary_session", "chosen by somebody else")
    browser.post(f"{base}/session", json=owner)
    tokens = [cookie.value for cookie in browser.cookies]
    assert requests.get(f"{base}/me", cookies={"ostiary_session": "chosen by somebody else"}).status_code == 401
    assert any(requests.get(f"{base}/me", cookies={"ostiary_session": token}).status_code == 200 for token in tokens)


@pytest.mark.parametrize(
    "shown", [{"name": "katya", "password": "wrong"}, {"name": "nobody", "password": PASSWORD}, {"key": "ost_1_2"}, {"key": "wrong"}]
)
def test_a_wrong_log_in_tells_nothing(site, engine, store, owner, shown):
    answer = requests.post(f"{site(engine, store=store)}/session", json=shown)
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("body", [{}, {"name": "katya"}, {"name": 1, "password": []}, {"key": ""}, []])
def test_a_log_in_that_makes_no_sense(site, engine, store, owner, body):
    answer = requests.post(f"{site(engine, store=store)}/session", json=body)
    assert answer.status_code == 400
    form = requests.post(f"{site(engine, store=store)}/session", data={"name": "katya"})
    assert form.status_code == 415


def test_another_page_may_not_log_anybody_in_or_out(site, engine, store, owner):
    base = site(engine, store=store)
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        assert requests.post(f"{base}/session", json=owner, headers=headers).status_code == 403
        assert requests.delete(f"{base}/session", headers=headers).status_code == 403
    own = {"Origin": base, "Sec-Fetch-Site": "same-origin"}
    assert requests.post(f"{base}/session", json=owner, headers=own).status_code == 200


def test_keys_log_in_too_with_their_own_scopes(site, engine, store, owner):
    made = store.keys.create("wall", frozenset({Scope.READ}), by="katya")
    base, browser = site(engine, key="sesame and more", store=store), requests.Session()
    me = browser.post(f"{base}/session", json={"key": made.secret}).json()
    assert (me["name"], me["kind"], me["scopes"]) == ("wall", "key", ["read"])
    answer = browser.post(f"{base}/register", data={"name": "Zero"}, files=PICTURE, headers={"x-csrf-token": me["csrf"]})
    assert (answer.status_code, answer.json()["error"]) == (403, "out_of_scope")
    store.keys.revoke(made.key.id)
    assert browser.get(f"{base}/me").status_code == 401
    assert browser.post(f"{base}/session", json={"key": "sesame and more"}).json()["kind"] == "setting"
    assert browser.get(f"{base}/me").json()["kind"] == "setting"


def test_a_viewer_reads_and_changes_nothing(site, engine, store, owner):
    store.users.claim(store.users.add("zero", Role.VIEWER).token, None, PASSWORD)
    base, browser = site(engine, store=store), requests.Session()
    me = browser.post(f"{base}/session", json={"name": "Zero", "password": PASSWORD}).json()
    assert (me["role"], me["scopes"]) == ("viewer", ["read", "stream"])
    assert browser.get(f"{base}/faces").status_code == 200
    answer = browser.post(f"{base}/unregister", data={"name": "Zero"}, headers={"x-csrf-token": me["csrf"]})
    assert answer.status_code == 403


def test_a_key_may_be_sent_with_every_request(site, engine, store):
    made = store.keys.create("door", frozenset({Scope.ENROL}), by="katya")
    base = site(engine, store=store)
    assert requests.get(f"{base}/me", headers={"x-api-key": made.secret}).json()["kind"] == "key"
    bearer = {"Authorization": f"Bearer {made.secret}"}
    assert requests.post(f"{base}/register", data={"name": "Zero"}, files=PICTURE, headers=bearer).status_code == 200
    assert requests.get(f"{base}/faces", headers=bearer).status_code == 403


def test_other_machines_are_served_once_there_is_a_credential(engine, store):
    api, limits = ApiSettings(host="0.0.0.0", port=0), LimitSettings()
    app = create_app(engine, api, limits, Rooms(access=Access("", store)))
    store.users.add("zero", Role.VIEWER)  # an invitation is none
    with pytest.raises(AddressError, match="ostiary keys"):
        serve(app, api, limits)
    store.keys.create("door", frozenset({Scope.READ}), by="katya")
    serve(app, api, limits).close()
