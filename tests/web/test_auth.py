"""Closed by default: each route, with a key and without, for pages of other origins and names that were rebound."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests

from ostiary.errors import ForeignOrigin
from ostiary.settings import ApiSettings, LimitSettings
from ostiary.visitors.reception import Reception
from ostiary.visitors.store import VisitorStore
from ostiary.web.app import create_app
from ostiary.web.auth import Access, needed
from ostiary.web.page import StreamAddress

KEY = "a key of some length"

# Served to anybody: the page, which has no secrets and asks for the key, and whether all is well, in one word.
OPEN = {"page.index", "static", "health.healthz", "health.readyz"}


def routes(engine, key: str):
    """(test client, rule, method, endpoint) of every route there is, so that a new one cannot be forgotten."""
    reception = Reception(VisitorStore(Path("/dev/null/visitors")), engine)
    app = create_app(engine, ApiSettings(key=key), LimitSettings(), stream_page=StreamAddress(3001, "secret"), reception=reception)
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods or ()):
            yield app.test_client(), re.sub("<[^>]*>", "1", rule.rule.replace("<path:filename>", "app.css")), method, rule.endpoint


def test_every_route_asks_for_the_key_but_for_the_open_ones(engine):
    asked = set()
    for client, path, method, endpoint in routes(engine, KEY):
        status = client.open(path, method=method, buffered=True).status_code
        assert (status == 401) == (endpoint not in OPEN), (method, path, status)
        asked.add(endpoint)
    assert asked >= OPEN
    assert len(asked) >= 9


def test_every_view_says_what_it_needs(engine):
    reception = Reception(VisitorStore(Path("/dev/null/visitors")), engine)
    app = create_app(engine, ApiSettings(key=KEY), LimitSettings(), stream_page=StreamAddress(3001), reception=reception)
    assert {name for name in app.view_functions if needed(app, name) is None} == OPEN
    assert [name for name, view in app.view_functions.items() if name != "static" and not hasattr(view, "needs")] == []


def test_every_route_opens_with_the_key(engine):
    for client, path, method, _ in routes(engine, KEY):
        assert client.open(path, method=method, buffered=True, headers={"x-api-key": KEY}).status_code != 401, (method, path)


def test_without_a_key_every_route_refuses_other_machines(engine):
    for client, path, method, endpoint in routes(engine, ""):
        status = client.open(path, method=method, buffered=True, environ_base={"REMOTE_ADDR": "192.168.1.7"}).status_code
        assert (status == 403) == (endpoint not in OPEN), (method, path, status)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example:5000"},
        {"Host": "[not an address"},
        {"Host": "192.168.1.5:5000"},
        {"X-Forwarded-For": "192.168.1.7"},
        {"Forwarded": "for=192.168.1.7"},
        {"X-Real-IP": "192.168.1.7"},
        {"Via": "1.1 proxy"},
    ],
)
def test_without_a_key_other_pages_may_not_enrol(site, engine, headers: dict[str, str]):
    base = site(engine)
    answer = requests.post(f"{base}/register", data={"name": "evil"}, files={"image": ("a.jpg", b"1")}, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")
    assert engine.people == {}
    assert requests.get(f"{base}/faces", headers=headers).status_code == 403


def test_without_a_key_the_own_page_and_programs_may(site, engine):
    base = site(engine)
    for headers in ({}, {"Origin": base, "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Host": "localhost:5000"}):
        assert requests.get(f"{base}/faces", headers=headers).status_code == 200


@pytest.mark.parametrize("headers", [{"x-api-key": KEY}, {"Authorization": f"Bearer {KEY}"}, {"authorization": f"bearer  {KEY} "}])
def test_the_key_opens_for_any_host_and_origin(site, engine, headers: dict[str, str]):
    answer = requests.get(f"{site(engine, key=KEY)}/faces", headers={**headers, "Host": "door.example", "Origin": "https://other.example"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers", [{}, {"x-api-key": KEY[:-1]}, {"x-api-key": ""}, {"Authorization": f"Basic {KEY}"}, {"Authorization": "Bearer"}]
)
def test_a_missing_or_wrong_key(site, engine, headers: dict[str, str]):
    base = site(engine, key=KEY)
    for path in ("/faces", "/stream-info", "/nowhere"):
        answer = requests.get(f"{base}{path}", headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
    assert KEY not in answer.text


def test_a_key_beyond_ascii(site, engine):
    base = site(engine, key="ключ")
    assert requests.get(f"{base}/faces", headers={"x-api-key": "ключ".encode()}).status_code == 200
    assert requests.get(f"{base}/faces", headers={"x-api-key": "ключа".encode()}).status_code == 401


def test_a_client_that_names_no_host_is_no_browser():
    Access("").check({}.get, "127.0.0.1")
    with pytest.raises(ForeignOrigin):
        Access("").check({}.get, "")
