from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks

from ostiary.domain import Outcome
from ostiary.errors import SettingsError
from ostiary.net import listen
from ostiary.service import spawn
from ostiary.settings import WebhookSettings
from ostiary.sinks.journal import Journal
from ostiary.sinks.post import CONNECT_TIMEOUT_S
from ostiary.sinks.webhook import WebhookSink, open_webhooks

SECRET = "whsec_" + base64.b64encode(b"a secret of 24 bytes ...").decode()
Passing = Callable[..., Outcome]
OpenGate = Callable[..., Any]
Eventually = Callable[..., None]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    journal = Journal(tmp_path / "webhooks.jsonl")
    journal.open()
    return journal


@pytest.fixture
def start(journal: Journal) -> Iterator[Callable[..., WebhookSink]]:
    """Sinks at work, each in its own thread."""
    with ExitStack() as stack:

        def start(url: str, secret: str = SECRET, ttl_s: float = 5.0) -> WebhookSink:
            [sink] = open_webhooks(WebhookSettings(urls=(url,), secret=secret, ttl_s=ttl_s), journal)
            spawn(stack, sink, threading.Event(), "webhook")
            stack.callback(sink.close)
            return sink

        yield start


def silent_until(release: threading.Event, but_answers: int = 0) -> Callable[[int], int]:
    """A receiver that says nothing before `release`, except to request number `but_answers`."""

    def answer(number: int) -> int:
        if number != but_answers:
            release.wait(10)
        return 204

    return answer


def results(journal: Journal) -> list[tuple[str, str]]:
    return [(entry["event_id"], entry["result"]) for entry in journal.tail(100)]


def test_a_pass_is_posted_signed_and_recorded(
    open_gate: OpenGate, start: Callable[..., WebhookSink], journal: Journal, passing: Passing, eventually: Eventually
) -> None:
    gate = open_gate()
    outcome = passing("evt_1")
    start(gate.url).offer(outcome)
    eventually(lambda: journal.tail(1))
    [(headers, body)] = gate.requests
    assert standardwebhooks.Webhook(SECRET).verify(body, headers) == {
        "name": "Зоя",
        "distance": 0.31,
        "timestamp": int(outcome.frame.captured_at),
        "event_id": "evt_1",
        "camera": "front",
        "captured_at": round(outcome.frame.captured_at * 1000),
    }
    assert headers["content-type"] == "application/json"
    assert gate.path == "/open?key=hush"
    [entry] = journal.tail(9)
    assert (entry["result"], entry["attempts"], entry["status"], entry["problem"]) == ("delivered", 1, 204, None)
    assert entry["receiver"] == gate.url.removesuffix("/open?key=hush")


def test_a_forged_body_does_not_verify(
    open_gate: OpenGate, start: Callable[..., WebhookSink], passing: Passing, eventually: Eventually
) -> None:
    gate = open_gate()
    start(gate.url).offer(passing("evt_1"))
    eventually(lambda: gate.requests)
    [(headers, body)] = gate.requests
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(SECRET).verify(body.replace(b"front", b"vault"), headers)


def test_a_secret_of_plain_text_and_none(
    open_gate: OpenGate, start: Callable[..., WebhookSink], passing: Passing, eventually: Eventually
) -> None:
    plain, unsigned = open_gate(), open_gate()
    start(plain.url, "open sesame").offer(passing("evt_1"))
    start(unsigned.url, "").offer(passing("evt_1"))
    eventually(lambda: plain.requests and unsigned.requests)
    headers, body = plain.requests[0]
    assert standardwebhooks.Webhook(b"open sesame").verify(body, headers)["event_id"] == "evt_1"
    headers, _ = unsigned.requests[0]
    assert headers["webhook-id"] == "evt_1"
    assert "webhook-signature" not in headers


