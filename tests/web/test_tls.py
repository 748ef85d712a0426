"""HTTPS with a certificate made here: whole requests and answers, strangers to TLS, and handshakes that stall."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ostiary.errors import SettingsError
from ostiary.scopes import Scope
from ostiary.settings import ApiSettings, LimitSettings
from ostiary.tls import own_context, server_context
from ostiary.web.app import Rooms, create_app
from ostiary.web.auth import Access
from ostiary.web.server import serve


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder, key = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "door.lan")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    (folder / "key.pem").write_bytes(key.private_bytes(*plain, serialization.NoEncryption()))
    (folder / "locked.pem").write_bytes(key.private_bytes(*plain, serialization.BestAvailableEncryption(b"sesame")))
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def base(engine, store, pair):
    api, limits = ApiSettings(port=0, threads=4), LimitSettings(max_upload_mb=3)
    server = serve(create_app(engine, api, limits, Rooms(access=Access("", store))), api, limits, server_context(*pair))
    thread = threading.Thread(target=server.run, name="site")
    thread.start()
    yield f"https://127.0.0.1:{server.port}"
    server.close()
    thread.join(5)
    assert not thread.is_alive()


@pytest.fixture
def browser(pair):
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(pair[0])
        yield session


def address(base: str) -> tuple[str, int]:
    return "127.0.0.1", int(base.rpartition(":")[2])


def test_requests_and_answers_of_any_size(base, browser, engine):
    assert browser.get(f"{base}/faces").json() == []
    picture = bytes(range(256)) * 8000  # many records
    for _ in range(3):  # on one connection
        assert browser.post(f"{base}/register", data={"name": "Zero"}, files={"image": ("a.jpg", picture)}).status_code == 200
    assert engine.people["Zero"] == [picture] * 3
    assert len(browser.get(f"{base}/openapi.json").content) > 30_000
    assert browser.post(f"{base}/register", data=b"x" * (6 << 20), headers={"Content-Type": "multipart/form-data"}).status_code == 413


def test_many_at_once(base, pair, engine):
    statuses = []

    def ask() -> None:
        with requests.Session() as session:
            session.trust_env, session.verify = False, str(pair[0])
            statuses.extend(session.get(f"{base}/openapi.json").status_code for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert statuses == [200] * 30


def test_the_cookie_goes_over_tls_alone(base, browser, store):
    made = store.keys.create("wall", frozenset({Scope.READ}), by="test")
    assert "Secure" in browser.post(f"{base}/session", json={"key": made.secret}).headers["Set-Cookie"]
    assert browser.get(f"{base}/faces").status_code == 200


def test_a_stalled_handshake_holds_up_nobody(base, browser, pair):
    silent = [socket.create_connection(address(base)) for _ in range(20)]
    half = []
    for _ in range(10):
        connection = socket.create_connection(address(base))
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00")  # a hello that never ends
        half.append(connection)
    assert browser.get(f"{base}/faces", timeout=10).status_code == 200
    for connection in (*silent, *half):
        connection.close()
    assert browser.get(f"{base}/healthz", timeout=10).status_code == 200


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x00" * 100, b"\x16\x03\x01\x00\x05hello", b"SSH-2.0-x\r\n"])
def test_who_speaks_no_tls_is_cut_off(base, browser, said):
    with socket.create_connection(address(base), timeout=10) as connection:
        connection.sendall(said)
        try:
            while part := connection.recv(4096):
                assert b"HTTP/1" not in part
        except ConnectionResetError:
            pass
    assert browser.get(f"{base}/healthz", timeout=10).status_code == 200


def test_who_leaves_in_the_middle(base, browser, pair):
    context = own_context(pair[0])
    for sent in (b"", b"GET /faces HT", b"POST /register HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc"):
        with socket.create_connection(address(base)) as plain:
            tls = context.wrap_socket(plain)
            tls.sendall(sent)
            tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            tls.close()
    assert browser.get(f"{base}/healthz", timeout=10).status_code == 200


def test_old_versions_are_refused(base, pair):
    context = own_context(pair[0])
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(address(base), timeout=10) as plain, pytest.raises(OSError, match=r"."):
        context.wrap_socket(plain)


def test_certificates_that_cannot_be_used(pair, tmp_path):
    cert, key = pair
    assert server_context(None, None) is None
    other = tmp_path / "text.pem"
    other.write_text("no certificate")
    for wrong, knob in [
        ((cert, None), "TLS_KEY"), ((None, key), "TLS_CERT"), ((tmp_path / "none", key), "TLS_CERT"), ((cert, tmp_path / "none"), "TLS_KEY"),
        ((other, key), "TLS_CERT"), ((cert, other), "TLS_CERT"), ((key, cert), "TLS_CERT"), ((cert, key.with_name("locked.pem")), "TLS_CERT"),
    ]:  # fmt: skip
        with pytest.raises(SettingsError, match=knob):
            server_context(*wrong)
