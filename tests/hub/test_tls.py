"""The stream over TLS: the house's own programs trust its certificate, others do not, and a stalled handshake holds up nobody."""

from __future__ import annotations

import datetime
import socket
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ostiary.hub.client import Publisher, subscribe
from ostiary.hub.server import Hub
from ostiary.settings import HubSettings, StreamSettings, load
from ostiary.tls import own_context, server_context


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """For a name that nobody uses here."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "door.lan")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(1))
    certificate = builder.sign(key, hashes.SHA256())
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (tmp_path / "key.pem").write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    return tmp_path / "cert.pem", tmp_path / "key.pem"


def test_the_own_certificate_is_trusted_and_a_stalled_handshake_waits_alone(pair, event, eventually) -> None:
    hub, stop, seen = Hub(HubSettings(port=0), StreamSettings(), tls=server_context(*pair)), threading.Event(), []
    running = threading.Thread(target=hub.run, args=(stop,))
    running.start()
    assert hub.ready.wait(5)
    url, trust = f"wss://127.0.0.1:{hub.port}/ws/face-stream", own_context(pair[0])
    stalled = [socket.create_connection(("127.0.0.1", hub.port)) for _ in range(5)]

    def read() -> None:
        for message in subscribe(url, "", stop, trust):
            seen.append(message["frame_id"])

    reading = threading.Thread(target=read)
    reading.start()
    try:
        with Publisher(url, trust=trust) as publisher, Publisher(url) as stranger:
            eventually(lambda: publisher.step() or publisher.problem is None)
            eventually(lambda: hub.clients == 2)
            publisher.publish(event(7))
            eventually(lambda: publisher.step() or seen)
            stranger.step()
            assert "certificate" in (stranger.problem or "").lower()
    finally:
        for connection in stalled:
            connection.close()
        stop.set()
        reading.join(5)
        running.join(5)
    assert seen == [7]


def test_with_a_certificate_the_own_hub_is_found_by_wss(pair, tmp_path: Path) -> None:
    settings = load({"TLS_CERT": str(pair[0]), "TLS_KEY": str(pair[1])}, tmp_path)
    assert settings.stream.url == "wss://127.0.0.1:3001/ws/face-stream"
    assert settings.publishes_to_own_hub
    assert load({}, tmp_path).stream.url.startswith("ws://")