def test_after_an_error_it_is_tried_again_under_the_same_id(
    open_gate: OpenGate, start: Callable[..., WebhookSink], journal: Journal, passing: Passing, eventually: Eventually
) -> None:
    gate = open_gate(lambda number: 500 if number < 3 else 200)
    start(gate.url).offer(passing("evt_1"))
    eventually(lambda: journal.tail(1))
    assert gate.ids == ["evt_1"] * 3
    for headers, body in gate.requests:
        standardwebhooks.Webhook(SECRET).verify(body, headers)
    assert journal.tail(1)[0]["attempts"] == 3
    assert results(journal) == [("evt_1", "delivered")]


def test_a_receiver_that_starts_in_time_is_reached(
    start: Callable[..., WebhookSink], journal: Journal, passing: Passing, eventually: Eventually, open_gate: OpenGate
) -> None:
    with listen("127.0.0.1", 0, "") as taken:
        port = taken.getsockname()[1]
    start(f"http://127.0.0.1:{port}/").offer(passing("evt_1"))
    time.sleep(0.1)
    with ExitStack() as stack:
        sock = stack.enter_context(listen("127.0.0.1", port, ""))
        sock.settimeout(5)
        line, _ = sock.accept()
        stack.enter_context(line)
        assert b"webhook-id: evt_1" in line.recv(10_000)
        line.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        eventually(lambda: results(journal) == [("evt_1", "delivered")])
    assert journal.tail(1)[0]["attempts"] > 1


def test_nobody_there_is_expired_and_never_sent(
    start: Callable[..., WebhookSink], journal: Journal, passing: Passing, eventually: Eventually
) -> None:
    with listen("127.0.0.1", 0, "") as taken:
        port = taken.getsockname()[1]
    start(f"http://127.0.0.1:{port}/", ttl_s=0.5).offer(passing("evt_1"))
    eventually(lambda: journal.tail(1))
    [entry] = journal.tail(9)
    assert (entry["result"], entry["problem"]) == ("expired", "Connection refused")
    assert entry["attempts"] > 1


def test_errors_to_the_end_are_a_failure(
    open_gate: OpenGate, start: Callable[..., WebhookSink], journal: Journal, passing: Passing, eventually: Eventually
) -> None:
    gate = open_gate(lambda number: 503)
    start(gate.url, ttl_s=0.5).offer(passing("evt_1"))
    eventually(lambda: journal.tail(1))
    [entry] = journal.tail(9)
    assert (entry["result"], entry["status"], entry["problem"]) == ("failed", 503, "HTTP 503")
    heard = len(gate.requests)
    time.sleep(0.3)
    assert len(gate.requests) == heard


def test_what_is_too_old_is_never_sent(
    open_gate: OpenGate, start: Callable[..., WebhookSink], journal: Journal, passing: Passing, eventually: Eventually
) -> None:
    gate = open_gate()
    sink = start(gate.url)
    sink.offer(passing("evt_old", ago_s=5.01))
    sink.offer(passing("evt_new", ago_s=3.0))
    eventually(lambda: len(journal.tail(9)) == 2)
    assert results(journal) == [("evt_old", "expired"), ("evt_new", "delivered")]
    assert gate.ids == ["evt_new"]
    assert journal.tail(2)[0]["problem"] == "too late when its turn came"


def test_a_redirect_is_not_followed(
    open_gate: OpenGate, start: Callable[..., WebhookSink], journal: Journal, passing: Passing, eventually: Eventually
) -> None:
    gate = open_gate(lambda number: 302)
    start(gate.url, ttl_s=0.5).offer(passing("evt_1"))
    eventually(lambda: journal.tail(1))
    assert gate.path == "/open?key=hush"
    assert journal.tail(1)[0]["problem"] == "HTTP 302"


def test_a_lost_answer_is_asked_for_again_under_the_same_id(
    open_gate: OpenGate, start: Callable[..., WebhookSink], journal: Journal, passing: Passing, eventually: Eventually
) -> None:
    """The receiver may have opened the door: by the id it knows that this is the same PASS."""
    release = threading.Event()
    gate = open_gate(silent_until(release, but_answers=2))
    start(gate.url, ttl_s=1.0).offer(passing("evt_1"))
    eventually(lambda: journal.tail(1))
    release.set()
    assert gate.ids == ["evt_1", "evt_1"]
    assert results(journal) == [("evt_1", "delivered")]


