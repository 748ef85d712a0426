"""Bearer tokens over real sockets."""

from __future__ import annotations

import requests

from ostiary.scopes import Role, Scope

PASSWORD = "a long pass phrase"


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_a_machine_exchanges_its_key(site, engine, store):
    made = store.keys.create("panel", frozenset({Scope.READ, Scope.ENROL}), by="katya")
    base = site(engine, store=store)
    got = requests.post(f"{base}/token", json={"key": made.secret, "scopes": ["read"]}).json()
    assert (got["token_type"], got["expires_in"], got["scopes"]) == ("bearer", 900, ["read"])
    assert requests.get(f"{base}/faces", headers=bearer(got["access_token"])).status_code == 200
    me = requests.get(f"{base}/me", headers=bearer(got["access_token"])).json()
    assert (me["kind"], me["name"], me["csrf"]) == ("token", "panel", None)
    refused = requests.post(f"{base}/register", data={"name": "Zero"}, headers=bearer(got["access_token"]))
    assert refused.json()["error"] == "out_of_scope"
    new = requests.post(f"{base}/token/refresh", json={"refresh_token": got["refresh_token"]}).json()
    assert requests.get(f"{base}/faces", headers=bearer(new["access_token"])).status_code == 200
    assert requests.post(f"{base}/token/revoke", json={"token": new["refresh_token"]}).status_code == 200
    for token in (got["access_token"], new["access_token"], new["refresh_token"], "a.b.c"):
        assert requests.get(f"{base}/faces", headers=bearer(token)).status_code == 401


def test_nobody_gets_more_than_there_is(site, engine, store):
    store.users.claim(store.users.invite_owner().token, "katya", PASSWORD)
    store.users.claim(store.users.add("zero", Role.VIEWER).token, None, PASSWORD)
    base = site(engine, store=store)
    for scopes, error in ((["enrol"], "out_of_scope"), (["all"], "bad_field"), ([], "bad_field")):
        answer = requests.post(f"{base}/token", json={"name": "zero", "password": PASSWORD, "scopes": scopes})
        assert answer.json()["error"] == error
    got = requests.post(f"{base}/token", json={"name": "katya", "password": PASSWORD, "scopes": ["admin"]}).json()
    assert requests.get(f"{base}/users", headers=bearer(got["access_token"])).status_code == 200
    store.users.set_role("zero", Role.OWNER)
    store.users.set_role("katya", Role.VIEWER)
    assert requests.get(f"{base}/users", headers=bearer(got["access_token"])).status_code == 401  # nothing of it is left
