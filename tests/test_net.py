from __future__ import annotations

import socket
import threading

import pytest

from ostiary.errors import AddressError
from ostiary.net import Lookup, connect, host_of, is_loopback, listen, masked_url, place_of, stream_url
from ostiary.service import Deadline


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "127.0.0.1", "127.8.8.8", "::1"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "192.168.1.4", "example.org", "127.0.0.1.example.org", "localhost.example.org"])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("netloc", "host"),
    [("Door.lan:3001", "door.lan"), ("door.lan", "door.lan"), ("[::1]:3001", "::1"), ("127.0.0.1:80", "127.0.0.1"), ("", ""), ("[::1", "")],
)
def test_the_host_of_a_host_header(netloc: str, host: str) -> None:
    assert host_of(netloc) == host


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:secret@gate.lan:8443/open/secret?key=secret", "https://gate.lan:8443"),
        ("http://gate.lan/secret", "http://gate.lan"),
        ("ws://[::1]:3001/x?token=secret", "ws://[::1]:3001"),
        ("http://gate.lan:secret/", "(not an address)"),
        ("http://[bad/secret", "(not an address)"),
        ("secret", "(not an address)"),
    ],
)
def test_secrets_of_a_url_are_not_shown(url: str, shown: str) -> None:
    assert place_of(url) == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("ws://hub.lan:3001/ws/face-stream", "ws://hub.lan:3001/ws/face-stream"),
        ("ws://user:secret@[::1]:3001/x?token=secret&fps=5", "ws://********@[::1]:3001/x?token=********&fps=********"),
        ("ws://secret@[bad", "********"),
    ],
)
def test_credentials_in_a_url_are_masked(url: str, shown: str) -> None:
    assert masked_url(url) == shown


@pytest.mark.parametrize("url", ["wss://door.example", "ws://door.example:8443/ws/face-stream", "wss://[2001:db8::1]:3001/a%20b"])
def test_the_address_of_a_stream(url: str) -> None:
    assert stream_url(url) == url


@pytest.mark.parametrize(
    "url",
    ["https://door.example", "wss://", "wss:///ws", "door.example", "wss://me:secret@door.example/", "wss://door.example/?a=b", "ws://a:99999/",
     "wss://door.example/#x", "wss://door.example; script-src *", "wss://a/b;c", "wss://a/b\n", "wss://a:0/", "wss://[::1"],
)  # fmt: skip
def test_what_is_no_address_of_a_stream(url: str) -> None:
    with pytest.raises(ValueError, match="such as wss://"):
        stream_url(url)


def test_a_taken_port_says_which_setting_to_change() -> None:
    with listen("127.0.0.1", 0, "WS_PORT") as first, pytest.raises(AddressError, match=r"in use.*set WS_PORT to another"):
        listen("127.0.0.1", first.getsockname()[1], "WS_PORT")


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(AddressError, match="does not have that address"):
        listen("192.0.2.1", 0, "WS_PORT")


def test_a_name_that_nobody_knows_is_refused() -> None:
    with pytest.raises(AddressError, match="not known here"):
        listen("nowhere.invalid", 0, "WS_PORT")


def test_a_name_server_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    release, asked, real = threading.Event(), [], socket.getaddrinfo

    def slow(host: str, *rest: object, **more: object) -> object:
        asked.append(host)
        release.wait(30)
        return real("127.0.0.1", *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    lookup = Lookup("gate.lan", 80)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            lookup.addresses(0.05)
    release.set()
    assert lookup.addresses(30)[0][4] == ("127.0.0.1", 80)
    assert asked == ["gate.lan"]


def test_a_name_that_is_not_known() -> None:
    with pytest.raises(socket.gaierror):
        Lookup("gate.invalid", 80).addresses(30)


def test_of_several_addresses_the_first_that_answers_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        addresses = [Lookup(*sock.getsockname()).addresses(30)[0] for sock in (closed, server)]
        with connect(addresses, Deadline(30), 10) as line:
            assert line.getpeername() == server.getsockname()
        with pytest.raises(ConnectionRefusedError):
            connect(addresses[:1], Deadline(30), 10)
