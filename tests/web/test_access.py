"""Keys, users and the record of changes over real sockets, and what administrators may not do to owners."""

from __future__ import annotations

import pytest
import requests

from ostiary.scopes import Role, Scope

PASSWORD = "a long pass phrase"


class Browser:
    """Somebody logged in."""

    def __init__(self, base: str, name: str = ""):
        self.base, self.http = base, requests.Session()
        if name:
            self.keep(self.http.post(f"{base}/session", json={"name": name, "password": PASSWORD}))

    def keep(self, answer):
        assert answer.status_code == 200, answer.text
        self.http.headers["x-csrf-token"] = answer.json()["csrf"]

    def __call__(self, method, path, **body):
        answer = self.http.request(method, f"{self.base}{path}", json=body or None)
        return answer.status_code, answer.json()


@pytest.fixture
def base(site, engine, store):
    return site(engine, store=store)


@pytest.fixture
def owner(base, store):
    store.users.claim(store.users.invite_owner().token, "katya", PASSWORD)
    return Browser(base, "katya")


@pytest.fixture
def administrator(owner, store):
    store.users.claim(store.users.add("zero", Role.ADMINISTRATOR).token, None, PASSWORD)
    return Browser(owner.base, "zero")


def test_the_first_visit_makes_the_owner_and_locks_the_house(base, store):
    token, browser = store.users.invite_owner().token, Browser(base)
    assert browser("GET", "/me")[1]["open"]
    status, answer = browser("POST", "/welcome", token=token, name="Katya", password="short")
    assert (status, answer["error"]) == (400, "weak_password")
    browser.keep(browser.http.post(f"{base}/welcome", json={"token": token, "name": "Katya", "password": PASSWORD}))
    assert browser("GET", "/me")[1]["role"] == "owner"
    assert requests.get(f"{base}/faces").status_code == 401
    status, answer = browser("POST", "/welcome", token=token, name="mallory", password=PASSWORD)
    assert (status, answer["error"]) == (403, "bad_invitation")


def test_a_key_is_made_used_and_revoked(owner):
    status, made = owner("POST", "/keys", name="door", scopes=["read"], days=1)
    assert status == 200
    assert requests.get(f"{owner.base}/faces", headers={"x-api-key": made["secret"]}).status_code == 200
    listed = owner("GET", "/keys")[1]
    assert [(key["name"], key["made_by"], key["valid"]) for key in listed] == [("door", "katya", True)]
    assert made["secret"].split("_", 2)[2] not in str(listed)
    assert owner("DELETE", f"/keys/{made['id']}")[0] == 200
    assert requests.get(f"{owner.base}/faces", headers={"x-api-key": made["secret"]}).status_code == 401
    assert owner("DELETE", "/keys/nothing") == (404, owner("DELETE", "/keys/nothing")[1])


@pytest.mark.parametrize(
    "wanted", [{}, {"name": "x"}, {"name": "x", "scopes": []}, {"name": "x", "scopes": ["all"]}, {"name": "<x>", "scopes": ["read"]},
               {"name": "x", "scopes": ["read"], "days": -1}, {"name": "x", "scopes": ["read"], "days": 1e300}],
)  # fmt: skip
def test_keys_that_cannot_be(owner, wanted):
    status, answer = owner("POST", "/keys", **wanted)
    assert status == 400, answer


def test_users_come_by_invitation_and_go_at_once(owner):
    _, invited = owner("POST", "/users", name="Anna", role="viewer")
    browser = Browser(owner.base)
    browser.keep(browser.http.post(f"{owner.base}/welcome", json={"token": invited["token"], "password": PASSWORD}))
    assert browser("GET", "/me")[1]["name"] == "anna"
    assert browser("GET", "/users")[0] == 403
    assert owner("PATCH", "/users/anna", role="administrator")[1]["role"] == "administrator"
    assert browser("GET", "/users")[0] == 200
    assert owner("PATCH", "/users/anna", disabled=True)[1]["disabled"]
    assert browser("GET", "/me")[0] == 401
    assert owner("DELETE", "/users/anna")[0] == 200
    assert owner("DELETE", "/users/anna")[1]["error"] == "unknown_user"


def test_only_an_owner_touches_owners(administrator, store):
    admin_key = store.keys.create("admin", frozenset({Scope.ADMIN}), by="katya").secret
    by_key = Browser(administrator.base)
    by_key.http.headers["x-api-key"] = admin_key
    for browser in (administrator, by_key):
        for method, path, body in [
            ("POST", "/users", {"name": "mine", "role": "owner"}),
            ("PATCH", "/users/zero", {"role": "owner"}),
            ("PATCH", "/users/katya", {"role": "viewer"}),
            ("PATCH", "/users/KATYA", {"disabled": True}),
            ("POST", "/users/katya/invite", {}),
            ("DELETE", "/users/katya", {}),
        ]:
            status, answer = browser(method, path, **body)
            assert (status, answer["error"]) == (403, "owners_only"), (method, path)
    assert administrator("POST", "/users", name="anna", role="operator")[0] == 200


def test_the_last_owner_stays(owner):
    assert owner("DELETE", "/users/katya")[1]["error"] == "conflict"
    assert owner("PATCH", "/users/katya", role="viewer")[1]["error"] == "conflict"


def test_every_change_is_noted_with_who_what_and_from_where(owner):
    made = owner("POST", "/keys", name="door", scopes=["enrol"])[1]
    with_key = {"x-api-key": made["secret"]}
    requests.post(f"{owner.base}/register", data={"name": "Zero"}, files={"image": ("a.jpg", b"1")}, headers=with_key)
    requests.post(f"{owner.base}/register", data={"name": ""}, headers=with_key)  # changes nothing
    owner("GET", "/users")
    requests.post(f"{owner.base}/session", json={"name": "katya", "password": "wrong"})
    requests.post(f"{owner.base}/session", json={"name": "my secret password", "password": "wrong"})
    _status, entries = owner("GET", "/audit")
    told = [(entry["who"], entry["action"], entry["target"]) for entry in entries]
    assert told[:2] == [("somebody", "session.refused", ""), ("somebody", "session.refused", "katya")]
    assert told[2][0] == "door"
    assert told[3:] == [("katya", "key.create", "door"), ("katya", "session.begin", "")]
    assert {entry["address"] for entry in entries} == {"127.0.0.1"}
    assert PASSWORD not in str(entries)
    assert made["secret"] not in str(entries)
    assert len(owner("GET", f"/audit?before={entries[1]['id']}&limit=2&action=key.")[1]) == 1


def test_guessing_is_slowed_down_whoever_it_is(owner):
    for name in ("katya", "nobody"):
        answers = (requests.post(f"{owner.base}/session", json={"name": name, "password": "wrong"}) for _ in range(40))
        refused = next(answer for answer in answers if answer.status_code != 401)
        assert (refused.status_code, refused.json()["error"]) == (429, "too_many_requests")
        assert int(refused.headers["Retry-After"]) >= 1
