"""What answers say to browsers, who may ask from elsewhere, proxies that are believed and others that are not."""

from __future__ import annotations

import pytest
import requests

from ostiary.scopes import Scope
from ostiary.settings import AccessSettings

PANEL = "https://panel.example"


@pytest.fixture
def key(store):
    return {"x-api-key": store.keys.create("door", frozenset({Scope.READ}), by="test").secret}


@pytest.mark.parametrize("path", ["/", "/faces", "/nowhere", "/static/app.css", "/healthz"])
def test_every_answer_is_guarded(site, engine, path):
    headers = requests.get(f"{site(engine)}{path}").headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")
    assert headers["Cache-Control"].startswith("no-")
    assert "Access-Control-Allow-Origin" not in headers


def test_pages_of_named_origins_may_use_a_key(site, engine, store, key):
    base = site(engine, store=store, doors=AccessSettings(cors_origins=(f"{PANEL}/",)))
    ask = {"Origin": PANEL, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}
    answer = requests.options(f"{base}/register", headers=ask)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == PANEL
    assert "x-api-key" in answer.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers  # no cookies from there
    answer = requests.get(f"{base}/faces", headers={**key, "Origin": PANEL})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"], answer.headers["Vary"]) == (200, PANEL, "Origin")
    for origin in ("https://evil.example", "null", f"{PANEL}.evil.example"):
        assert requests.options(f"{base}/register", headers={**ask, "Origin": origin}).status_code == 401
        assert "Access-Control-Allow-Origin" not in requests.get(f"{base}/faces", headers={**key, "Origin": origin}).headers


def test_a_named_origin_may_nothing_while_the_house_is_open(site, engine):
    base = site(engine, doors=AccessSettings(cors_origins=(PANEL,)))
    assert requests.get(f"{base}/faces", headers={"Origin": PANEL}).status_code == 403


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        ((), "203.0.113.5", "127.0.0.1"),
        (("127.0.0.1",), "203.0.113.5", "203.0.113.5"),
        (("127.0.0.1",), "1.1.1.1, 203.0.113.5", "203.0.113.5"),  # the first was made up
        (("127.0.0.0/8", "10.0.0.0/8"), "203.0.113.5, 10.0.0.7", "203.0.113.5"),
        (("127.0.0.1",), "nonsense", "127.0.0.1"),
        (("127.0.0.1",), "2001:db8::7", "2001:db8::7"),
        (("192.0.2.0/24",), "203.0.113.5", "127.0.0.1"),
    ],
)
def test_whom_a_proxy_serves(site, engine, store, key, trusted, forwarded, address):
    base = site(engine, store=store, doors=AccessSettings(trusted_proxies=trusted))
    store.users.claim(store.users.invite_owner().token, "katya", "a long pass phrase")
    headers = {"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https"}
    answer = requests.post(f"{base}/session", json={"name": "katya", "password": "a long pass phrase"}, headers=headers)
    assert store.audit.entries()[0].address == address
    assert ("Secure" in answer.headers["Set-Cookie"]) == ("127.0.0.1" in trusted or "127.0.0.0/8" in trusted)


def test_a_trusted_proxy_does_not_open_an_open_house(site, engine):
    base = site(engine, doors=AccessSettings(trusted_proxies=("127.0.0.1",)))
    for forwarded in ("203.0.113.5", "127.0.0.1"):
        assert requests.get(f"{base}/faces", headers={"X-Forwarded-For": forwarded}).status_code == 403


def test_whoever_asks_too_often_is_told_when_to_come_again(site, engine, store, key):
    base = site(engine, store=store, doors=AccessSettings(rate_limit="5/hour", trusted_proxies=("127.0.0.1",)))
    statuses = [requests.get(f"{base}/faces", headers=key) for _ in range(6)]
    assert [answer.status_code for answer in statuses] == [200] * 5 + [429]
    assert int(statuses[-1].headers["Retry-After"]) > 600
    other = {"x-api-key": store.keys.create("other", frozenset({Scope.READ}), by="test").secret}
    assert requests.get(f"{base}/faces", headers=other).status_code == 200
    guesses = [requests.get(f"{base}/faces", headers={"X-Forwarded-For": "203.0.113.5"}).status_code for _ in range(6)]
    assert guesses == [401] * 5 + [429]
    assert requests.get(f"{base}/healthz", headers={"X-Forwarded-For": "203.0.113.5"}).status_code == 200


def test_keys_cannot_be_tried_more_often_with_a_body(site, engine, store, key):
    base = site(engine, store=store, doors=AccessSettings(rate_limit="5/hour", trusted_proxies=("127.0.0.1",)))
    there = {"X-Forwarded-For": "203.0.113.5"}

    def status(method, body=None, **headers):
        answer = requests.request(method, f"{base}/faces", data=body, headers={**there, **headers})
        assert answer.status_code != 429 or int(answer.headers["Retry-After"]) > 600
        return answer.status_code

    assert [status("POST", b"a picture", **{"x-api-key": f"guess {n}"}) for n in range(6)] == [401] * 5 + [429]
    assert status("GET") == 429
    assert status("POST", b"a picture", **key) == 429  # nobody learns that this one is right
    assert requests.get(f"{base}/faces", headers={**key, "X-Forwarded-For": "203.0.114.5"}).status_code == 200


def test_this_machine_is_spared_while_the_house_is_open(site, engine):
    base = site(engine, doors=AccessSettings(rate_limit="2/hour"))
    assert {requests.get(f"{base}/faces").status_code for _ in range(5)} == {200}
