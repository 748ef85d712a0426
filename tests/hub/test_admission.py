from __future__ import annotations

import pytest
from websockets.datastructures import Headers

from ostiary.hub.admission import Gatekeeper, Refused, Wishes

PATH = "/ws/face-stream"
OPEN = Gatekeeper()
CLOSED = Gatekeeper(token="sesame")
SEPARATE = Gatekeeper(token="sesame", publish_token="chalk")


def status_of(gatekeeper: Gatekeeper, target: str, *headers: tuple[str, str]) -> int:
    try:
        gatekeeper.admit(target, Headers([("Host", "127.0.0.1:3001"), *headers]))
    except Refused as refused:
        return refused.status
    return 101


@pytest.mark.parametrize("target", ["/", "/ws", "/ws/face-stream/", "/ws/face-stream/x", "/ws//face-stream", "//ws/face-stream"])
def test_only_one_path_is_the_stream(target: str) -> None:
    assert status_of(OPEN, target) == 404


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ((), "", 401),
        ((), "?token=", 401),
        ((), "?token=wrong", 401),
        ((), "?token=sesam", 401),
        ((), "?token=%FF", 401),
        ((), "?token=sesame", 101),
        ((("Authorization", "Bearer sesame"),), "", 101),
        ((("authorization", "bearer  sesame"),), "", 101),
        ((("Authorization", "Basic sesame"),), "", 401),
        ((("Authorization", "Bearer wrong"),), "?token=sesame", 401),
        ((("X-API-Key", "sesame"),), "", 101),
        ((("X-API-Key", "sesame"), ("X-API-Key", "wrong")), "", 400),
        ((), "?token=sesame&role=publish", 101),
    ],
)
def test_the_token(headers: tuple[tuple[str, str], ...], query: str, status: int) -> None:
    assert status_of(CLOSED, PATH + query, *headers) == status


def test_with_its_own_token_publishing_is_apart_from_reading() -> None:
    assert status_of(SEPARATE, f"{PATH}?role=publish&token=chalk") == 101
    assert status_of(SEPARATE, f"{PATH}?role=publish&token=sesame") == 401
    assert status_of(SEPARATE, f"{PATH}?token=chalk") == 401
    assert status_of(SEPARATE, f"{PATH}?token=sesame") == 101
    only_publishing = Gatekeeper(publish_token="chalk")
    assert status_of(only_publishing, PATH) == 101
    assert status_of(only_publishing, f"{PATH}?role=publish") == 401


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost:3001", 101), ("127.0.0.1", 101), ("[::1]:3001", 101), ("evil.example:3001", 403), ("192.168.1.9", 403), ("", 403)],
)
def test_without_a_token_the_host_must_mean_this_machine(host: str, status: int) -> None:
    """A page elsewhere may let its own name point to 127.0.0.1; the browser then sends that name."""
    with_host = Headers([("Host", host)])
    try:
        OPEN.admit(PATH, with_host)
        met = 101
    except Refused as refused:
        met = refused.status
    assert met == status


def test_no_host_or_two_hosts() -> None:
    with pytest.raises(Refused):
        OPEN.admit(PATH, Headers())
    assert status_of(CLOSED, f"{PATH}?token=sesame", ("Host", "door.lan")) == 400


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:5000", 101),
        ("https://127.0.0.1", 101),
        ("http://evil.example", 403),
        ("http://127.0.0.1.evil.example", 403),
        ("http://localhost:5000", 403),
        ("null", 403),
        ("file://", 403),
        ("https://panel.example", 101),
        ("https://PANEL.example", 101),
        ("http://panel.example", 403),
    ],
)
@pytest.mark.parametrize("token", ["", "sesame"])
def test_only_pages_of_the_same_host_or_named_ones_may_read(origin: str, status: int, token: str) -> None:
    gatekeeper = Gatekeeper(token=token, origins=["https://panel.example/"])
    assert status_of(gatekeeper, f"{PATH}?token={token}", ("Origin", origin)) == status


def test_pages_do_not_publish() -> None:
    assert status_of(OPEN, f"{PATH}?role=publish", ("Origin", "http://127.0.0.1:5000")) == 403


def test_wishes() -> None:
    headers = Headers([("Host", "localhost")])
    assert OPEN.admit(PATH, headers) == Wishes(unproved=True)
    assert Gatekeeper(token="sesame").admit(f"{PATH}?token=sesame", headers) == Wishes()
    asked = OPEN.admit(f"{PATH}?frames=0&fps=5&camera=front,back&camera=side&status=1&unknown=1", headers)
    assert asked == Wishes(frames=False, status=True, cameras=frozenset({"front", "back", "side"}), interval_s=0.2, unproved=True)
    assert OPEN.admit(f"{PATH}?role=publish", headers).publishes


@pytest.mark.parametrize(
    "query", ["fps=0", "fps=", "fps=nan", "fps=inf", "fps=-1", "fps=1e9", "fps=x", "frames=2", "frames=", "status=yes"]
)
def test_a_wish_that_cannot_be_met_says_what_can(query: str) -> None:
    with pytest.raises(Refused, match="expected") as caught:
        OPEN.admit(f"{PATH}?{query}", Headers([("Host", "localhost")]))
    assert caught.value.status == 400


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"])
def test_without_a_token_nobody_comes_in_through_a_proxy(header: str) -> None:
    assert status_of(OPEN, PATH, (header, "192.168.1.7")) == 403
    assert status_of(CLOSED, f"{PATH}?token=sesame", (header, "192.168.1.7")) == 101
