"""What the doctor finds, check by check. (The command itself is tested with the others.)"""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from ostiary import doctor
from ostiary.errors import SettingsError, SourceError
from ostiary.settings import ApiSettings, CameraSettings, HubSettings, Settings, StreamSettings, WebhookSettings
from ostiary.stream import source


@pytest.mark.parametrize("url", ["gate.lan/open", "ftp://gate.lan/", "http://gate.lan:99999/", "http://[::1", "http://"])
def test_an_address_that_is_none_is_said_to_be_so(url: str) -> None:
    with pytest.raises(SettingsError, match="WEBHOOK_URL"):
        list(doctor._webhooks(Settings(webhook=WebhookSettings(urls=(url,)))))


def test_a_secret_that_is_none_is_found_before_the_door_is_started() -> None:
    with pytest.raises(SettingsError, match="WEBHOOK_SECRET"):
        list(doctor._webhooks(Settings(webhook=WebhookSettings(urls=("http://127.0.0.1:9/",), secret="whsec_%%%"))))


def test_a_receiver_is_connected_to_and_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gate:
        gate.settimeout(10)
        settings = Settings(webhook=WebhookSettings(urls=(f"http://127.0.0.1:{gate.getsockname()[1]}/",), secret="s"))
        assert [finding.level for finding in doctor._webhooks(settings)] == ["ok"]
        line, _ = gate.accept()
        with line:
            assert line.recv(1) == b""


def test_ports_that_cannot_be_had_are_told_from_those_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        api = ApiSettings(port=other.getsockname()[1])
        in_use, unknown, closed = doctor._ports(Settings(api=api, hub=HubSettings(host="hub.invalid")))
    assert (in_use.level, "in use" in in_use.text) == ("warn", True)
    assert (unknown.level, "not known" in unknown.text) == ("warn", True)
    assert (closed.level, "WS_TOKEN" in closed.text) == ("fail", True)


def test_a_camera_that_fails_while_it_is_read_keeps_no_other_from_being_looked_at(
    monkeypatch: pytest.MonkeyPatch, portraits: dict[str, Path]
) -> None:
    class Broken:
        def read(self) -> None:
            raise SourceError("a", "stopped delivering pictures")

        def close(self) -> None: ...

    pictures = source.open_source(str(portraits["obama.jpg"].parent))
    monkeypatch.setattr(source, "open_source", lambda spec: Broken() if spec == "a" else pictures)
    findings = list(doctor._cameras(Settings(camera=CameraSettings(video_source="one=a,two=b"))))
    assert [(finding.level, finding.text[:4]) for finding in findings] == [("fail", "one:"), ("ok", "two:")]


@pytest.mark.parametrize(("publish", "warned"), [("", True), ("chalk", False)])
def test_one_token_for_readers_and_publishers_is_warned_of(publish: str, warned: bool) -> None:
    findings = doctor._ports(Settings(stream=StreamSettings(token="sesame", publish_token=publish)))
    assert any(finding.level == "warn" and "WS_PUBLISH_TOKEN" in finding.text for finding in findings) is warned