def test_an_answer_may_take_half_the_time_to_live(
    open_gate: OpenGate, start: Callable[..., WebhookSink], journal: Journal, passing: Passing, eventually: Eventually
) -> None:
    """Longer than a connection may take, too."""
    release = threading.Event()
    gate = open_gate(silent_until(release))
    start(gate.url, ttl_s=8.0).offer(passing("evt_1"))
    time.sleep(CONNECT_TIMEOUT_S + 0.3)
    release.set()
    eventually(lambda: journal.tail(1))
    assert (journal.tail(1)[0]["result"], gate.ids) == ("delivered", ["evt_1"])


def test_a_slow_receiver_is_cut_off_in_time_and_holds_up_no_other(
    open_gate: OpenGate, start: Callable[..., WebhookSink], journal: Journal, passing: Passing, eventually: Eventually
) -> None:
    release = threading.Event()
    slow, quick = open_gate(silent_until(release)), open_gate()
    slow_sink, quick_sink = start(slow.url, ttl_s=0.6), start(quick.url, ttl_s=0.6)
    outcome = passing("evt_1", "evt_2")
    for sink in (slow_sink, quick_sink):
        sink.offer(outcome)
    eventually(lambda: len(journal.tail(9)) == 4)
    release.set()
    assert quick.ids == ["evt_1", "evt_2"]
    by_receiver = {sink.receiver: [e for e in journal.tail(9) if e["receiver"] == sink.receiver] for sink in (slow_sink, quick_sink)}
    assert [entry["result"] for entry in by_receiver[quick_sink.receiver]] == ["delivered", "delivered"]
    assert [(e["event_id"], e["result"], e["problem"]) for e in by_receiver[slow_sink.receiver]] == [
        ("evt_1", "failed", "no answer in time"),
        ("evt_2", "expired", "too late when its turn came"),
    ]
    assert "evt_2" not in slow.ids


def test_an_answer_that_drips_is_cut_off_too(
    start: Callable[..., WebhookSink], journal: Journal, passing: Passing, eventually: Eventually
) -> None:
    """Every byte restarts a socket's own time limit."""
    stop = threading.Event()

    def drip(sock: socket.socket) -> None:
        while not stop.is_set():
            try:
                line, _ = sock.accept()
                with line:
                    while not stop.wait(0.05):
                        line.sendall(b"H")
            except OSError:
                continue

    with listen("127.0.0.1", 0, "") as sock:
        sock.settimeout(0.1)
        dripping = threading.Thread(target=drip, args=(sock,))
        dripping.start()
        start(f"http://127.0.0.1:{sock.getsockname()[1]}/", ttl_s=0.6).offer(passing("evt_1"))
        eventually(lambda: journal.tail(1), within_s=3)
        stop.set()
        dripping.join()
    assert journal.tail(1)[0]["result"] == "failed"


def test_what_is_not_http_is_a_failure_in_words(
    start: Callable[..., WebhookSink], journal: Journal, passing: Passing, eventually: Eventually
) -> None:
    with listen("127.0.0.1", 0, "") as sock:
        sink = start(f"http://127.0.0.1:{sock.getsockname()[1]}/", ttl_s=0.5)
        sink.offer(passing("evt_1"))
        line, _ = sock.accept()
        with line:
            line.recv(10_000)
            line.sendall(b"SSH-2.0-door\r\n\r\n")
        sock.close()
        eventually(lambda: journal.tail(1))
    assert journal.tail(1)[0]["result"] == "failed"


def test_stopping_cuts_an_attempt_and_records_what_waited(
    open_gate: OpenGate, journal: Journal, passing: Passing, eventually: Eventually
) -> None:
    release = threading.Event()
    gate = open_gate(silent_until(release))
    sink = WebhookSink(gate.url, SECRET, 30.0, journal)
    with ExitStack() as stack:
        worker = spawn(stack, sink, threading.Event(), "webhook")
        stack.callback(sink.close)
        sink.offer(passing("evt_1", "evt_2"))
        eventually(lambda: gate.requests)
    assert not worker.thread.is_alive()
    release.set()
    assert results(journal) == [("evt_1", "failed"), ("evt_2", "expired")]
    assert [entry["problem"] for entry in journal.tail(2)] == ["the program stopped"] * 2
    assert gate.ids == ["evt_1"]


