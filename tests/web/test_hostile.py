"""What nobody in their right mind would send: it is refused in words, and never costs more than the one request."""

from __future__ import annotations

import json
import logging
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask

from ostiary.web.careful import CarefulJson

PASSWORD = "a long pass phrase"
DEEP = "[" * 5000 + "]" * 5000
MANY = f"[{'{},' * 20_000}0]"


@pytest.fixture
def base(site, engine, store):
    store.users.claim(store.users.invite_owner().token, "katya", PASSWORD)
    return site(engine, store=store)


@pytest.mark.parametrize(
    "body", [DEEP, "[" * 100_000, f'{{"name": {DEEP}}}', MANY, MANY.replace("{}", '""') * 6, '{"name": "\\ud800", "password": "x"}', '{"key": "\\udfff"}', "\\ud800"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/session", "/welcome", "/token", "/token/refresh"])
def test_json_that_cannot_be_read_is_the_senders_fault(base, caplog, path, body):
    answer = requests.post(base + path, body, headers={"content-type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_many_empty_things_are_counted_before_they_are_made():
    for sent in (MANY, MANY.encode(), f"[{'1,' * 200_000}1]"):
        with pytest.raises(ValueError, match="too many"):
            CarefulJson(Flask("x")).loads(sent)
    assert CarefulJson(Flask("x")).loads(f"[{'[0],' * 5000}0]")[-1] == 0


def test_a_password_of_half_characters_is_not_written_into_the_log(base, caplog):
    sent = json.dumps({"name": "katya", "password": f"{PASSWORD}\ud800"})
    assert requests.post(f"{base}/session", sent, headers={"content-type": "application/json"}).status_code == 400
    sent = json.dumps({"name": "katya\ud800", "password": PASSWORD})
    assert requests.post(f"{base}/session", sent, headers={"content-type": "application/json"}).status_code == 400
    assert PASSWORD not in caplog.text


@pytest.mark.parametrize("body", [b"", b"0123456789"])
def test_a_cookie_that_is_no_text_is_no_cookie_of_ours(base, exchange, caplog, body):
    kind = b"Content-Type: application/json\r\nContent-Length: 10\r\n" if body else b""
    head = b"%s /faces HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: theirs=\xff; ostiary_session=\xff\r\n%s\r\n"
    answer = exchange(base, head % (b"POST" if body else b"GET", kind) + body)
    assert answer.startswith(b"HTTP/1.1 401 ") if not body else answer.startswith((b"HTTP/1.1 401 ", b"HTTP/1.1 405 "))
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_another_programs_cookie_keeps_nobody_out(base):
    browser = requests.Session()
    assert browser.post(f"{base}/session", json={"name": "katya", "password": PASSWORD}).status_code == 200
    mine = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies if cookie.name == "ostiary_session")
    assert requests.get(f"{base}/me", headers={"cookie": f"theirs=\xff; {mine}"}).json()["name"] == "katya"


def test_numbers_beyond_all_measure(base, store):
    browser = requests.Session()
    browser.post(f"{base}/session", json={"name": "katya", "password": PASSWORD})
    assert browser.get(f"{base}/audit?before={10**30}").status_code == 400
    assert browser.get(f"{base}/audit?before={2**53}").status_code == 200


def test_an_early_refusal_is_guarded_like_any_other(base, exchange):
    early = exchange(base, b"POST /keys HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 10\r\n\r\n0123456789").lower()
    assert early.startswith(b"http/1.1 401 ")
    for header in (b"content-security-policy: default-src 'none'", b"x-content-type-options: nosniff", b"cache-control: no-store"):
        assert header in early
    assert urlsplit(base).netloc.encode() not in early
