"""What the doctor finds, check by check. (The command itself is tested with the others.)"""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ostiary import doctor
from ostiary.access.store import AccessStore
from ostiary.errors import SettingsError, SourceError, WrongKey
from ostiary.keyring import Mark, State, make_key_file, read_keys, vault_of
from ostiary.scopes import ALL, Principal, Role
from ostiary.settings import (
    ApiSettings,
    CameraSettings,
    DataSettings,
    HubSettings,
    PrivacySettings,
    Settings,
    StreamSettings,
    WebhookSettings,
)
from ostiary.stream import source
from ostiary.vault import key_id


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


def test_every_database_is_looked_at_and_what_its_damage_means_is_said(tmp_path: Path) -> None:
    settings = Settings(data=DataSettings(tmp_path))
    assert list(doctor._databases(settings)) == []
    for name in ("people.db", "history.db", "attendance.db"):
        with closing(sqlite3.connect(tmp_path / name)) as database:
            database.execute("CREATE TABLE told (words)")
    for name in ("people.db", "history.db"):
        (tmp_path / name).write_bytes(b"no database" * 1000)
    (tmp_path / "restoring.json").write_text("{}")
    found = {finding.text.split()[0]: finding for finding in doctor._databases(settings)}
    assert [finding.level for finding in found.values()] == ["fail", "fail", "fail", "ok"]
    texts = " ".join(finding.text for finding in found.values())
    assert "nobody can pass" in texts
    assert "the door works without" in texts
    assert "attendance.db is whole" in texts
    (tmp_path / "people.db").unlink()
    (tmp_path / "people.dated").touch()
    (lost,) = [finding for finding in doctor._databases(settings) if "people.db" in finding.text]
    assert (lost.level, "nobody can pass" in lost.text) == ("fail", True)


def test_keys_that_do_not_fit_and_files_that_others_read_are_found(tmp_path: Path) -> None:
    key = tmp_path / "key"
    make_key_file(key)
    key.chmod(0o644)
    settings = Settings(data=DataSettings(tmp_path / "data"), privacy=PrivacySettings(key_file=key))
    (plain,) = doctor._key(replace(settings, privacy=PrivacySettings()))
    assert (plain.level, "not encrypted" in plain.text) == ("ok", True)
    vault = vault_of(settings)
    vault.put_mark(Mark(State.TURNING, key_id(read_keys(key)[0])))
    assert [(finding.level, finding.about) for finding in doctor._key(settings)] == [("warn", "key"), ("warn", "key")]
    vault.put_mark(Mark(State.SEALED, "0000"))
    with pytest.raises(WrongKey):
        list(doctor._key(settings))


def test_whose_the_house_is_is_told(tmp_path: Path) -> None:
    settings = Settings(data=DataSettings(tmp_path))
    assert [finding.level for finding in doctor._access(settings)] == ["ok"]
    store = AccessStore(tmp_path)
    store.audit.note(Principal("user", "anna", ALL), "lived")
    assert [finding.level for finding in doctor._access(settings)] == ["warn"]
    store.users.claim(store.users.add("anna", Role.OWNER).token, None, "a long pass phrase")
    assert [finding.text for finding in doctor._access(settings)] == ["1 owner, 0 keys"]
    store.close()


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