def test_a_name_server_that_does_not_answer_hangs_nothing(
    journal: Journal, passing: Passing, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(60) and [])
    sink = WebhookSink("http://gate.lan/open", SECRET, 0.5, journal)
    with ExitStack() as stack:
        stack.callback(release.set)
        worker = spawn(stack, sink, threading.Event(), "webhook")
        stack.callback(sink.close)
        sink.offer(passing("evt_1"))
        eventually(lambda: journal.tail(1), within_s=30)
        sink.offer(passing("evt_2"))
    assert not worker.thread.is_alive()
    assert results(journal) == [("evt_1", "expired"), ("evt_2", "expired")]
    assert journal.tail(2)[0]["problem"] == "no answer in time"


def test_over_tls_the_certificate_must_be_trusted(
    open_gate: OpenGate,
    start: Callable[..., WebhookSink],
    journal: Journal,
    passing: Passing,
    eventually: Eventually,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = open_gate(certificate=certificate)
    start(gate.url, ttl_s=0.5).offer(passing("evt_1"))
    eventually(lambda: journal.tail(1))
    assert (journal.tail(1)[0]["result"], gate.requests) == ("expired", [])
    assert "certificate is not trusted" in journal.tail(1)[0]["problem"]
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # how a system is told of its own authority
    start(gate.url).offer(passing("evt_2"))
    eventually(lambda: gate.ids == ["evt_2"])
    start(gate.url.replace("localhost", "127.0.0.1")).offer(passing("evt_3"))
    eventually(lambda: gate.ids == ["evt_2", "evt_3"])


def test_no_secret_reaches_the_log(
    open_gate: OpenGate,
    start: Callable[..., WebhookSink],
    journal: Journal,
    passing: Passing,
    eventually: Eventually,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    gate = open_gate(lambda number: 500 if number < 2 else 200)
    with caplog.at_level("DEBUG"):
        sink = start(gate.url.replace("localhost", "door:hush@localhost"))
        sink.offer(passing("evt_1", "evt_2"))
        sink.offer(passing("evt_3", ago_s=10))
        eventually(lambda: len(journal.tail(9)) == 3)
    headers, _ = gate.requests[0]
    assert headers["authorization"] == "Basic " + base64.b64encode(b"door:hush").decode()
    said = caplog.text + (tmp_path / "webhooks.jsonl").read_text("utf-8") + repr(sink._target)
    for secret in ("hush", SECRET, SECRET.removeprefix("whsec_"), headers["authorization"], headers["webhook-signature"]):
        assert secret not in said


@pytest.mark.parametrize("url", ["gate.lan/open", "ftp://gate.lan", "http://", "https://gate.lan:99999/", "http://[bad/"])
def test_what_cannot_be_posted_to_is_said_at_the_start(url: str, journal: Journal) -> None:
    with pytest.raises(SettingsError, match=r"WEBHOOK_URL.*expected an address"):
        open_webhooks(WebhookSettings(urls=("http://fine.lan/", url)), journal)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_hush!", "whsec_a"])
def test_a_secret_that_is_no_base64_is_said_without_showing_it(secret: str, journal: Journal) -> None:
    with pytest.raises(SettingsError, match="WEBHOOK_SECRET") as caught:
        open_webhooks(WebhookSettings(urls=("http://fine.lan/",), secret=secret), journal)
    assert "hush" not in str(caught.value)


def test_the_body_is_ascii_json(open_gate: OpenGate, start: Callable[..., WebhookSink], passing: Passing, eventually: Eventually) -> None:
    gate = open_gate()
    start(gate.url).offer(passing("evt_1"))
    eventually(lambda: gate.requests)
    body = gate.requests[0][1]
    assert body.isascii()
    assert json.loads(body)["name"] == "Зоя"
